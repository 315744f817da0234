"""What subscribers of a capture get: recorded frames as they were, true snapshots, and what is made of them."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.feeds import SyntheticFeed
from bot.simulator.frames.frame import read_frame
from bot.simulator.frames.merged import Applied, MergedBook
from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO
from tests.simulator.frames.lines import (
    FIRST_BOOK,
    START_MS,
    SYMBOL,
    Line,
    Player,
    book,
    played,
    texts,
    ticker,
    trade,
    write,
)

TOPICS = (f"orderbook.50.{SYMBOL}", f"publicTrade.{SYMBOL}", f"tickers.{SYMBOL}", f"kline.1.{SYMBOL}")


def test_what_our_own_exchange_sent_comes_out_byte_for_byte(tmp_path: Path) -> None:
    exchange = Exchange(SyntheticFeed((SYMBOL,), 3), ExchangeSettings((AccountSeed("main", ZERO),)))
    exchange.detail = True
    assert all(exchange.subscribe(topic) for topic in TOPICS)
    snapshots = [exchange.snapshot(topic) for topic in TOPICS]
    pushes = [each for each in snapshots if each is not None] + list(exchange.advance(exchange.now_ms + 150_000))
    sent = [msgspec.json.encode(push.frame()) for push in pushes]
    file = tmp_path / "own.jsonl"
    file.write_bytes(b"\n".join(sent) + b"\n")
    player = Player(file)
    assert all(player.exchange.subscribe(topic) for topic in TOPICS)
    again = [msgspec.json.encode(push.frame()) for push in player.play_to(200_000)]
    assert again == sent
    assert len(sent) > 500


def test_a_new_subscriber_gets_the_merged_book_and_deltas_go_on_from_it(tmp_path: Path) -> None:
    player = played(
        tmp_path,
        book(1000, 2, [("100", "0"), ("99.50", "2")], [("100.2", "7")]),
        book(2000, 3, [("98", "1")], []),
    )
    player.play_to(1500)
    topic = f"orderbook.50.{SYMBOL}"
    assert player.exchange.subscribe(topic)
    snapshot = player.exchange.snapshot(topic)
    assert snapshot is not None
    data = {"s": SYMBOL, "b": [["99.50", "2"], ["99", "5"]], "a": [["100.2", "7"], ["100.4", "5"]], "u": 2, "seq": 1000}
    assert snapshot.frame() == {
        "topic": topic,
        "type": "snapshot",
        "ts": START_MS + 1000,
        "data": data,
        "cts": START_MS + 1000,
    }
    [delta] = player.play_to(2000)
    assert delta.frame()["data"]["u"] == 3


def test_deltas_of_a_book_that_is_not_known_are_not_passed_on(tmp_path: Path) -> None:
    lines = [
        book(1000, 2, [("99", "6")], []),
        book(2000, 4, [("99", "7")], []),
        book(3000, 5, [("98", "0")], []),
        book(4000, 1, [("99", "5")], [("100.2", "5")], "snapshot"),
        book(5000, 2, [("99", "4")], []),
    ]
    player = played(tmp_path, *lines)
    player.play_to(500)
    topic = f"orderbook.50.{SYMBOL}"
    assert player.exchange.subscribe(topic)
    player.play_to(5000)
    told = [push.frame()["data"]["u"] for push in player.pushes if push.topic == topic]
    assert told == [2, 4, 1, 2], "the frame that shows the gap is the last before a snapshot"


def test_orders_of_accounts_do_not_change_recorded_frames(tmp_path: Path) -> None:
    lines = [book(1000, 2, [("99", "1")], []), trade(1500, "100")]
    quiet, busy = played(tmp_path / "a", *lines), played(tmp_path / "b", *lines)
    for player in (quiet, busy):
        assert player.exchange.subscribe(TOPICS[0])
        player.play_to(0)
    busy.order("Buy", "2")
    busy.order("Sell", "1", "100.3")
    for player in (quiet, busy):
        player.play_to(2000)
    assert texts(quiet.pushes, TOPICS[0]) == texts(busy.pushes, TOPICS[0])


def test_a_ticker_begins_with_all_that_is_known(tmp_path: Path) -> None:
    player = played(tmp_path, ticker(1, "snapshot", lastPrice="100", markPrice="100.1"), ticker(2, markPrice="100.2"))
    assert player.exchange.snapshot(TOPICS[2]) is None
    player.play_to(10)
    snapshot = player.exchange.snapshot(TOPICS[2])
    assert snapshot is not None
    assert snapshot.frame()["data"] == {"symbol": SYMBOL, "lastPrice": "100", "markPrice": "100.2"}


def test_a_shallower_book_is_made_and_a_deeper_one_refused(tmp_path: Path) -> None:
    player = played(
        tmp_path,
        book(1000, 2, [("100", "0")], []),
        book(2000, 3, [("99", "4")], [("100.4", "1")]),
        book(3000, 4, [("98", "1")], []),
    )
    for topic in ("orderbook.200", "orderbook.1000", "publicTrade", "no.such"):
        assert not player.exchange.subscribe(f"{topic}.{SYMBOL}")
    topic = f"orderbook.1.{SYMBOL}"
    player.play_to(0)
    assert player.exchange.subscribe(topic)
    first = player.exchange.snapshot(topic)
    assert first is not None
    assert first.frame()["data"] | {"seq": 0} == {
        "s": SYMBOL,
        "b": [["100", "5"]],
        "a": [["100.2", "5"]],
        "u": 1,
        "seq": 0,
    }
    frames = [push.frame() for push in player.play_to(4000)]
    assert [(each["type"], each["data"]["u"], each["data"]["b"]) for each in frames] == [
        ("snapshot", 2, [["99", "5"]]),
        ("snapshot", 3, [["99", "4"]]),
    ]


def test_a_made_book_of_fifty_levels_is_the_recorded_one_of_five_hundred(tmp_path: Path) -> None:
    bids = [(f"{100 - level / 10:.1f}", "1") for level in range(60)]
    first = book(0, 1, bids, [("101", "1")], "snapshot", depth=500)
    player = Player(write(tmp_path / "f.jsonl", [first, book(1000, 2, [("100.0", "0")], [], depth=500)]))
    topic = f"orderbook.50.{SYMBOL}"
    assert player.exchange.subscribe(topic)
    snapshot, delta = player.play_to(2000)
    assert len(snapshot.frame()["data"]["b"]) == 50
    assert delta.frame()["type"] == "delta"
    assert delta.frame()["data"]["b"] == [["100.0", "0"], ["95.0", "1"]]


def test_candles_are_made_of_trades(tmp_path: Path) -> None:
    late = trade(60_005, "103", "2")
    late["data"][0]["T"] = START_MS + 59_990
    player = played(
        tmp_path, trade(1000, "101"), trade(2000, "99.5", "3"), late, trade(60_100, "102"), trade(61_500, "104"),
        trade(125_000, "104"),
    )  # fmt: skip
    assert player.exchange.subscribe(f"kline.1.{SYMBOL}")
    player.play_to(125_000)
    rows = player.get("market/kline", interval="1")["list"]
    assert [row[1:6] for row in reversed(rows)] == [
        ["100", "103", "99.5", "103", "6"],
        ["103", "104", "102", "104", "2"],
        ["104", "104", "104", "104", "1"],
    ]
    pushed = [row for push in player.pushes for row in push.frame()["data"] if row["confirm"]]
    assert [row["close"] for row in pushed] == ["99.5", "104"]  # the first was told before its last trade was
    assert [row["start"] for row in pushed] == [START_MS, START_MS + 60_000]


def test_recorded_candles_come_before_made_ones(tmp_path: Path) -> None:
    row = {"start": START_MS, "end": START_MS + 59_999, "interval": "1", "timestamp": START_MS, "confirm": False}
    prices = {"open": "100", "high": "107", "low": "93", "close": "100.5", "volume": "12.5", "turnover": "1250"}
    candle: Line = {"topic": TOPICS[3], "type": "snapshot", "ts": START_MS + 1500, "data": [row | prices]}
    player = played(tmp_path, trade(1000, "100.2"), candle, trade(2000, "100.5"))
    player.play_to(3000)
    [[*_, high, low, close, volume, _turnover]] = player.get("market/kline", interval="5")["list"]
    assert (high, low, close, volume) == ("107", "93", "100.5", "12.5")


def test_recent_trades_are_the_recorded_ones_and_those_of_accounts(tmp_path: Path) -> None:
    player = played(tmp_path, trade(1000, "100.1", "0.5", "Sell"))
    player.play_to(1000)
    player.order("Buy", "1")
    rows = player.get("market/recent-trade")["list"]
    assert [(row["price"], row["size"], row["side"]) for row in rows] == [
        ("100.2", "1", "Buy"),
        ("100.1", "0.5", "Sell"),
    ]


LEVELS = st.lists(st.tuples(st.sampled_from([str(price) for price in range(90, 111)]), st.sampled_from("0123")))


@given(st.lists(st.tuples(st.booleans(), LEVELS, LEVELS), min_size=1, max_size=20))
def test_a_merged_book_is_what_its_frames_add_up_to(
    changes: list[tuple[bool, list[tuple[str, str]], list[tuple[str, str]]]],
) -> None:
    merged = MergedBook()
    expected: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for number, (whole, bids, asks) in enumerate(changes, start=1):
        kind = "snapshot" if whole or number == 1 else "delta"
        frame = read_frame(msgspec.json.encode(book(number, number, bids, asks, kind)))
        assert frame is not None
        assert merged.apply(frame) is Applied.CHANGED
        for side, levels in zip(expected, (bids, asks), strict=True):
            if kind == "snapshot":
                side.clear()
            side.update(levels)
    names: tuple[Side, Side] = ("Buy", "Sell")
    for side, name in zip(expected, names, strict=True):
        left = sorted((price for price, size in side.items() if size != "0"), key=int, reverse=name == "Buy")
        assert merged.lines(name, 50) == [[price, side[price]] for price in left]


@pytest.mark.parametrize(("update_id", "applied"), [(2, Applied.CHANGED), (1, Applied.STALE), (3, Applied.GAP)])
def test_a_delta_must_continue_what_is_known(update_id: int, applied: Applied) -> None:
    merged = MergedBook()
    for line, expected in ((FIRST_BOOK, Applied.CHANGED), (book(1, update_id, [("97", "1")], []), applied)):
        frame = read_frame(msgspec.json.encode(line))
        assert frame is not None
        assert merged.apply(frame) is expected
    assert merged.known == (applied is not Applied.GAP)
