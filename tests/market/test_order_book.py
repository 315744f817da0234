"""The book is what the frames say, level by level, or it says that it is not to be used."""

import json
from collections.abc import Iterator
from math import e
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from bot.domain.values import Side, TimeMs
from bot.market.order_book import OrderBook
from tests.market.book_model import T0, TOPIC, DictBook, assert_equal, frame, raw

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "orderbook_and_trades"
BIDS = (("100.0", "1"), ("99.9", "2.5"), ("99.8", "4"))
ASKS = (("100.1", "3"), ("100.3", "0.5"))


def book_of(*frames: dict[str, Any], tick_size: str = "0.1") -> OrderBook:
    book = OrderBook(frames[0]["topic"], tick_size)
    for each in frames:
        book.apply(raw(each))
    return book


def sound() -> OrderBook:
    return book_of(frame("snapshot", 7, BIDS, ASKS))


@pytest.mark.parametrize(
    ("file", "topic", "tick_size", "frames"),
    [
        ("2024-12-01_XRPUSDT_ob500.data.jsonl", "orderbook.500.XRPUSDT", "0.0001", 50),
        ("bybit_spot_BTCUSDT_orderbook50_ws.jsonl", "orderbook.50.BTCUSDT", "0.1", 9),
    ],
)
def test_a_captured_book_equals_its_reconstruction_after_every_frame(
    file: str, topic: str, tick_size: str, frames: int
) -> None:
    if not REAL.is_dir():
        pytest.skip("no recorded frames here")
    book, model, seen = OrderBook(topic, tick_size), DictBook(), 0
    for line in (REAL / file).read_bytes().splitlines():
        content = json.loads(line)
        if content.get("topic") != topic:
            continue
        book.apply(line.strip())
        model.apply(content)
        assert book.problem is None
        assert_equal(book, model)
        top = book.top
        assert top is not None
        assert (top.bid_price, top.bid_qty, top.ask_price, top.ask_qty) == (*model.bids[0], *model.asks[0])
        seen += 1
    assert seen == frames


LEVELS = st.lists(
    st.tuples(
        st.integers(1, 400).map(lambda ticks: f"{ticks / 10:.1f}"),
        st.one_of(st.just("0"), st.decimals("0.001", "99999", places=3).map(lambda qty: f"{qty:f}")),
    ),
    max_size=12,
)
CHANGES = st.lists(st.tuples(st.sampled_from(("delta", "delta", "snapshot")), LEVELS, LEVELS), min_size=1, max_size=12)


def _uncrossed(changes: list[tuple[str, Any, Any]]) -> Iterator[dict[str, Any]]:
    """Bids below 50, asks from 50 on: what is tested here is which levels there are."""
    for number, (kind, bids, asks) in enumerate([("snapshot", [], []), *changes]):
        moved = [(f"{float(price) + 50:.1f}", size) for price, size in asks]
        yield frame(kind, 5 + number, bids, moved, T0 + number)


@given(CHANGES, st.booleans())
def test_any_frames_make_the_book_that_dicts_make(changes: list[tuple[str, Any, Any]], slowly: bool) -> None:
    book, model = OrderBook(TOPIC, "0.10"), DictBook()
    for content in _uncrossed(changes):
        # With spaces the quick reader does not know the layout.
        book.apply(json.dumps(content).encode() if slowly else raw(content))
        model.apply(content)
        assert book.problem is None
        assert_equal(book, model)
        assert book.is_readable is bool(model.bids and model.asks)


@given(st.permutations(("topic", "type", "ts", "data", "cts")), st.permutations(("s", "b", "a", "u", "seq")))
def test_fields_may_come_in_any_order(outer: list[str], inner: list[str]) -> None:
    book, model = sound(), DictBook()
    model.apply(frame("snapshot", 7, BIDS, ASKS))
    content = frame("delta", 8, [("99.7", "1.5")], [("100.1", "0")])
    content["data"] = {name: content["data"][name] for name in inner}
    book.apply(raw({name: content[name] for name in outer}))
    model.apply(content)
    assert book.problem is None
    assert_equal(book, model)


@given(st.sampled_from(range(5)), st.binary(max_size=3), st.integers(0, 400), st.integers(0, 5))
def test_mangled_bytes_are_read_rightly_or_make_the_book_unusable(
    which: int, noise: bytes, place: int, cut: int
) -> None:
    good = raw(frame("delta", 8, [("99.7", "1.5"), ("100.0", "0")], [("100.2", "12"), ("100.3", "0")]))
    place %= len(good)
    mangled = (good[:place] + noise + good[place + cut :], good[:place], good + noise, noise, good[place:])[which]
    book, model = sound(), DictBook()
    model.apply(frame("snapshot", 7, BIDS, ASKS))
    book.apply(mangled)
    if book.problem is None:
        if book.update_id != 7:
            # What nobody reads (the symbol inside) is not looked at for stray bytes.
            model.apply(json.loads(mangled.decode("latin-1"), strict=False))
        assert_equal(book, model)
    else:
        assert book.best_bid is None


