"""Orders that close and orders that guard, over the wire: the exchange's own order history is the proof."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from actors.system import System
from actors.venue import open_venue
from bot.alerts.channels import AppriseChannel
from bot.bybit.pybit_session import PybitSession
from bot.config.load import load_config
from bot.config.secrets import SecretValues
from tests.actors.waiting import eventually
from tests.end_to_end.running import ROOT
from tests.end_to_end.test_entries import history, rows_of

type Rows = list[Mapping[str, Any]]

SCALED_OUT = {
    "stop": {"kind": "distance", "distance": {"atr": "1.5"}},
    "targets": [{"at": {"risk": "0.7"}, "share": "0.5"}, {"at": {"risk": "2"}, "share": "0.3"}],
    "break_even": {"after": {"risk": "0.8"}, "offset_fraction": "0.0002"},
    "time_stop_minutes": 20,
}
SYMBOLS: Mapping[str, Mapping[str, Any]] = {
    "BTCUSDT": {"entry": {"kind": "market", "slippage_fraction": 0.001}, "exits": SCALED_OUT},
    "ETHUSDT": {
        "exits": {"trailing": {"kind": "native", "distance": {"atr": "1"}, "after": {"atr": "0.5"}}},
    },
    "SOLUSDT": {
        "entry": {
            "kind": "twap", "twap_duration_s": 90, "twap_slices": 3, "twap_order": "limit", "run_away_fraction": 0.001,
        },
    },
}  # fmt: skip
SETTINGS = (
    f"symbols={json.dumps([{'symbol': symbol, **own} for symbol, own in SYMBOLS.items()])}",
    'strategy.params={"fast_period":3,"slow_period":8,"target_atr":2,"stop_atr":1.5}',
)


@pytest.fixture(scope="module")
def told(invented: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Rows], Rows]]:
    """Every order that the exchange remembers, by symbol, and every intent of the bot's."""
    place = tmp_path_factory.mktemp("wire")
    feed = (
        "simulator.feed.kind=candles", f"simulator.feed.folder={invented}", "simulator.feed.start=2026-01-05T00:00:00Z",
        "simulator.feed.end=2026-01-05T03:00:00Z", "simulator.speed=lockstep",
    )  # fmt: skip
    config = load_config(ROOT / "config.json", [*SETTINGS, *feed], {}, None)
    venue = open_venue(config, "wire", place)
    session = PybitSession(venue.endpoints, venue.credentials)
    try:
        system = System(config, venue, place / "ledger.sqlite", "wire", AppriseChannel([], None, SecretValues()))
        system.start()
        eventually(system.milestones.finished.is_set, "the end of the market", 60.0)
        system.stop()
        orders = {symbol: list(history(session, symbol)) for symbol in SYMBOLS}
        yield orders, [row for row in rows_of(place / "ledger.sqlite", "orders") if row["purpose"]]
    finally:
        session.close()
        venue.close(2.0)


def ids_of(intents: Rows, purpose: str, symbol: str) -> set[str]:
    return {row["order_link_id"] for row in intents if (row["purpose"], row["symbol"]) == (purpose, symbol)}


def test_market_entries_are_bounded_and_carry_their_stop(told: tuple[dict[str, Rows], Rows]) -> None:
    orders, intents = told
    entries = [row for row in orders["BTCUSDT"] if row["orderLinkId"] in ids_of(intents, "entry", "BTCUSDT")]
    assert len(entries) > 5
    for row in entries:
        assert (row["orderType"], row["slippageToleranceType"], row["slippageTolerance"]) == (
            "Market",
            "Percent",
            "0.1",
        )
        assert row["stopLoss"]
        assert not row["reduceOnly"]


def test_partial_targets_are_reduce_only_limits(told: tuple[dict[str, Rows], Rows]) -> None:
    orders, intents = told
    targets = [row for row in orders["BTCUSDT"] if row["orderLinkId"] in ids_of(intents, "take profit", "BTCUSDT")]
    assert {"Filled", "Cancelled"} <= {row["orderStatus"] for row in targets}
    assert {(row["orderType"], row["timeInForce"], row["reduceOnly"]) for row in targets} == {("Limit", "GTC", True)}


def test_stops_are_resident_and_are_moved(told: tuple[dict[str, Rows], Rows]) -> None:
    orders, _ = told
    stops = [row for row in orders["BTCUSDT"] if row["stopOrderType"] == "StopLoss"]
    assert "Filled" in {row["orderStatus"] for row in stops}
    attached = {Decimal(row["stopLoss"]) for row in orders["BTCUSDT"] if row["stopLoss"]}
    assert any(Decimal(row["triggerPrice"]) not in attached for row in stops), "no stop was moved"
    assert all(row["reduceOnly"] and row["closeOnTrigger"] for row in stops)


def test_attached_targets_and_native_trailing_stops_fill(told: tuple[dict[str, Rows], Rows]) -> None:
    orders, _ = told
    filled = {
        symbol: {row["stopOrderType"] for row in rows if row["orderStatus"] == "Filled"}
        for symbol, rows in orders.items()
    }
    assert {"TrailingStop", "TakeProfit"} <= filled["ETHUSDT"] | filled["SOLUSDT"]
    assert "TrailingStop" in filled["ETHUSDT"]


def test_slices_of_a_twap_may_wait_as_limits(told: tuple[dict[str, Rows], Rows]) -> None:
    orders, intents = told
    slices = [row for row in orders["SOLUSDT"] if row["orderLinkId"] in ids_of(intents, "entry", "SOLUSDT")]
    assert {row["orderType"] for row in slices} == {"Limit"}
    assert "Filled" in {row["orderStatus"] for row in slices}


@pytest.mark.parametrize(("purpose", "symbol"), [("signal", "SOLUSDT"), ("time stop", "BTCUSDT")])
def test_closes_are_reduce_only_market_orders(purpose: str, symbol: str, told: tuple[dict[str, Rows], Rows]) -> None:
    orders, intents = told
    closes = [row for row in orders[symbol] if row["orderLinkId"] in ids_of(intents, purpose, symbol)]
    assert closes
    assert {(row["orderType"], row["reduceOnly"], row["orderStatus"]) for row in closes} == {("Market", True, "Filled")}
