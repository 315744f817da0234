"""Linear or inverse: what goes with it, told at the key that is wrong."""

from typing import Any

import pytest

from tests.config.conftest import Load, Problems


@pytest.mark.parametrize(
    ("settings", "path", "message"),
    [
        ({"symbols": ["BTCUSD"]}, "symbols[0]", 'venue.category must be "inverse" (or did you mean "BTCUSDT"?)'),
        ({"symbols": ["BTCUSDT", "ETHUSDC"]}, "symbols[1]", "settles in USDC, BTCUSDT in USDT"),
        (
            {"venue": {"category": "inverse"}, "symbols": ["BTCUSD", {"symbol": "BTCUSDT"}]},
            "symbols[1]",
            "is no inverse contract",
        ),
        ({"venue": {"category": "inverse"}, "symbols": ["BTCUSD", "ETHUSD"]}, "symbols[1]", "settles in ETH"),
        (
            {"venue": {"category": "inverse"}, "symbols": ["BTCUSD"], "universe": {"kind": "rules"}},
            "universe.kind",
            "rules choose among USDT perpetuals only",
        ),
        (
            {"venue": {"category": "inverse"}, "symbols": ["BTCUSD"], "execution": {"position_mode": "hedge"}},
            "execution.position_mode",
            'must be "one_way"',
        ),
        (
            {"symbols": ["BTCPERP"], "execution": {"position_mode": "hedge"}},
            "execution.position_mode",
            "only USDT contracts have hedge mode",
        ),
        ({"venue": {"category": "futures"}}, "venue.category", "must be one of"),
    ],
)
def test_contradictions(problems: Problems, settings: dict[str, Any], path: str, message: str) -> None:
    found = problems(settings)
    assert list(found) == [path]
    assert message in found[path].message


@pytest.mark.parametrize(
    ("settings", "coin"),
    [
        ({}, "USDT"),
        ({"symbols": ["BTCPERP", "ETHUSDC"]}, "USDC"),
        ({"venue": {"category": "inverse"}, "symbols": ["BTCUSD", "BTCUSDH26"]}, "BTC"),
        ({"universe": {"kind": "rules"}, "symbols": []}, "USDT"),
    ],
)
def test_the_coin_of_all_money(load: Load, settings: dict[str, Any], coin: str) -> None:
    assert load(settings).settle_coin == coin
