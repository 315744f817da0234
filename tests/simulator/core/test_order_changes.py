"""Amending, batches, cancelling many, and cancels that come too late."""

from typing import Any

import pytest

from bot.simulator.instruments import Status
from tests.simulator.core.floor import floor

LINEAR = {"category": "linear", "symbol": "BTCUSDT"}
FLAT = (100.0, 100.0, 100.0, 100.0)


def test_a_new_price_loses_the_place_in_line_and_a_smaller_quantity_keeps_it() -> None:
    market = floor()
    first = market.main.order("Buy", "2", "99.9")
    second = market.other.order("Buy", "1", "99.9")
    market.main.post("order/amend", **LINEAR, orderId=first, qty="1.5")
    market.third.order("Sell", "0.5", "99.9")
    assert market.main.state(first)["cumExecQty"] == "0.5"
    market.main.post("order/amend", **LINEAR, orderId=first, price="99.8")
    market.main.post("order/amend", **LINEAR, orderId=first, price="99.9")
    market.third.order("Sell", "0.5", "99.9")
    assert market.main.state(first)["cumExecQty"] == "0.5"
    assert market.other.state(second)["cumExecQty"] == "0.5"
    market.other.post("order/amend", **LINEAR, orderId=second, qty="2")
    market.third.order("Sell", "1", "99.9")
    assert market.main.status(first) == "Filled"
    assert market.other.state(second)["cumExecQty"] == "0.5"


def test_an_amended_price_may_trade_at_once() -> None:
    market = floor()
    order_id = market.main.order("Buy", "1", "98")
    market.main.post("order/amend", **LINEAR, orderId=order_id, price="100")
    assert market.main.status(order_id) == "Filled"
    post_only = market.main.order("Buy", "1", "98", timeInForce="PostOnly")
    market.main.post("order/amend", **LINEAR, orderId=post_only, price="100")
    assert market.main.state(post_only)["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"


def test_triggers_and_stops_can_be_amended() -> None:
    market = floor()
    waits = market.main.order("Buy", "1", triggerPrice="105", triggerDirection=1)
    market.main.post("order/amend", **LINEAR, orderId=waits, triggerPrice="106", qty="2")
    state = market.main.state(waits)
    assert (state["triggerPrice"], state["qty"], state["orderStatus"]) == ("106", "2", "Untriggered")
    assert market.main.code("order/amend", **LINEAR, orderId=waits, triggerPrice="99") == 110092
    resting = market.main.order("Buy", "1", "98", takeProfit="110", stopLoss="90")
    market.main.post("order/amend", **LINEAR, orderId=resting, takeProfit="0", stopLoss="91")
    state = market.main.state(resting)
    assert (state["takeProfit"], state["stopLoss"]) == ("", "91")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 10001),
        ({"qty": "2", "price": "99.9"}, 10001),
        ({"qty": "0.5"}, 110064),
        ({"qty": "0.4"}, 110064),
        ({"qty": "1100"}, 110007),
        ({"qty": "1.00001"}, 10001),
        ({"price": "99.95"}, 10001),
        ({"stopLoss": "120"}, 10001),
    ],
)
def test_amendments_that_do_not_fit_change_nothing(changes: dict[str, str], code: int) -> None:
    market = floor(balance="1000")  # and 100 BTC worth ten times as much
    order_id = market.main.order("Buy", "2", "99.9")
    market.other.order("Sell", "0.5", "99.9")
    before = market.main.state(order_id)
    assert market.main.code("order/amend", **LINEAR, orderId=order_id, **changes) == code
    assert market.main.state(order_id) == before
    assert market.main.code("order/amend", **LINEAR, orderId="nobody", qty="1") == 110001
    assert market.main.code("order/amend", **LINEAR, qty="1") == 10001


