"""Candles, events and public topics."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from bot.simulator.feeds import SyntheticFeed
from bot.simulator.push import KlinePush, Push
from tests.simulator.core.support import MINUTE_MS, START_MS, ListedFeed, Session, btc, synthetic

FLAT = (100.0, 101.0, 99.0, 100.0)


def _klines(pushes: Sequence[Push], interval: str) -> list[KlinePush]:
    return [push for push in pushes if isinstance(push, KlinePush) and push.interval == interval]


def test_bars_close_in_the_order_of_time_and_symbol() -> None:
    session = Session(ListedFeed({"ETHUSDT": [FLAT] * 2, "BTCUSDT": [FLAT] * 2}))
    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert session.exchange.subscribe(f"kline.1.{symbol}")
    seen = []
    while pushes := session.exchange.step():
        assert len(pushes) == 1
        (kline,) = _klines(pushes, "1")
        seen.append((session.exchange.now_ms - START_MS, kline.symbol, kline.timestamp_ms - kline.end_ms))
    assert seen == [(at, symbol, 1) for at in (60_000, 120_000) for symbol in ("ETHUSDT", "BTCUSDT")]
    assert session.exchange.finished
    assert session.exchange.next_event_ms() is None


def test_a_step_stops_at_its_limit() -> None:
    session = btc(FLAT, FLAT)
    session.exchange.subscribe("kline.1.BTCUSDT")
    assert session.exchange.step(START_MS + 59_999) == ()
    assert session.exchange.now_ms == START_MS + 59_999
    assert len(session.exchange.step(START_MS + 60_000)) == 1


def test_longer_candles_equal_what_kline_queries_answer() -> None:
    session = synthetic("BTCUSDT")
    session.play(7)
    for interval in ("1", "3", "5", "60"):
        session.exchange.subscribe(f"kline.{interval}.BTCUSDT")
    pushes = session.play(200)
    for interval, count in (("3", 67), ("5", 40), ("60", 3)):
        closed = _klines(pushes, interval)
        assert len(closed) == count
        answer = session.get(
            "market/kline", category="linear", symbol="BTCUSDT", interval=interval,
            start=str(closed[0].start_ms), end=str(closed[-1].start_ms), limit="1000",
        )  # fmt: skip
        fields = ("start", "open", "high", "low", "close", "volume", "turnover")
        pushed = [[str(each.frame()["data"][0][name]) for name in fields] for each in closed]
        assert answer["list"][::-1] == pushed


def test_kline_pages_backwards_and_begins_with_the_candle_under_way() -> None:
    session = synthetic("BTCUSDT")
    session.play(2.5)
    query: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT", "interval": "1"}
    newest = session.get("market/kline", **query, limit="3")["list"]
    assert [int(row[0]) - START_MS for row in newest] == [120_000, 60_000, 0]
    last = session.get("market/tickers", category="linear", symbol="BTCUSDT")["list"][0]["lastPrice"]
    assert newest[0][4] == last
    older = session.get("market/kline", **query, end=str(START_MS - 1), limit="1000")["list"]
    assert len(older) == 1000
    assert int(older[0][0]) == START_MS - MINUTE_MS
    assert len(session.get("market/kline", **query)["list"]) == 200


def test_a_gap_in_the_data_is_no_candle() -> None:
    feed = ListedFeed({"BTCUSDT": [FLAT] * 6})
    bars = feed.bars("BTCUSDT")
    bars.start[4:] = [at + 5 * MINUTE_MS for at in bars.start[4:]]
    session = Session(feed)
    session.exchange.subscribe("kline.5.BTCUSDT")
    pushes = session.play(20)
    assert [(each.start_ms - START_MS) // MINUTE_MS for each in _klines(pushes, "5")] == [0, 5]
    rows = session.get("market/kline", category="linear", symbol="BTCUSDT", interval="1")["list"]
    assert len(rows) == 7


def test_unknown_topics_are_refused() -> None:
    exchange = synthetic("BTCUSDT").exchange
    for topic in ("kline.2.BTCUSDT", "kline.1.NOPE", "orderbook.500.BTCUSDT", "tickers", "x.BTCUSDT", "", "."):
        assert not exchange.subscribe(topic)
        exchange.unsubscribe(topic)


def test_book_updates_lead_to_the_same_book_as_a_new_snapshot() -> None:
    session = synthetic("BTCUSDT")
    session.exchange.detail = True
    topic = "orderbook.50.BTCUSDT"
    assert session.exchange.subscribe(topic)
    sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}
    first = session.exchange.snapshot(topic)
    assert first is not None
    update_id = 0
    for push in (first, *session.play(3)):
        frame = push.frame()
        assert frame["type"] == ("delta" if update_id else "snapshot")
        assert not update_id or frame["data"]["u"] == update_id + 1
        update_id = frame["data"]["u"]
        for name, side in sides.items():
            for price, size in frame["data"][name]:
                if size == "0":
                    del side[price]
                else:
                    side[price] = size
    last = session.exchange.snapshot(topic)
    assert last is not None
    assert {tuple(level) for level in last.frame()["data"]["b"]} == set(sides["b"].items())
    assert {tuple(level) for level in last.frame()["data"]["a"]} == set(sides["a"].items())
    assert len(sides["a"]) == len(sides["b"]) == 50
    assert max(map(float, sides["b"])) < min(map(float, sides["a"]))


def test_tickers_and_trades_follow_the_price() -> None:
    session = synthetic("BTCUSDT")
    session.exchange.detail = True
    assert session.exchange.subscribe("tickers.BTCUSDT")
    assert session.exchange.subscribe("publicTrade.BTCUSDT")
    snapshot = session.exchange.snapshot("tickers.BTCUSDT")
    assert snapshot is not None
    ticker = dict(snapshot.frame()["data"])
    pushes = session.play(2)
    for push in pushes:
        if push.topic == "tickers.BTCUSDT":
            ticker |= push.frame()["data"]
    rest = session.get("market/tickers", category="linear", symbol="BTCUSDT")["list"][0]
    assert {name: ticker[name] for name in rest if name in ticker} == {
        name: value for name, value in rest.items() if name in ticker
    }
    trades = [push.frame()["data"][0] for push in pushes if push.topic == "publicTrade.BTCUSDT"]
    assert trades[-1]["p"] == rest["lastPrice"]
    recent = session.get("market/recent-trade", category="linear", symbol="BTCUSDT", limit="9")["list"]
    times = [int(each["time"]) for each in recent]
    assert times == sorted(times, reverse=True)
    assert len(times) == 9


def test_what_nobody_wants_is_not_sent() -> None:
    session = synthetic("BTCUSDT")
    session.exchange.detail = True
    session.exchange.subscribe("tickers.BTCUSDT")
    session.exchange.unsubscribe("tickers.BTCUSDT")
    assert session.play(2) == []


def test_instruments_have_every_documented_filter() -> None:
    rows = synthetic("BTCUSDT", "WHATUSDT").get("market/instruments-info", category="linear")["list"]
    assert [row["symbol"] for row in rows] == ["BTCUSDT", "WHATUSDT"]
    assert rows[0]["priceFilter"] == {"minPrice": "0.1", "maxPrice": "1999999.8", "tickSize": "0.1"}
    assert rows[0]["lotSizeFilter"]["qtyStep"] == "0.001"
    assert rows[0]["leverageFilter"]["maxLeverage"] == "100.00"


def test_sizes_of_levels_follow_recent_volume() -> None:
    session = btc((60_000.0, 60_001.0, 59_999.0, 60_000.0), volume=10_000)
    book = session.get("market/orderbook", category="linear", symbol="BTCUSDT", limit="50")
    for side in (book["b"], book["a"]):
        best, *others = (float(size) for _, size in side)
        assert 0.05 * 10_000 < best < 0.35 * 10_000
        assert all(0.25 * 750 - 1 < size < 1.75 * 750 + 1 for size in others)
        assert 29_000 < sum(others) < 45_000


def test_a_level_of_a_coarse_tick_holds_more() -> None:
    session = btc((100.0, 101.0, 99.0, 100.0), volume=10_000)  # a tick is ten basis points
    book = session.get("market/orderbook", category="linear", symbol="BTCUSDT", limit="50")
    assert 0.7 * 10_000 < sum(float(size) for _, size in book["a"]) / 50 < 1.3 * 10_000


def test_the_last_bar_is_told_before_the_feed_is_finished() -> None:
    for detail in (False, True):
        session = btc(FLAT)
        session.exchange.detail = detail
        session.exchange.subscribe("kline.1.BTCUSDT")
        pushes: list[Push] = []
        while new := session.exchange.step():
            assert not session.exchange.finished
            pushes += new
        assert session.exchange.finished
        last = _klines(pushes, "1")[-1]
        assert (last.confirm, last.end_ms, session.exchange.now_ms) == (True, START_MS + 59_999, START_MS + 60_000)
        assert session.exchange.step() == ()
        assert session.exchange.step(START_MS + 90_000) == ()
        assert session.exchange.now_ms == START_MS + 90_000


def test_an_endless_market_forgets_bars_of_long_ago_and_nothing_else() -> None:
    session = synthetic("BTCUSDT", seed=4)
    session.exchange.subscribe("kline.1.BTCUSDT")
    assert session.order("Buy", "0.01", "1000", orderLinkId="far")
    session.play(5 * 1440 - 10)
    session.exchange.detail = True  # through the moment in which the first day is forgotten
    session.exchange.subscribe("publicTrade.BTCUSDT")
    times = [push.frame()["ts"] for push in session.play(20) if push.topic == "publicTrade.BTCUSDT"]
    assert all(0 < after - before <= 1000 for before, after in pairwise(times))
    assert times[-1] - times[0] > 19 * MINUTE_MS
    session.exchange.detail = False
    session.play(5 * 1440)
    whole = SyntheticFeed(["BTCUSDT"], 4)
    for _ in range(10):
        whole.extend()
    closes = dict(zip(whole.bars("BTCUSDT").start, whole.bars("BTCUSDT").close, strict=True))
    pushed = _klines(session.pushes, "1")
    confirmed = [each for each in pushed if each.confirm]
    assert len(confirmed) == 10 * 1440 + 10
    assert all(each.close == closes[each.start_ms] for each in confirmed)
    query: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT", "interval": "1", "limit": "1000"}
    for days in (0, 6):
        end = str(session.exchange.now_ms - days * 1440 * MINUTE_MS - 1)
        rows = session.get("market/kline", **query, end=end)["list"]
        assert [float(row[4]) for row in rows[1:]] == [closes[int(row[0])] for row in rows[1:]]
        assert len(rows) == 1000
    end = str(session.exchange.now_ms - 9 * 1440 * MINUTE_MS)
    assert session.get("market/kline", **query, end=end)["list"] == []
