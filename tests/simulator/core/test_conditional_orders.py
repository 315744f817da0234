"""Orders that wait for a price before they work."""

from typing import Any

import pytest

from tests.simulator.core.floor import floor

FLAT = (100.0, 100.0, 100.0, 100.0)
RALLY = (100.0, 110.0, 100.0, 109.0)
CRASH = (100.0, 100.0, 90.0, 92.0)
RISING: dict[str, Any] = {"triggerPrice": "105", "triggerDirection": 1}
FALLING: dict[str, Any] = {"triggerPrice": "95", "triggerDirection": 2}


def test_a_market_order_behind_a_trigger() -> None:
    market = floor(FLAT, RALLY)
    order_id = market.main.order("Buy", "1", **RISING)
    state = market.main.state(order_id)
    assert (state["orderStatus"], state["stopOrderType"], state["triggerPrice"]) == ("Untriggered", "Stop", "105")
    assert (state["price"], state["leavesValue"]) == ("0", "0")
    assert market.main.coin("USDT")["totalOrderIM"] == "0"
    market.play(2)
    statuses = [row["orderStatus"] for row in market.main.rows("order")]
    assert statuses == ["Untriggered", "Triggered", "Filled"]
    assert market.main.rows("execution")[0]["execPrice"] == "105"


def test_a_limit_order_behind_a_trigger_rests() -> None:
    market = floor(FLAT, RALLY, (109.0, 109.0, 103.0, 104.0))
    order_id = market.main.order("Buy", "1", "104.5", **RISING)
    market.play(2)
    assert market.main.status(order_id) == "New"
    assert market.main.coin("USDT")["totalOrderIM"] != "0"
    market.play(1)
    assert market.main.status(order_id) == "Filled"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"triggerPrice": "95", "triggerDirection": 1}, 110092),
        ({"triggerPrice": "100", "triggerDirection": 1}, 110092),
        ({"triggerPrice": "105", "triggerDirection": 2}, 110093),
        ({"triggerPrice": "105"}, 10001),
        ({"triggerPrice": "105", "triggerDirection": 3}, 10001),
        ({"triggerPrice": "105.05", "triggerDirection": 1}, 10001),
        ({**RISING, "triggerBy": "Nobody"}, 10001),
    ],
)
def test_triggers_that_do_not_fit(more: dict[str, Any], code: int) -> None:
    assert floor().main.refusal("Buy", "1", **more) == code


@pytest.mark.parametrize("trigger_by", ["LastPrice", "MarkPrice", "IndexPrice"])
def test_each_price_can_trigger(trigger_by: str) -> None:
    market = floor(FLAT, RALLY, RALLY)
    order_id = market.main.order("Buy", "1", **RISING, triggerBy=trigger_by)
    market.play(3)
    state = market.main.state(order_id)
    assert (state["orderStatus"], state["triggerBy"]) == ("Filled", trigger_by)


def test_cancelled_before_the_trigger_it_is_deactivated() -> None:
    market = floor()
    order_id = market.main.order("Buy", "1", **RISING)
    market.main.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=order_id)
    state = market.main.state(order_id)
    assert (state["orderStatus"], state["cancelType"]) == ("Deactivated", "CancelByUser")


def test_without_margin_at_the_trigger_it_is_rejected() -> None:
    market = floor(FLAT, RALLY, balance="0")  # but 100 BTC
    market.main.post("position/set-leverage", category="linear", symbol="BTCUSDT", buyLeverage="5", sellLeverage="5")
    order_id = market.main.order("Buy", "450", **RISING)
    market.main.order("Buy", "400")
    market.play(2)
    state = market.main.state(order_id)
    assert (state["orderStatus"], state["cumExecQty"]) == ("Rejected", "0")
    assert market.main.position()["size"] == "400"


def test_a_closing_stop_closes_no_more_than_there_is() -> None:
    market = floor(FLAT, CRASH)
    nothing = market.other.order("Sell", "1", **FALLING, reduceOnly=True)
    market.main.order("Buy", "1")
    order_id = market.main.order("Sell", "5", **FALLING, closeOnTrigger=True)
    market.play(2)
    assert market.main.state(order_id)["cumExecQty"] == "1"
    assert market.main.position()["size"] == "0"
    state = market.other.state(nothing)
    assert (state["orderStatus"], state["cancelType"]) == ("Cancelled", "CancelByReduceOnly")


def test_ten_conditional_orders_of_a_symbol() -> None:
    market = floor()
    for _ in range(10):
        market.main.order("Buy", "1", **RISING)
    assert market.main.refusal("Buy", "1", **RISING) == 110009
    assert market.main.refusal("Buy", "1", "99") == 0


def test_a_conditional_order_brings_its_stops_along() -> None:
    market = floor(FLAT, RALLY, (109.0, 109.0, 98.0, 99.0))
    assert market.main.refusal("Buy", "1", **RISING, stopLoss="106") == 10001
    market.main.order("Buy", "1", **RISING, stopLoss="103")
    market.play(3)
    fills = market.main.rows("execution")
    assert [row["stopOrderType"] for row in fills] == ["Stop", "StopLoss"]
    assert 105 <= float(fills[0]["execPrice"]) < 106
    assert 102 < float(fills[1]["execPrice"]) <= 103


def test_a_limit_order_that_closes_on_trigger_follows_the_position_from_then_on() -> None:
    market = floor(FLAT, (100.0, 106.0, 100.0, 106.0), (106.0, 111.0, 106.0, 111.0))
    market.main.order("Buy", "2")
    order_id = market.main.order("Sell", "2", "110", **RISING, closeOnTrigger=True)
    market.play(2)
    assert market.main.status(order_id) == "New"
    market.main.order("Sell", "1.5")
    assert market.main.state(order_id)["qty"] == "0.5"
    market.main.order("Sell", "0.5")
    assert market.main.state(order_id)["cancelType"] == "CancelByReduceOnly"


def test_a_stop_of_no_quantity_closes_what_is_held_when_its_price_comes() -> None:
    market = floor(FLAT, CRASH)
    order_id = market.main.order("Sell", "0", **FALLING, reduceOnly=True, closeOnTrigger=True)
    market.main.order("Buy", "3")
    market.play(2)
    assert market.main.state(order_id)["cumExecQty"] == "3"
    assert market.main.position()["size"] == "0"


def test_a_market_order_slips_no_further_than_allowed_at_its_trigger() -> None:
    market = floor(FLAT, RALLY, volume=1)
    order_id = market.main.order("Buy", "50", **RISING, slippageToleranceType="TickSize", slippageTolerance="2")
    market.play(2)
    state = market.main.state(order_id)
    assert (state["orderStatus"], state["price"], state["slippageTolerance"]) == ("Cancelled", "105.2", "2")
    assert max(row["execPrice"] for row in market.main.rows("execution")) == "105.2"


def test_close_on_trigger_without_a_trigger_only_reduces() -> None:
    market = floor(FLAT)
    assert market.main.refusal("Sell", "1", closeOnTrigger=True) == 110017
    market.main.order("Buy", "1")
    market.main.order("Sell", "3", closeOnTrigger=True)
    assert market.main.position()["size"] == "0"