def test_items_of_a_batch_succeed_and_fail_alone() -> None:
    market = floor()
    item = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "1", "price": "99"}
    bad: list[Any] = [{**item, "positionIdx": 1, "orderLinkId": "b"}, "nonsense", {**item, "orderLinkId": "a"}]
    answer = market.main.ask(
        "POST", "order/create-batch", category="linear", request=[{**item, "orderLinkId": "a"}, *bad, item]
    )
    rows, notes = answer["result"]["list"], answer["retExtInfo"]["list"]
    assert [note["code"] for note in notes] == [0, 10001, 10001, 110072, 0]
    assert [bool(row["orderId"]) for row in rows] == [True, False, False, False, True]
    assert [row["orderLinkId"] for row in rows] == ["a", "b", "", "a", ""]
    assert rows[0]["createAt"] == str(market.exchange.now_ms)
    assert rows[1]["createAt"] == ""
    ids = [{"symbol": "BTCUSDT", "orderId": row["orderId"]} for row in rows if row["orderId"]]
    amended = market.main.ask(
        "POST", "order/amend-batch", category="linear", request=[{**each, "qty": "2"} for each in ids]
    )
    assert [note["code"] for note in amended["retExtInfo"]["list"]] == [0, 0]
    assert "createAt" not in amended["result"]["list"][0]
    cancelled = market.main.ask("POST", "order/cancel-batch", category="linear", request=[*ids, *ids])
    assert [note["code"] for note in cancelled["retExtInfo"]["list"]] == [0, 0, 110001, 110001]


def test_batches_have_their_sizes() -> None:
    market = floor()
    assert market.main.code("order/create-batch", category="linear", request=[]) == 10001
    assert market.main.code("order/create-batch", category="linear", request=[{}] * 21) == 10001
    assert market.main.code("order/create-batch", category="spot", request=[{}] * 11) == 10001
    assert market.main.code("order/create-batch", category="linear", request="x") == 10001
    assert market.main.code("order/cancel-batch", category="linear", request=[{}] * 20) == 0


def test_cancel_all_by_kind() -> None:
    market = floor()
    market.main.order("Buy", "1", stopLoss="90")
    resting = market.main.order("Buy", "1", "98")
    waits = market.main.order("Buy", "1", triggerPrice="105", triggerDirection=1)
    stops = {"orderFilter": "StopOrder", "stopOrderType": "Stop"}
    market.main.post("order/cancel-all", **LINEAR, **stops)
    assert [market.main.status(each) for each in (resting, waits)] == ["New", "Deactivated"]
    assert market.main.position()["stopLoss"] == "90"
    market.main.post("order/cancel-all", **LINEAR, orderFilter="Order")
    assert market.main.status(resting) == "Cancelled"
    assert market.main.position()["stopLoss"] == "90"
    market.main.post("order/cancel-all", category="linear", settleCoin="USDT")
    assert market.main.position()["stopLoss"] == "0"


def test_a_cancel_that_loses_the_race_shows_the_fill_a_second_time() -> None:
    market = floor()
    order_id = market.main.order("Buy", "1")
    market.main.post("order/cancel", **LINEAR, orderId=order_id)
    first, second = market.main.rows("order")
    assert (first["orderStatus"], first["cancelType"], first["rejectReason"]) == ("Filled", "UNKNOWN", "EC_NoError")
    assert second == first | {"cancelType": "CancelByUser", "rejectReason": "EC_OrigClOrdIDDoesNotExist"}
    assert market.main.state(order_id)["cancelType"] == "UNKNOWN"
    market.play(0.001)
    assert market.main.code("order/cancel", **LINEAR, orderId=order_id) == 110001


def test_slippage_tolerance_bounds_a_market_order() -> None:
    market = floor(volume=1, balance="1000000")
    state = market.main.state(market.main.order("Buy", "400", slippageToleranceType="TickSize", slippageTolerance="2"))
    assert (state["price"], state["slippageTolerance"], state["slippageToleranceType"]) == ("100.2", "2", "TickSize")
    assert max(row["execPrice"] for row in market.main.rows("execution")) <= "100.2"
    for kind, tolerance, code in (("TickSize", "0", 110108), ("Percent", "11", 110109), ("Far", "1", 10001)):
        more = {"slippageToleranceType": kind, "slippageTolerance": tolerance}
        assert market.main.refusal("Buy", "1", **more) == code


