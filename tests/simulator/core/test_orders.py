"""How orders trade, rest, end and are refused."""

from decimal import Decimal

import pytest

from tests.simulator.core.support import btc, synthetic

RISE = (100.0, 110.0, 99.0, 110.0)
FALL = (100.0, 101.0, 90.0, 90.0)
WAVE = (100.0, 102.0, 98.0, 100.0)


def test_a_market_order_takes_the_best_price_and_pays_the_taker_fee() -> None:
    session = btc(WAVE)
    order_id = session.order("Buy", "1", orderLinkId="one")
    assert [push.topic for push in session.pushes] == ["execution", "order", "position", "wallet"]
    (fill,) = session.rows("execution")
    assert (fill["execPrice"], fill["execQty"], fill["execFee"]) == ("100", "1", "0.055")
    assert (fill["orderLinkId"], fill["isMaker"], fill["execPnl"]) == ("one", False, "0")
    assert session.rows("position")[-1]["entryPrice"] == "100"
    assert session.rows("wallet")[0]["coin"][0]["walletBalance"] == "9999.945"
    state = session.state_of(order_id)
    assert (state["orderStatus"], state["avgPrice"], state["leavesQty"]) == ("Filled", "100", "0")
    assert state["price"] == "101"  # the bound: 1 % above the market


def test_a_large_market_order_walks_the_book_and_ends_where_it_ends() -> None:
    session = btc(WAVE, balance="100000000", volume=20)
    order_id = session.order("Buy", "400")
    fills = session.rows("execution")
    prices = [Decimal(each["execPrice"]) for each in fills]
    assert len(prices) > 3
    assert prices == sorted(prices)
    assert max(prices) <= 101
    state = session.state_of(order_id)
    assert (state["orderStatus"], state["rejectReason"]) == ("Cancelled", "EC_NoImmediateQtyToFill")
    assert Decimal(state["cumExecQty"]) == sum(Decimal(each["execQty"]) for each in fills)
    again = session.state_of(session.order("Buy", "1"))
    assert again["orderStatus"] == "Cancelled"  # what was taken is gone until the market moves
    session.play(0.1)
    assert session.state_of(session.order("Buy", "1"))["orderStatus"] == "Filled"


def test_all_fills_of_an_order_come_in_one_frame() -> None:
    session = btc(WAVE, balance="100000000", volume=20)
    session.order("Buy", "120", takeProfit="120", stopLoss="80")
    topics = [push.topic for push in session.pushes]
    assert topics == ["execution", "order", "position", "wallet"]
    fills = session.rows("execution")
    assert len(fills) > 3
    assert [Decimal(each["leavesQty"]) for each in fills] == [
        120 - sum(Decimal(each["execQty"]) for each in fills[: done + 1]) for done in range(len(fills))
    ]
    ((entry, *stops), (position,), (wallet,)) = (session.rows(topic) for topic in ("order", "position", "wallet"))
    assert (entry["orderStatus"], entry["cumExecQty"]) == ("Filled", "120")
    assert [each["orderStatus"] for each in stops] == ["Untriggered", "Untriggered"]
    assert (position["size"], position["seq"], position["stopLoss"]) == ("120", fills[-1]["seq"], "80")
    fees = sum(Decimal(each["execFee"]) for each in fills)
    assert Decimal(wallet["coin"][0]["walletBalance"]) == 100_000_000 - fees


def test_creating_and_cancelling_tells_of_the_position_too() -> None:
    session = btc(WAVE)
    order_id = session.order("Buy", "1", "98")
    session.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=order_id)
    assert [push.topic for push in session.pushes] == ["order", "position"] * 2


def test_a_resting_order_fills_as_maker_when_the_price_trades_through_it() -> None:
    session = btc((100.0, 101.0, 99.0, 99.5), FALL)
    touched = session.order("Buy", "1", "99")
    assert session.state_of(touched)["orderStatus"] == "New"
    session.play(1)
    assert session.state_of(touched)["orderStatus"] == "New"  # 99 was printed, not traded through
    session.play(1)
    (fill,) = session.rows("execution")
    assert (fill["execPrice"], fill["isMaker"], fill["feeRate"]) == ("99", True, "0.0002")


