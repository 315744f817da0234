"""Orders in pairs: coins are locked, spent and received."""

from decimal import Decimal

import pytest

from tests.simulator.core.floor import Floor, floor
from tests.simulator.core.support import ListedFeed

D = Decimal
SPOT = {"category": "spot"}
FLAT = (100.0, 100.0, 100.0, 100.0)


def pair(*bars: tuple[float, float, float, float], balance: str = "10000") -> Floor:
    return floor(*bars, symbol="spot:BTCUSDT", balance=balance)


def test_a_limit_order_locks_what_it_would_spend() -> None:
    market = pair()
    order_id = market.main.order("Buy", "10", "99.9", **SPOT)
    assert len(order_id) == 19
    assert order_id.isdigit()
    assert market.main.coin("USDT")["locked"] == "999"
    assert [push.topic for push in market.main.pushes] == ["order", "wallet"]
    market.main.post("order/cancel", **SPOT, symbol="BTCUSDT", orderId=order_id)
    assert market.main.coin("USDT")["locked"] == "0"
    assert market.main.status(order_id, "spot") == "Cancelled"


def test_the_fee_is_taken_from_what_is_received() -> None:
    market = pair()
    market.main.order("Buy", "10", "99.9", **SPOT)
    market.other.order("Sell", "4", "99.9", **SPOT)
    assert market.main.coin("USDT")["locked"] == "599.4"
    assert market.main.coin("USDT")["walletBalance"] == "9600.4"
    assert market.main.coin("BTC")["walletBalance"] == "103.996"
    assert market.other.coin("BTC")["walletBalance"] == "96"
    assert market.other.coin("USDT")["walletBalance"] == "10399.2004"
    fill = market.main.rows("execution")[0]
    assert (fill["feeCurrency"], fill["execFee"], fill["feeRate"], fill["isMaker"]) == ("BTC", "0.004", "0.001", True)
    assert "createType" not in fill
    order = market.main.rows("order")[-1]
    assert (order["cumFeeDetail"], order["feeCurrency"]) == ({"BTC": "0.004"}, "BTC")
    assert "createType" not in order
    assert not any(push.topic == "position" for push in market.main.pushes)


def test_a_market_buy_spends_quote_coin_and_a_sale_base_coin() -> None:
    market = pair()
    bought = market.main.state(market.main.order("Buy", "1000", **SPOT), "spot")
    assert (bought["orderStatus"], bought["cumExecQty"], bought["cumExecValue"]) == ("Filled", "10", "1000")
    assert bought["marketUnit"] == "quoteCoin"
    sold = market.main.state(market.main.order("Sell", "2", **SPOT), "spot")
    assert (sold["orderStatus"], sold["cumExecQty"], sold["marketUnit"]) == ("Filled", "2", "baseCoin")
    by_base = market.main.state(market.main.order("Buy", "3", **SPOT, marketUnit="baseCoin"), "spot")
    assert (by_base["orderStatus"], by_base["cumExecQty"]) == ("Filled", "3")


def test_what_is_too_little_for_one_more_step_is_left() -> None:
    market = pair()
    state = market.main.state(market.main.order("Buy", "1000.00007", **SPOT), "spot")
    assert (state["orderStatus"], state["cumExecValue"]) == ("PartiallyFilledCanceled", "1000")
    assert state["leavesQty"] == "0"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"qty": "20"}, 170131),
        ({"side": "Sell", "qty": "51"}, 170131),
        ({"qty": "1.0000001"}, 170137),
        ({"price": "99.95"}, 170134),
        ({"qty": "0.04"}, 170140),
        ({"qty": "84"}, 170382),
        ({"qty": "42", "orderType": "Market", "marketUnit": "baseCoin"}, 170381),
        ({"price": "101"}, 170193),
        ({"price": "99", "side": "Sell"}, 170194),
        ({"price": "3000000"}, 170132),
        ({"orderLinkId": "used"}, 170141),
        ({"takeProfit": "120"}, 10001),
        ({"triggerPrice": "90"}, 10001),
        ({"qty": "-1"}, 10001),
        ({"orderFilter": "OcoOrder"}, 10001),
    ],
)
def test_bad_orders_get_the_codes_of_pairs(changes: dict[str, str], code: int) -> None:
    market = pair(balance="1000")
    market.main.order("Buy", "0.1", "99", **SPOT, orderLinkId="used")
    market.main.order("Sell", "50", "101", **SPOT)
    limit = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "1", "price": "99.5"}
    assert market.main.code("order/create", **SPOT | limit | changes) == code
    assert market.main.coin("USDT")["locked"] == "9.9"


def test_an_order_that_is_not_there() -> None:
    market = pair()
    for path in ("order/cancel", "order/amend"):
        assert market.main.code(path, **SPOT, symbol="BTCUSDT", orderId="1", qty="2") == 170213


def test_a_tpsl_order_locks_at_once_and_a_conditional_one_when_triggered() -> None:
    market = pair(FLAT, (100.0, 101.0, 94.0, 94.0))
    params = {**SPOT, "triggerPrice": "95"}
    tpsl = market.main.order("Sell", "5", **params, orderFilter="tpslOrder")
    assert market.main.coin("BTC")["locked"] == "5"
    stop = market.main.order("Sell", "2", "94.9", **params, orderFilter="StopOrder")
    assert market.main.coin("BTC")["locked"] == "5"
    states = [market.main.state(each, "spot") for each in (tpsl, stop)]
    assert [each["orderStatus"] for each in states] == ["Untriggered", "Untriggered"]
    assert [each["stopOrderType"] for each in states] == ["tpslOrder", "Stop"]
    market.play(2)
    assert market.main.status(tpsl, "spot") == "Filled"
    assert market.main.coin("BTC")["locked"] in {"0", "2"}
    assert market.main.state(stop, "spot")["orderStatus"] in {"Filled", "New"}


def test_cancel_all_of_pairs_takes_plain_orders_unless_told_otherwise() -> None:
    market = pair()
    plain = market.main.order("Buy", "1", "99", **SPOT)
    waits = market.main.order("Sell", "1", **SPOT, triggerPrice="95", orderFilter="tpslOrder")
    market.main.post("order/cancel-all", **SPOT)
    assert [market.main.status(each, "spot") for each in (plain, waits)] == ["Cancelled", "Untriggered"]
    market.main.post("order/cancel-all", **SPOT, orderFilter="tpslOrder")
    assert market.main.status(waits, "spot") == "Deactivated"
    assert market.main.coin("BTC")["locked"] == "0"


def test_coins_that_isolated_positions_need_are_not_spent() -> None:
    market = Floor(ListedFeed({"BTCUSDT": (FLAT,), "spot:BTCUSDT": (FLAT,)}), "10000")
    market.main.post("account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    for _ in range(2):
        market.main.order("Buy", "450")
    assert market.main.refusal("Buy", "15", "100", category="spot") == 170131
    market.main.order("Buy", "5", "99", category="spot")


def test_a_sale_for_an_amount_of_quote_coin_must_be_covered_at_the_worst_price() -> None:
    market = pair()
    assert market.main.refusal("Sell", "10000", category="spot", marketUnit="quoteCoin") == 170131
    market.main.order("Sell", "9900", category="spot", marketUnit="quoteCoin")
    assert D(market.main.coin("BTC")["walletBalance"]) >= 0