def test_best_bid_or_offer() -> None:
    market = floor()
    queue = market.main.state(market.main.order("Buy", "1", "1", bboSideType="Queue", bboLevel="3"))
    assert (queue["price"], queue["createType"]) == ("99.7", "CreateByBboOrder")
    taking = market.main.state(market.main.order("Buy", "1", "1", bboSideType="Counterparty"))
    assert (taking["price"], taking["orderStatus"]) == ("100", "Filled")


def test_pre_check_places_nothing() -> None:
    market = floor()
    params = {**LINEAR, "side": "Buy", "orderType": "Limit", "qty": "100", "price": "99"}
    result = market.main.post("order/pre-check", **params)
    assert set(result) == {"orderId", "orderLinkId", "preImrE4", "preMmrE4", "postImrE4", "postMmrE4"}
    assert 0 == result["preImrE4"] < result["postImrE4"]
    assert market.main.get("order/realtime", **LINEAR)["list"] == []
    assert market.main.code("order/pre-check", **params | {"qty": "99999"}) == 10001


def test_disconnection_protection_is_remembered() -> None:
    market = floor()
    assert market.main.code("order/disconnected-cancel-all", timeWindow=2) == 10001
    market.main.post("order/disconnected-cancel-all", timeWindow=10, product="DERIVATIVES")


def test_five_hundred_orders_of_a_symbol() -> None:
    market = floor(balance="10000000")
    for _ in range(500):
        market.main.order("Buy", "1", "98")
    assert market.main.refusal("Buy", "1", "98") == 110020
    assert market.main.refusal("Buy", "1", triggerPrice="105", triggerDirection=1) == 0
    assert len(market.main.post("order/cancel-all", **LINEAR)["list"]) == 500


def test_inverse_contracts_are_traded_in_dollars() -> None:
    market = floor(symbol="BTCUSD")
    inverse = {"category": "inverse", "symbol": "BTCUSD"}
    market.main.order("Buy", "1000", "99.9", **inverse)
    market.other.order("Sell", "400", "99.9", **inverse)
    fill = market.main.rows("execution")[0]
    assert (fill["execValue"], fill["feeCurrency"], fill["category"]) == ("4.004004", "BTC", "inverse")
    order = market.main.rows("order")[-1]
    assert (order["orderStatus"], order["leavesQty"], order["leavesValue"]) == ("PartiallyFilled", "600", "6.00600601")
    assert abs(float(order["avgPrice"]) - 99.9) < 1e-6  # of a value that was rounded to 8 decimals
    assert order["cumFeeDetail"] == {"BTC": order["cumExecFee"]}
    assert market.main.position(0, "inverse", "BTCUSD")["size"] == "400"


@pytest.mark.parametrize(
    ("status", "opening", "closing"),
    [("Closed", 110074, 110074), ("Delivering", 110023, 0), ("PreLaunch", 110095, 110095)],
)
def test_orders_follow_the_status_of_the_market(status: Status, opening: int, closing: int) -> None:
    market = floor()
    market.main.order("Buy", "1")
    market.tell(market.exchange.set_status("BTCUSDT", status))
    assert market.main.refusal("Buy", "1", "99") == opening
    assert market.main.refusal("Sell", "1", "100", reduceOnly=True) == closing


def test_a_halted_market_fills_nothing_and_a_closed_one_has_no_orders() -> None:
    market = floor(FLAT, (100.0, 101.0, 90.0, 91.0), FLAT)
    order_id = market.main.order("Buy", "1", "95")
    market.tell(market.exchange.set_status("BTCUSDT", "Delivering"))
    market.play(2)
    assert market.main.status(order_id) == "New"
    market.tell(market.exchange.set_status("BTCUSDT", "Closed"))
    state = market.main.state(order_id)
    assert (state["orderStatus"], state["cancelType"]) == ("Cancelled", "CancelBySettle")