def test_a_limit_order_takes_up_to_its_limit_and_rests() -> None:
    session = btc(WAVE, RISE, balance="100000000", volume=100)
    order_id = session.order("Buy", "600", "100.2")
    state = session.state_of(order_id)
    assert state["orderStatus"] == "PartiallyFilled"
    assert {each["execPrice"] for each in session.rows("execution")} == {"100", "100.1", "100.2"}
    session.play(1)
    assert session.state_of(order_id)["orderStatus"] == "Filled"


@pytest.mark.parametrize(
    ("time_in_force", "qty", "price", "status", "reason"),
    [
        ("PostOnly", "1", "100", "Cancelled", "EC_PostOnlyWillTakeLiquidity"),
        ("PostOnly", "1", "99.9", "New", "EC_NoError"),
        ("IOC", "1", "99.9", "Cancelled", "EC_NoImmediateQtyToFill"),
        ("IOC", "1", "100", "Filled", "EC_NoError"),
        ("FOK", "400", "100.1", "Cancelled", "EC_NoEnoughQtyToFill"),
        ("FOK", "1", "100.1", "Filled", "EC_NoError"),
    ],
)
def test_time_in_force(time_in_force: str, qty: str, price: str, status: str, reason: str) -> None:
    session = btc(WAVE, balance="1000000", volume=100)
    state = session.state_of(session.order("Buy", qty, price, timeInForce=time_in_force))
    assert (state["orderStatus"], state["rejectReason"]) == (status, reason)
    assert session.rows("order")[-1]["orderStatus"] == status


def test_a_gap_fills_resting_orders_at_the_open() -> None:
    session = btc(WAVE, (95.0, 96.0, 94.0, 95.0))
    session.order("Buy", "1", "97")
    session.play(1.1)
    (fill,) = session.rows("execution")
    assert (fill["execPrice"], fill["isMaker"]) == ("97", True)
    assert int(fill["execTime"]) == session.exchange.now_ms - 6000


def test_adding_averages_and_turning_over_starts_anew() -> None:
    session = btc((100.0, 100.0, 100.0, 100.0), (103.0, 103.0, 103.0, 103.0))
    session.order("Buy", "1")
    session.play(1.5)
    session.order("Buy", "2")
    assert session.position()["avgPrice"] == "102"
    session.order("Sell", "4")
    position = session.position()
    assert (position["side"], position["size"], position["avgPrice"]) == ("Sell", "1", "102.9")
    books = session.exchange.books("main")
    assert books["realised_pnl"] == "2.7"
    assert books["wallet_balance"] == str(Decimal(10000) + Decimal("2.7") - Decimal(books["fees"]))


def test_reduce_only_orders_never_open() -> None:
    session = btc(WAVE, RISE)
    assert session.refusal("Sell", "1", reduceOnly=True) == 110017
    session.order("Buy", "1")
    assert session.refusal("Buy", "1", reduceOnly=True) == 110017
    big = session.order("Sell", "5", "105", reduceOnly=True)
    assert session.state_of(big)["qty"] == "1"
    half = session.order("Sell", "0.5")
    assert session.state_of(half)["orderStatus"] == "Filled"
    assert session.state_of(big)["qty"] == "0.5"
    session.order("Sell", "0.5")
    state = session.state_of(big)
    assert (state["orderStatus"], state["cancelType"]) == ("Cancelled", "CancelByReduceOnly")
    assert session.position()["size"] == "0"


def test_zero_quantity_reduce_only_close_on_trigger_closes_everything() -> None:
    session = btc(WAVE)
    session.order("Sell", "1.5")
    session.order("Buy", "0", reduceOnly=True, closeOnTrigger=True)
    assert session.position()["size"] == "0"