@pytest.mark.parametrize(
    ("price", "size", "why"),
    [
        ("100.05", "1", "off the grid"),
        ("-100", "1", "no number"),
        ("0", "1", "out of range"),
        ("NaN", "1", "no number"),
        ("1_00", "1", "no number"),
        ("\u0661\u0660\u0660", "1", "no number"),
        ("1e99", "1", "out of range"),
        ("9" * 40, "1", "out of range"),
        ("9" * 17, "1", "out of range"),
        ("99.9", "-1", "no number"),
        ("99.9", "1e31", "out of range"),
        ("99.9", "Infinity", "no number"),
        ("99.9", "", "no number"),
    ],
)
def test_a_level_that_can_not_be_makes_the_book_unusable(price: str, size: str, why: str) -> None:
    book = sound()
    book.apply(raw(frame("delta", 8, [("99.8", "9"), (price, size)])))
    assert book.problem is not None
    assert why in book.problem
    assert book.best_bid is None
    assert book.levels(Side.BUY) == []
    book.apply(raw(frame("delta", 9, [("99.8", "9")])))
    assert book.problem is not None
    book.apply(raw(frame("snapshot", 30, BIDS, ASKS)))
    assert book.best_bid == 100.0


def test_exponents_and_long_numbers_are_read_exactly() -> None:
    book = book_of(frame("snapshot", 2, [("1e-7", "1.5E3"), ("0.00000009000000000000", "0.1234567890123456789")]),
                   tick_size="0.00000001")  # fmt: skip
    assert book.levels(Side.BUY) == [(1e-7, 1500.0), (9e-8, 0.1234567890123456789)]


def test_a_missing_update_makes_the_book_unusable_until_the_next_snapshot() -> None:
    book = sound()
    book.apply(raw(frame("delta", 9, [("99.9", "5")])))
    assert book.problem == "updates are missing"
    assert book.top_ten() is None
    book.apply(raw(frame("delta", 8, [("99.9", "5")])))
    assert book.levels(Side.BUY) == []
    book.apply(raw(frame("snapshot", 12, BIDS, ASKS)))
    assert_equal(book, _model(frame("snapshot", 12, BIDS, ASKS)))


def _model(*frames: dict[str, Any]) -> DictBook:
    model = DictBook()
    for each in frames:
        model.apply(each)
    return model


def test_a_delta_before_any_snapshot_changes_nothing() -> None:
    book = book_of(frame("delta", 3, BIDS, ASKS))
    assert book.problem == "there was no snapshot yet"
    assert book.levels(Side.BUY) == []


@pytest.mark.parametrize("before", [8, 20])
def test_update_number_one_replaces_everything(before: int) -> None:
    restart = frame("delta", 1, [("50.0", "1")], [("50.1", "1")])
    book = book_of(frame("snapshot", 7, BIDS, ASKS), frame("delta", before), restart)
    assert book.problem is None
    assert_equal(book, _model(restart))


def test_depth_one_sends_whole_books_only() -> None:
    topic = "orderbook.1.BTCUSDT"
    book = book_of(
        frame("snapshot", 7, BIDS[:1], ASKS[:1], topic=topic),
        frame("snapshot", 7, BIDS[:1], ASKS[:1], T0 + 3000, topic=topic),
        frame("snapshot", 12, [("99.0", "1")], ASKS[:1], T0 + 3010, topic=topic),
    )
    assert book.levels(Side.BUY) == [(99.0, 1.0)]
    assert book.time_ms == T0 + 3010


@pytest.mark.parametrize("price", ["100.1", "101.0"])
def test_a_crossed_book_is_not_used(price: str) -> None:
    book = sound()
    book.apply(raw(frame("delta", 8, [(price, "1")])))
    assert book.problem == "the best bid is not below the best ask"
    assert book.best_ask is None
    book.apply(raw(frame("delta", 9, [(price, "0")])))
    assert book.levels(Side.BUY) == []  # something was missed: only a snapshot heals that
    book.apply(raw(frame("snapshot", 20, BIDS, ASKS)))
    assert book.levels(Side.BUY) != []


def test_a_stale_book_is_not_used() -> None:
    book = sound()
    assert book.problem_at(TimeMs(T0 + 5000), 5000) is None
    assert book.problem_at(TimeMs(T0 + 5001), 5000) == "nothing was heard of it for 5001 ms"


def test_a_book_with_one_side_is_sound_but_has_no_prices() -> None:
    book = book_of(frame("snapshot", 7, BIDS, ()))
    assert book.problem is None
    assert (book.best_bid, book.top, book.depth(5), book.cost_of(Side.BUY, 1)) == (None, None, None, None)


