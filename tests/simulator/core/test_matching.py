"""How orders of several accounts meet: price, then time, then the street."""

from decimal import Decimal

import pytest

from tests.simulator.core.floor import floor

WAVE = (100.0, 102.0, 98.0, 100.0)
THROUGH = (100.0, 102.0, 99.0, 102.0)


def test_the_first_at_a_price_is_served_first_and_the_street_last() -> None:
    market = floor(volume=1000)
    ask = "100"  # the best ask of the street is 100 too
    for trader in (market.other, market.third):
        trader.order("Buy", "1", "99.9")
    first, second = (
        trader.get("order/realtime", category="linear", symbol="BTCUSDT")["list"][0]["orderId"]
        for trader in (market.other, market.third)
    )
    market.main.order("Sell", "1.5", "99.9")
    assert market.other.status(first) == "Filled"
    state = market.third.state(second)
    assert (state["orderStatus"], state["cumExecQty"], state["leavesQty"]) == ("PartiallyFilled", "0.5", "0.5")
    (mine,) = {row["execPrice"] for row in market.main.rows("execution")}
    assert mine == "99.9"
    assert all(row["isMaker"] and row["feeRate"] == "0.0002" for row in market.other.rows("execution"))
    assert market.main.position()["size"] == "1.5"
    assert market.other.position()["side"] == "Buy"
    market.main.order("Sell", "1", "99.9")
    assert market.third.status(second) == "Filled"
    fills = market.main.rows("execution")
    assert [row["execQty"] for row in fills] == ["1", "0.5", "0.5", "0.5"]  # the last one from the street
    assert market.main.refusal("Buy", "1", ask) == 0


def test_a_better_price_goes_before_time() -> None:
    market = floor(volume=2)
    low = market.other.order("Buy", "1", "99.6")
    high = market.third.order("Buy", "1", "99.7")
    market.main.order("Sell", "50", "99.6")
    assert market.third.status(high) == "Filled"
    assert market.other.status(low) == "Filled"
    prices = [Decimal(row["execPrice"]) for row in market.main.rows("execution")]
    assert prices == sorted(prices, reverse=True)


def test_both_sides_hear_of_a_fill() -> None:
    market = floor()
    market.other.order("Buy", "1", "99.9")
    market.other.pushes.clear()
    market.main.order("Sell", "1", "99.9")
    assert [push.topic for push in market.other.pushes] == ["execution", "order", "position", "wallet"]
    assert [push.topic for push in market.main.pushes] == ["execution", "order", "position", "wallet"]


def test_a_resting_order_that_nobody_takes_is_filled_when_the_price_trades_through() -> None:
    market = floor(WAVE)
    ids = [trader.order("Buy", "1", "99") for trader in (market.main, market.other)]
    market.play(1)
    assert [market.main.status(ids[0]), market.other.status(ids[1])] == ["Filled", "Filled"]


@pytest.mark.parametrize(
    ("smp_type", "maker", "taker"),
    [
        ("None", ("Filled", "UNKNOWN"), ("Filled", "UNKNOWN")),
        ("CancelMaker", ("Cancelled", "CancelBySmp"), ("Filled", "UNKNOWN")),
        ("CancelTaker", ("New", "UNKNOWN"), ("Cancelled", "CancelBySmp")),
        ("CancelBoth", ("Cancelled", "CancelBySmp"), ("Cancelled", "CancelBySmp")),
    ],
)
def test_self_match_prevention(smp_type: str, maker: tuple[str, str], taker: tuple[str, str]) -> None:
    market = floor()
    resting = market.main.order("Buy", "1", "99.9", smpType="CancelBoth")  # of the resting order it matters not
    incoming = market.main.order("Sell", "1", "99.9", smpType=smp_type)
    for order_id, expected, other in ((resting, maker, incoming), (incoming, taker, resting)):
        state = market.main.state(order_id)
        assert (state["orderStatus"], state["cancelType"]) == expected
        assert state["smpOrderId"] == ("" if smp_type == "None" else other)
    assert market.main.state(incoming)["smpType"] == smp_type


def test_trading_with_oneself_leaves_nothing_but_fees() -> None:
    market = floor()
    market.main.order("Buy", "1", "99.9")
    market.main.order("Sell", "1", "99.9")
    assert market.main.position()["size"] == "0"
    fees = Decimal("99.9") * (Decimal("0.0002") + Decimal("0.00055"))
    assert Decimal(market.main.coin("USDT")["walletBalance"]) == 10_000 - fees


def test_post_only_and_fok_see_the_orders_of_accounts() -> None:
    market = floor(volume=20)
    market.other.order("Sell", "1", "100", timeInForce="PostOnly")
    crossing = market.main.order("Buy", "1", "100", timeInForce="PostOnly")
    assert market.main.state(crossing)["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"
    street = sum(
        Decimal(size) for price, size in market.main.get("market/orderbook", category="linear", symbol="BTCUSDT")["a"]
        if price == "100"
    )  # fmt: skip
    too_much = market.main.order("Buy", str(street + 2), "100", timeInForce="FOK")
    assert market.main.state(too_much)["rejectReason"] == "EC_NoEnoughQtyToFill"


def test_a_reduce_only_maker_never_opens() -> None:
    market = floor()
    market.other.order("Buy", "1")
    for price in ("100", "100.1"):
        market.other.order("Sell", "1", price, reduceOnly=True, timeInForce="PostOnly")
    market.main.order("Buy", "50", "100.1")
    assert market.other.position()["size"] == "0"
    cancelled = [row for row in market.other.rows("order") if row["cancelType"] == "CancelByReduceOnly"]
    assert len(cancelled) == 1


def test_all_or_nothing_counts_what_is_cheaper_than_its_own_order() -> None:
    market = floor(volume=100)
    own = market.main.order("Sell", "1", "100.2")
    order_id = market.main.order("Buy", "1", "100.5", timeInForce="FOK", smpType="CancelTaker")
    assert market.main.status(order_id) == "Filled"
    assert market.main.status(own) == "New"
    large = market.main.order("Buy", "900", "100.5", timeInForce="FOK", smpType="CancelTaker")
    assert market.main.state(large)["rejectReason"] == "EC_NoEnoughQtyToFill"
