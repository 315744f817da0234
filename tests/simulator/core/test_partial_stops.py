"""Stops of a part of a position: pairs of which one leg cancels the other."""

from typing import Any

from tests.simulator.core.floor import Floor, floor

FLAT = (100.0, 100.0, 100.0, 100.0)
CRASH = (100.0, 100.0, 90.0, 92.0)
RALLY = (100.0, 110.0, 100.0, 109.0)
BASE = {"category": "linear", "symbol": "BTCUSDT", "tpslMode": "Partial", "positionIdx": 0}


def stops_of(market: Floor) -> list[dict[str, Any]]:
    rows = market.main.get("order/realtime", category="linear", symbol="BTCUSDT")["list"]
    return list(reversed(rows))


def test_parts_are_added_and_one_leg_cancels_the_other() -> None:
    market = floor(FLAT, CRASH)
    market.main.order("Buy", "3")
    market.main.post("position/trading-stop", **BASE, takeProfit="105", stopLoss="95", tpSize="1", slSize="1")
    market.main.post("position/trading-stop", **BASE, stopLoss="93", slSize="2")
    kinds = [(row["stopOrderType"], row["qty"], row["triggerPrice"], row["tpslMode"]) for row in stops_of(market)]
    assert kinds == [
        ("PartialTakeProfit", "1", "105", "Partial"), ("PartialStopLoss", "1", "95", "Partial"),
        ("PartialStopLoss", "2", "93", "Partial"),
    ]  # fmt: skip
    pair, _, _ = stops_of(market)
    market.play(2)
    state = market.main.state(pair["orderId"])
    assert (state["orderStatus"], state["cancelType"]) == ("Deactivated", "CancelByOCOTpCanceledBySlTriggered")
    assert [row["execPrice"] for row in market.main.rows("execution")[1:]] == ["95", "93"]
    assert market.main.position()["size"] == "0"


def test_a_take_profit_with_a_limit_price_rests() -> None:
    market = floor(FLAT, RALLY)
    market.main.order("Buy", "2")
    market.main.post(
        "position/trading-stop", **BASE, takeProfit="105", tpSize="1", tpOrderType="Limit", tpLimitPrice="106"
    )
    market.play(2)
    fill = market.main.rows("execution")[-1]
    assert (fill["execPrice"], fill["isMaker"], fill["stopOrderType"]) == ("106", True, "PartialTakeProfit")
    assert [row["orderStatus"] for row in market.main.rows("order")[-3:]] == ["Triggered", "New", "Filled"]
    assert market.main.position()["size"] == "1"


def test_what_does_not_fit_is_refused() -> None:
    market = floor(FLAT)
    assert market.main.code("position/trading-stop", **BASE, stopLoss="95", slSize="1") == 10001  # no position
    market.main.order("Buy", "2")
    for more in (
        {"stopLoss": "95"}, {"stopLoss": "95", "slSize": "3"}, {"stopLoss": "105", "slSize": "1"},
        {"takeProfit": "105", "stopLoss": "95", "tpSize": "1", "slSize": "2"},
        {"takeProfit": "105", "tpSize": "1", "tpOrderType": "Limit"},
    ):  # fmt: skip
        assert market.main.code("position/trading-stop", **BASE, **more) == 10001, more
    for _ in range(20):
        market.main.post("position/trading-stop", **BASE, stopLoss="95", slSize="0.1")
    assert market.main.code("position/trading-stop", **BASE, stopLoss="95", slSize="0.1") == 110061
    full = {**BASE, "tpslMode": "Full"}
    assert market.main.code("position/trading-stop", **full, takeProfit="105", tpOrderType="Limit") == 10001


def test_parts_shrink_and_go_with_the_position() -> None:
    market = floor(FLAT)
    market.main.order("Buy", "2")
    market.main.post("position/trading-stop", **BASE, stopLoss="95", slSize="2")
    market.main.order("Sell", "1.5")
    assert [row["qty"] for row in stops_of(market)] == ["0.5"]
    market.main.order("Sell", "0.5")
    assert stops_of(market) == []
    assert market.main.rows("order")[-1]["cancelType"] == "CancelByTpSlTsClear"


def test_stops_of_an_order_cover_what_it_has_filled() -> None:
    market = floor(FLAT)
    market.main.order("Buy", "2", "99.9", takeProfit="105", stopLoss="95", tpslMode="Partial")
    assert [row["stopOrderType"] for row in stops_of(market)] == [""]
    market.other.order("Sell", "0.5", "99.9")
    assert [row["qty"] for row in stops_of(market)] == ["2", "0.5", "0.5"]
    market.other.order("Sell", "1.5", "99.9")
    assert [row["qty"] for row in stops_of(market)] == ["2", "2"]


def test_in_hedge_mode_each_side_has_its_own() -> None:
    market = floor(FLAT, CRASH)
    market.main.post("position/switch-mode", category="linear", symbol="BTCUSDT", mode=3)
    market.main.order("Buy", "1", positionIdx=1, stopLoss="95")
    market.main.order("Sell", "2", positionIdx=2, takeProfit="94")
    assert market.main.refusal("Sell", "1", positionIdx=0) == 10001
    market.play(2)
    assert market.main.position(1)["size"] == "0"
    assert market.main.position(2)["size"] == "0"
    closing = [(row["side"], row["execPrice"]) for row in market.main.rows("execution")[2:]]
    assert closing == [("Sell", "95"), ("Buy", "94.1")]