def test_more_levels_than_there_is_room_for() -> None:
    rows = [(f"{ticks / 10:.1f}", "1") for ticks in range(1, 1000)]
    assert book_of(frame("snapshot", 7, rows)).problem == "there are more levels than the topic has"


def test_another_topic_is_not_read() -> None:
    book = sound()
    book.apply(raw(frame("delta", 8, [("99.9", "5")], topic="orderbook.50.ETHUSDT")))
    assert book.problem is None
    assert_equal(book, _model(frame("snapshot", 7, BIDS, ASKS)))


def test_what_is_read_from_it() -> None:
    book = sound()
    assert book.middle == pytest.approx(100.05)
    assert book.top is not None
    assert astuple(book.top) == (
        T0,
        100.0,
        1.0,
        100.1,
        3.0,
        pytest.approx(0.1 / 100.05),
        pytest.approx(0.1 / 100.05),
        pytest.approx((100.0 * 3 + 100.1 * 1) / 4),
        pytest.approx((7.5 - 3.5) / 11),
        pytest.approx(100.0 + 99.9 * 2.5 + 99.8 * 4),
        pytest.approx(100.1 * 3 + 100.3 * 0.5),
    )
    assert book.depth(2) == (3.5, 3.5)
    assert book.depth(1) == (1.0, 3.0)
    assert book.imbalance(1) == pytest.approx(-0.5)
    assert book.top_imbalance == pytest.approx((7.5 - 3.5) / 11)
    assert book.depth_within(16) == (3.5, 3.0)  # 99.89 to 100.21
    assert book.imbalance_within(16) == pytest.approx(0.5 / 6.5)
    assert book.imbalance_within(0.1) is None
    ten = book.top_ten()
    assert ten is not None
    assert ten[:, :3].tolist() == [
        [100.0, 99.9, 99.8],
        [1.0, 2.5, 4.0],
        [100.1, 100.3, 0.0],
        [3.0, 0.5, 0.0],
    ]


def test_the_cost_of_trading_a_size() -> None:
    book = sound()
    buy = book.cost_of(Side.BUY, 3.2)
    assert buy is not None
    average = (3 * 100.1 + 0.2 * 100.3) / 3.2
    assert buy.average_price == pytest.approx(average)
    assert buy.slippage_bps == pytest.approx((average / 100.05 - 1) * 1e4)
    sell = book.cost_of(Side.SELL, 1)
    assert sell is not None
    assert sell.average_price == pytest.approx(100.0)
    assert sell.slippage_bps == pytest.approx((1 - 100.0 / 100.05) * 1e4)
    assert book.cost_of(Side.BUY, 3.5) is not None
    assert book.cost_of(Side.BUY, 3.51) is None
    assert book.cost_of(Side.BUY, 0) is None


def test_the_mean_spread_weighs_by_time() -> None:
    book = OrderBook(TOPIC, "0.1", mean_spread_over_ms=10_000)
    book.apply(raw(frame("snapshot", 7, BIDS, ASKS)))
    narrow = 0.1 / 100.05
    book.apply(raw(frame("delta", 8, [], [("100.1", "0")], T0 + 1000)))  # from here on it is three ticks wide
    wide = 0.3 / 100.15
    assert book.top is not None
    assert book.top.spread_fraction == pytest.approx(wide)
    assert book.top.spread_average_fraction == pytest.approx(narrow)
    book.apply(raw(frame("delta", 9, ts=T0 + 11_000)))
    assert book.top.spread_average_fraction == pytest.approx(narrow / e + wide * (1 - 1 / e))


@pytest.mark.parametrize("tick_size", ["0", "-1", "NaN"])
def test_a_tick_size_that_can_not_be(tick_size: str) -> None:
    with pytest.raises(ValueError, match="ticks"):
        OrderBook(TOPIC, tick_size)


@pytest.mark.parametrize(("tick_size", "price"), [("5", "100"), ("0.25", "100.75"), ("1E+1", "120"), ("0.10", "99.9")])
def test_ticks_of_any_width(tick_size: str, price: str) -> None:
    book = book_of(frame("snapshot", 3, [(price, "1")]), tick_size=tick_size)
    assert book.levels(Side.BUY) == [(float(price), 1.0)]


def test_sizes_of_an_inverse_contract_are_in_dollars_and_told_in_base_coin() -> None:
    content = frame("snapshot", 7, (("50000.0", "100000"), ("40000.0", "5000")), (("50000.5", "25000"),))
    book = OrderBook("orderbook.50.BTCUSD", "0.1")
    book.apply(raw(content | {"topic": "orderbook.50.BTCUSD"}))
    top = book.top
    assert top is not None
    assert (top.bid_qty, top.ask_qty) == (2.0, 25_000 / 50_000.5)
    assert (top.bid_depth_quote, top.ask_depth_quote) == (105_000.0, 25_000.0)
