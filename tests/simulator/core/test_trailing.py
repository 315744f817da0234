"""Trailing stops: they follow the price through every turn of its path, and never back."""

from decimal import Decimal

import pytest

from tests.simulator.core.floor import floor

FLAT = (100.0, 100.0, 100.0, 100.0)
BASE = {"category": "linear", "symbol": "BTCUSDT", "tpslMode": "Full", "positionIdx": 0}
UP_AND_DOWN = (100.0, 110.0, 99.0, 104.0)  # rising bar: open, low, high, close


def test_a_long_is_closed_so_far_below_its_best_price() -> None:
    market = floor(FLAT, UP_AND_DOWN)
    market.main.order("Buy", "1")
    market.main.post("position/trading-stop", **BASE, trailingStop="5")
    assert market.main.position()["trailingStop"] == "5"
    (stop,) = market.main.get("order/realtime", category="linear", symbol="BTCUSDT")["list"]
    assert (stop["stopOrderType"], stop["triggerPrice"], stop["qty"]) == ("TrailingStop", "95", "1")
    market.play(2)
    close = market.main.rows("execution")[-1]
    assert (close["stopOrderType"], close["createType"]) == ("TrailingStop", "CreateByTrailingStop")
    assert Decimal(close["execPrice"]) == Decimal("104.8")  # in the first second that is below 110 - 5
    assert market.main.position()["trailingStop"] == "0"


def test_a_short_is_closed_so_far_above_its_best_price() -> None:
    market = floor(FLAT, (100.0, 101.0, 90.0, 96.0))  # falling bar: open, high, low, close
    market.main.order("Sell", "1")
    market.main.post("position/trading-stop", **BASE, trailingStop="3")
    market.play(2)
    assert Decimal(market.main.rows("execution")[-1]["execPrice"]) == Decimal("93.2")


def test_it_begins_at_its_activation_price() -> None:
    market = floor(FLAT, (100.0, 104.0, 97.0, 98.0), UP_AND_DOWN)
    market.main.order("Buy", "1")
    assert market.main.code("position/trading-stop", **BASE, trailingStop="2", activePrice="99") == 10001
    market.main.post("position/trading-stop", **BASE, trailingStop="2", activePrice="108")
    market.play(2)
    assert market.main.position()["size"] == "1"  # 104 and back to 97: not active yet
    market.play(1)
    assert Decimal(market.main.rows("execution")[-1]["execPrice"]) == Decimal(108)  # 110 - 2


def test_it_is_changed_and_taken_away() -> None:
    market = floor(FLAT)
    market.main.order("Buy", "1")
    market.main.post("position/trading-stop", **BASE, trailingStop="5")
    assert market.main.code("position/trading-stop", **BASE, trailingStop="5") == 34040
    market.main.post("position/trading-stop", **BASE, trailingStop="7")
    market.main.post("position/trading-stop", **BASE, trailingStop="0")
    assert market.main.get("order/realtime", category="linear", symbol="BTCUSDT")["list"] == []
    assert market.main.rows("order")[-1]["cancelType"] == "CancelByTpSlTsClear"


@pytest.mark.parametrize("minutes", [(3.0,), (0.1,) * 30, (0.37,) * 9])
def test_when_one_looks_does_not_matter(minutes: tuple[float, ...]) -> None:
    market = floor(FLAT, (100.0, 103.0, 99.5, 102.0), (102.0, 108.0, 101.0, 101.5), (101.0, 102.0, 95.0, 95.0))
    market.main.order("Buy", "1")
    market.main.post("position/trading-stop", **BASE, trailingStop="4.5")
    for each in minutes:
        market.play(each)
        market.main.get("position/list", category="linear", symbol="BTCUSDT")
    market.play(4)
    fill = market.main.rows("execution")[-1]
    assert (fill["execPrice"], fill["stopOrderType"]) == ("103.3", "TrailingStop")
