"""Take-profit and stop-loss of positions."""

from tests.simulator.core.support import btc, synthetic

WAVE = (100.0, 100.5, 99.5, 100.0)
CRASH = (100.0, 100.0, 90.0, 92.0)
RALLY = (100.0, 110.0, 100.0, 109.0)


def test_attached_stops_guard_the_position() -> None:
    session = btc(WAVE, CRASH)
    session.order("Buy", "1", takeProfit="105", stopLoss="95", orderLinkId="entry")
    rows = session.rows("order")[-2:]
    assert [(row["stopOrderType"], row["triggerPrice"], row["triggerDirection"]) for row in rows] == [
        ("TakeProfit", "105", 1),
        ("StopLoss", "95", 2),
    ]
    assert all(
        row["orderStatus"] == "Untriggered" and row["reduceOnly"] and row["closeOnTrigger"]
        and row["parentOrderLinkId"] == "entry" and row["qty"] == "1"
        for row in rows
    )  # fmt: skip
    position = session.position()
    assert (position["takeProfit"], position["stopLoss"]) == ("105", "95")
    session.play(2)
    close = session.rows("execution")[-1]
    assert (close["execPrice"], close["stopOrderType"], close["createType"]) == ("95", "StopLoss", "CreateByStopLoss")
    assert (close["closedSize"], close["execPnl"]) == ("1", "-5")
    statuses = [(row["stopOrderType"], row["orderStatus"]) for row in session.rows("order")[-3:]]
    assert statuses == [("StopLoss", "Triggered"), ("StopLoss", "Filled"), ("TakeProfit", "Deactivated")]
    assert session.rows("order")[-1]["cancelType"] == "CancelByTpSlTsClear"
    assert session.rows("position")[-1]["takeProfit"] == "0"


def test_a_take_profit_sells_to_the_bid() -> None:
    session = btc(WAVE, RALLY)
    session.order("Buy", "1", takeProfit="105")
    session.play(2)
    assert session.rows("execution")[-1]["execPrice"] == "104.9"


def test_a_gap_stops_out_at_the_open_and_not_at_the_stop() -> None:
    session = btc(WAVE, (90.0, 91.0, 89.0, 90.0))
    session.order("Buy", "1", stopLoss="95")
    session.play(2)
    assert session.rows("execution")[-1]["execPrice"] == "90"


def test_a_short_is_stopped_from_below() -> None:
    session = btc(WAVE, RALLY)
    session.order("Sell", "1", stopLoss="103", takeProfit="90")
    session.play(2)
    close = session.rows("execution")[-1]
    assert (close["side"], close["execPrice"], close["stopOrderType"]) == ("Buy", "103", "StopLoss")


def test_stops_grow_and_shrink_with_the_position() -> None:
    session = btc(WAVE)
    session.order("Buy", "1", stopLoss="95")
    session.order("Buy", "2")
    stop = session.get("order/realtime", category="linear", symbol="BTCUSDT")["list"][0]
    assert (stop["stopOrderType"], stop["qty"]) == ("StopLoss", "3")
    session.order("Sell", "2.5")
    assert session.state_of(stop["orderId"])["qty"] == "0.5"
    session.order("Sell", "1.5")
    state = session.state_of(stop["orderId"])
    assert (state["orderStatus"], state["cancelType"]) == ("Deactivated", "CancelByTpSlTsClear")
    assert session.position()["stopLoss"] == "0"


def test_stops_of_a_resting_entry_wait_for_its_fill() -> None:
    session = btc((100.0, 100.0, 98.0, 98.5), CRASH)
    session.order("Buy", "1", "99", stopLoss="95")
    assert session.position()["stopLoss"] == "0"
    session.play(0.6)
    assert session.position()["stopLoss"] == "95"
    session.play(1.4)
    assert session.position()["size"] == "0"


def test_trading_stop_sets_moves_and_clears() -> None:
    session = btc(WAVE)
    base = {"category": "linear", "symbol": "BTCUSDT", "tpslMode": "Full", "positionIdx": 0}
    assert session.code("position/trading-stop", **base, stopLoss="95") == 10001  # nothing to guard
    session.order("Buy", "1")
    assert session.code("position/trading-stop", **base, stopLoss="105") == 10001
    assert session.code("position/trading-stop", **base, takeProfit="95") == 10001
    assert session.code("position/trading-stop", **base) == 10001
    assert session.code("position/trading-stop", **base, stopLoss="0") == 34040
    session.post("position/trading-stop", **base, stopLoss="95")
    assert session.code("position/trading-stop", **base, stopLoss="95.0") == 34040
    stop = session.get("order/realtime", category="linear", symbol="BTCUSDT")["list"][0]
    session.post("position/trading-stop", **base, stopLoss="96", takeProfit="110")
    assert session.state_of(stop["orderId"])["triggerPrice"] == "96"
    position = session.position()
    assert (position["stopLoss"], position["takeProfit"]) == ("96", "110")
    session.post("position/trading-stop", **base, stopLoss="0")
    position = session.position()
    assert (position["stopLoss"], position["takeProfit"]) == ("0", "110")


def test_a_cancelled_stop_guards_no_longer() -> None:
    session = btc(WAVE, CRASH)
    session.order("Buy", "1", stopLoss="95")
    stop = session.get("order/realtime", category="linear", symbol="BTCUSDT")["list"][0]
    session.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=stop["orderId"])
    assert session.position()["stopLoss"] == "0"
    session.play(2)
    assert session.position()["size"] == "1"


def test_playing_in_detail_trades_the_same() -> None:
    books = []
    for detail in (False, True):
        session = synthetic("BTCUSDT", "ETHUSDT")
        session.exchange.detail = detail
        for symbol in ("BTCUSDT", "ETHUSDT"):
            session.exchange.subscribe(f"tickers.{symbol}")
        price = float(session.position()["markPrice"])
        session.order("Buy", "0.05", takeProfit=f"{price * 1.01:.1f}", stopLoss=f"{price * 0.995:.1f}")
        session.order("Buy", "0.02", f"{price * 0.999:.1f}")
        session.order("Sell", "0.02", f"{price * 1.004:.1f}")
        session.play(180)
        books.append(session.exchange.books("main"))
    assert books[0]["executions"]
    assert books[0] == books[1]
