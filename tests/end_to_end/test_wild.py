"""Account, position managers, limiter and database on the real exchange core, where everything goes wrong that may.

Signals, price jumps through stops and targets, answers that are lost, late or refused, a person's hands on the
account, deaths and replaced actors, in any order. At every moment no limit is exceeded and no order breaks a rule; at
every quiet point ledger and exchange are equal and every position has its stop. ``WILD_WALKS=500`` plays more walks.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.wild.walk import Walk

WALKS = int(os.environ.get("WILD_WALKS", "10"))
STEPS = 150
ONCE_WRONG = (17, 306)
"""Seeds that have found something: an activation behind the price, a close that traded with an entry on its way out."""
ENTRIES: tuple[Mapping[str, Any], ...] = (
    {"kind": "market"},
    {"kind": "limit", "offset_fraction": 0.001, "expiry_s": 20, "then": "chase"},
    {"kind": "post_only", "expiry_s": 30, "then": "convert"},
    {"kind": "conditional", "trigger_fraction": 0.002, "expiry_s": 60},
    {"kind": "layered", "expiry_s": 60},
    {"kind": "iceberg", "offset_fraction": 0.0005, "expiry_s": 60},
    {"kind": "twap", "twap_duration_s": 60, "twap_slices": 5},
    {"kind": "oco", "expiry_s": 60, "slippage_fraction": 0.002},
)
EXITS: tuple[Mapping[str, Any], ...] = (
    {},
    {
        "stop": {"kind": "distance", "distance": {"atr": "2"}},
        "targets": [{"at": {"risk": "0.7"}, "share": "0.5"}, {"at": {"risk": "2"}, "share": "0.5"}],
        "break_even": {"after": {"risk": "0.6"}},
        "trailing": {"kind": "chandelier", "distance": {"atr": "2"}, "after": {"risk": "0.3"}},
        "time_stop_minutes": 20,
    },
    {"trailing": {"kind": "native", "distance": {"atr": "1"}, "after": {"atr": "0.5"}}},
)
GUARDS: tuple[Mapping[str, Any], ...] = (
    {},
    {"daily_loss": {"fraction": "0.03", "action": "flatten"}, "cooldown": {"minutes": 1}},
    {"drawdown": {"stop_entries": "0.05", "flatten": "0.1"}, "losing_streak": {"count": 4, "pause_minutes": 10}},
)
EXTERNAL = ("adopt", "close", "ignore")


def settings_of(seed: int) -> tuple[str, ...]:
    """Every kind of everything with every other, sooner or later."""
    return (
        f"entry={json.dumps(ENTRIES[seed % 8])}",
        f"exits={json.dumps(EXITS[seed // 8 % 3])}",
        f"risk.guards={json.dumps(GUARDS[seed // 5 % 3])}",
        f"risk.sizing.pyramid_levels={seed % 2 * 2}",
        f"execution.external_positions={EXTERNAL[seed // 7 % 3]}",
    )


@pytest.mark.parametrize("seed", [*range(WALKS), *(each for each in ONCE_WRONG if each >= WALKS)])
def test_a_wild_walk(seed: int, tmp_path: Path) -> None:
    Walk(seed, tmp_path, settings_of(seed)).run(STEPS)


INVERSE = ("venue.category=inverse", 'symbols=["BTCUSD"]')


@pytest.mark.parametrize("seed", range(100, 100 + WALKS))
def test_a_wild_walk_in_inverse_contracts(seed: int, tmp_path: Path) -> None:
    Walk(seed, tmp_path, (*settings_of(seed), *INVERSE)).run(STEPS)


def test_the_walks_do_what_they_are_meant_to(tmp_path: Path) -> None:
    orders = fills = hands = deaths = refused = 0
    for seed in range(8):
        folder = tmp_path / str(seed)
        folder.mkdir()
        walk = Walk(seed, folder, settings_of(seed))
        walk.run(100)
        orders += len(walk.world.session.placed)
        fills += len(walk.world.exchange.books("main")["executions"])
        hands, deaths = hands + walk.hands, deaths + walk.deaths
        refused += len(walk.world.session.refused)
    assert min(orders, fills) > 40
    assert min(hands, deaths, refused) > 5