def test_cancel_and_cancel_all() -> None:
    session = btc(WAVE)
    ids = [session.order("Buy", "1", price, orderLinkId=price.replace(".", "_")) for price in ("98", "97.5")]
    session.post("order/cancel", category="linear", symbol="BTCUSDT", orderLinkId="98")
    assert session.state_of(ids[0])["cancelType"] == "CancelByUser"
    assert session.code("order/cancel", category="linear", symbol="BTCUSDT", orderId=ids[0]) == 110001
    assert session.code("order/cancel-all", category="linear") == 10001
    answer = session.post("order/cancel-all", category="linear", settleCoin="USDT")
    assert answer == {"list": [{"orderId": ids[1], "orderLinkId": "97_5"}], "success": "1"}
    assert session.get("order/realtime", category="linear", settleCoin="USDT")["list"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"qty": "0.0005"}, 10001),
        ({"qty": "0.0001"}, 10001),
        ({"qty": "0"}, 10001),
        ({"qty": "-1"}, 10001),
        ({"qty": "1e3"}, 10001),
        ({"qty": "9999999"}, 10001),
        ({"qty": None}, 10001),
        ({"price": "99.05"}, 10001),
        ({"price": "0"}, 10001),
        ({"price": "2000000"}, 110003),
        ({"qty": "0.04"}, 110094),
        ({"qty": "1100", "price": "99"}, 110007),
        ({"side": "buy"}, 10001),
        ({"category": "spot"}, 10001),
        ({"symbol": "NOPE"}, 10001),
        ({"positionIdx": 1}, 10001),
        ({"timeInForce": "FOREVER"}, 10001),
        ({"orderLinkId": "x" * 37}, 10001),
        ({"orderLinkId": "a b"}, 10001),
        ({"orderLinkId": "used"}, 110072),
        ({"takeProfit": "98"}, 10001),
        ({"stopLoss": "99.5"}, 10001),
        ({"triggerPrice": "120"}, 10001),
        ({"reduceOnly": "maybe"}, 10001),
    ],
)
def test_bad_orders_get_the_code_of_the_rule_they_break(changes: dict[str, object], code: int) -> None:
    session = btc(WAVE)
    session.order("Buy", "0.1", "98", orderLinkId="used")
    before = session.exchange.books("main")
    params = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "1",
              "price": "99", **changes}  # fmt: skip
    assert session.code("order/create", **params) == code
    assert session.exchange.books("main") == before
    assert len(session.get("order/realtime", category="linear", settleCoin="USDT")["list"]) == 1


def test_pages_show_every_order_once() -> None:
    session = btc(WAVE, balance="1000000")
    ids = [session.order("Buy", "0.1", "98") for _ in range(25)]
    seen, cursor = [], ""
    while True:
        page = session.get("order/realtime", category="linear", symbol="BTCUSDT", limit="10", cursor=cursor)
        seen += [row["orderId"] for row in page["list"]]
        cursor = page["nextPageCursor"]
        if not cursor:
            break
    assert seen == ids[::-1]


def test_history_and_executions_are_found() -> None:
    session = synthetic("BTCUSDT", "ETHUSDT")
    for number in range(3):
        session.order("Buy", "0.01", orderLinkId=f"b{number}")
        session.play(1)
    resting = session.order("Buy", "0.01", "80000")
    session.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=resting)
    history = session.get("order/history", category="linear")["list"]
    assert [row["orderStatus"] for row in history] == ["Cancelled", "Filled", "Filled", "Filled"]
    fills = session.get("execution/list", category="linear", limit="2")
    assert [row["orderLinkId"] for row in fills["list"]] == ["b2", "b1"]
    rest = session.get("execution/list", category="linear", limit="2", cursor=fills["nextPageCursor"])
    assert [row["orderLinkId"] for row in rest["list"]] == ["b0"]
    session.play(25 * 60)
    kept = session.get("order/history", category="linear")["list"]
    assert len(kept) == 3  # an unfilled order is remembered for a day
