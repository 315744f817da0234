"""Market data frames: what they become, and what is refused."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bybit.parse import parse_frame
from bot.bybit.parse.fields import ParseError
from bot.bybit.parse.public import candle_from_list
from bot.domain.messages import (
    BookFrame,
    CandleUpdate,
    FrameUnreadable,
    PublicTrade,
    Stream,
    TickerUpdate,
    TradesSeen,
)
from bot.domain.values import Candle, Side, Symbol, TimeMs
from tests.bybit.payloads import kline_row, public_frame

NOW = TimeMs(1760000060005)
TOPIC = "kline.1.BTCUSDT"
BTC = Symbol("BTCUSDT")


def test_a_closed_kline_is_a_confirmed_candle() -> None:
    candle = Candle(TimeMs(1760000000000), 61000.1, 61003.5, 60999.0, 61002.0, 2.081)
    assert parse_frame(Stream.PUBLIC, public_frame(TOPIC, [kline_row()]), NOW) == [
        CandleUpdate(Symbol("BTCUSDT"), "1", candle, confirmed=True)
    ]


def test_a_frame_with_two_bars_becomes_two_candles_in_its_order() -> None:
    rows = [kline_row(), kline_row(start=1760000060000, confirm=False)]
    found = parse_frame(Stream.PUBLIC, public_frame(TOPIC, rows), NOW)
    assert [(each.candle.start_ms, each.confirmed) for each in found if isinstance(each, CandleUpdate)] == [
        (1760000000000, True),
        (1760000060000, False),
    ]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"open": "nan"}, "impossible"),
        ({"high": "inf"}, "impossible"),
        ({"low": "0"}, "impossible"),
        ({"close": "61004"}, "impossible"),
        ({"volume": "-1"}, "impossible"),
        ({"open": ""}, "could not convert"),
        ({"confirm": "true"}, "confirm"),
        ({"start": None}, "int()"),
    ],
)
def test_a_bar_that_can_not_be_is_refused(changes: dict[str, Any], complaint: str) -> None:
    (found,) = parse_frame(Stream.PUBLIC, public_frame(TOPIC, [kline_row(**changes)]), NOW)
    assert isinstance(found, FrameUnreadable)
    assert complaint in found.reason
    assert TOPIC in found.reason


def test_a_missing_field_is_named_and_the_other_bar_survives() -> None:
    broken = kline_row()
    del broken["low"]
    good, bad = parse_frame(Stream.PUBLIC, public_frame(TOPIC, [broken, kline_row()]), NOW)
    assert isinstance(good, CandleUpdate)
    assert bad == FrameUnreadable(Stream.PUBLIC, NOW, f"{TOPIC}: low is missing")


def test_a_ticker_delta_carries_only_what_changed() -> None:
    data = {"symbol": "BTCUSDT", "bid1Price": "61000.5", "ask1Price": "", "openInterest": "5"}
    assert parse_frame(Stream.PUBLIC, public_frame("tickers.BTCUSDT", data, "delta"), NOW) == (
        TickerUpdate(Symbol("BTCUSDT"), TimeMs(1760000060001), None, None, 61000.5, None),
    )


def test_a_ticker_without_prices_says_nothing() -> None:
    assert parse_frame(Stream.PUBLIC, public_frame("tickers.BTCUSDT", {"openInterest": "5"}, "delta"), NOW) == ()


def test_a_ticker_brings_the_funding_rate_of_any_sign() -> None:
    data = {"symbol": "BTCUSDT", "fundingRate": "-0.0001", "nextFundingTime": "1760025600000", "turnover24h": "5e9"}
    frame = {"topic": "tickers.BTCUSDT", "type": "delta", "ts": NOW, "data": data}
    assert parse_frame(Stream.PUBLIC, frame, NOW) == (
        TickerUpdate(BTC, NOW, funding_rate=-0.0001, next_funding_ms=TimeMs(1760025600000), turnover_24h=5e9),
    )


TRADE = {"T": 1760000000098, "s": "BTCUSDT", "S": "Sell", "v": "0.001", "p": "60000.1", "L": "MinusTick", "i": "a-1"}


def test_public_trades_come_in_one_message_and_bad_rows_are_named() -> None:
    rows = [TRADE, {**TRADE, "v": "0"}, {**TRADE, "S": "Both"}, 7, {**TRADE, "i": "a-2", "S": "Buy"}]
    seen, unreadable = parse_frame(Stream.PUBLIC, public_frame("publicTrade.BTCUSDT", rows), NOW)
    assert seen == TradesSeen(
        BTC,
        (
            PublicTrade(TimeMs(1760000000098), "a-1", Side.SELL, 60000.1, 0.001),
            PublicTrade(TimeMs(1760000000098), "a-2", Side.BUY, 60000.1, 0.001),
        ),
    )
    assert isinstance(unreadable, FrameUnreadable)
    assert all(why in unreadable.reason for why in ("without price or size", "Both", "no object"))


def test_a_book_frame_that_came_as_json_is_written_again_for_the_book() -> None:
    frame = {"topic": "orderbook.50.BTCUSDT", "type": "snapshot", "ts": 5, "data": {"b": [["1", "2"]], "a": [], "u": 9}}
    assert parse_frame(Stream.PUBLIC, frame, NOW) == (
        BookFrame(
            BTC,
            b'{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":5,"data":{"b":[["1","2"]],"a":[],"u":9}}',
        ),
    )


@pytest.mark.parametrize("topic", ["kline_lt.5.BTCUSDT", "unheard of"])
def test_other_topics_are_left_alone(topic: str) -> None:
    assert parse_frame(Stream.PUBLIC, public_frame(topic, [{}]), NOW) == ()


def test_rows_of_a_kline_query() -> None:
    row = ["1760000000000", "61000.1", "61003.5", "60999", "61002", "2.081", "126940.2"]
    assert candle_from_list(row, "BTCUSDT") == Candle(TimeMs(1760000000000), 61000.1, 61003.5, 60999.0, 61002.0, 2.081)
    for broken in (row[:5], [*row[:1], "x", *row[2:]], None, {"start": 1}):
        with pytest.raises(ParseError):
            candle_from_list(broken, "BTCUSDT")


def test_what_was_traded_of_an_inverse_contract_is_told_in_base_coin() -> None:
    row = ["1760000000000", "61000.1", "61003.5", "60999", "61002", "122000", "2.00003"]
    assert candle_from_list(row, "BTCUSD").volume == 2.00003
    names = ("start", "open", "high", "low", "close", "volume", "turnover")
    frame = public_frame("kline.5.BTCUSD", [dict(zip(names, row, strict=True)) | {"confirm": True}])
    (update,) = parse_frame(Stream.PUBLIC, frame, NOW, "inverse")
    assert isinstance(update, CandleUpdate)
    assert update.candle.volume == 2.00003
    traded = public_frame("publicTrade.BTCUSD", [{**TRADE, "s": "BTCUSD", "v": "120000.2"}])
    (seen,) = parse_frame(Stream.PUBLIC, traded, NOW, "inverse")
    assert isinstance(seen, TradesSeen)
    assert seen.trades[0].qty == 120000.2 / 60000.1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = ["start", "open", "high", "low", "close", "volume", "confirm", "symbol", "side", "qty", "price", "size",
         "orderId", "execId", "execFee", "category", "coin", "lastPrice", "stopLoss", "updatedTime"]  # fmt: skip
topics = ["kline.1.BTCUSDT", "kline", "kline.", "tickers.BTCUSDT", "order", "execution", "position", "wallet"]
rows = st.dictionaries(st.sampled_from(names), json_values, max_size=8)


@given(
    st.sampled_from(topics) | json_values, json_values | rows | st.lists(rows | json_values, max_size=3), json_values
)
def test_whatever_json_comes_the_parser_answers_with_messages(topic: Any, data: Any, stamp: Any) -> None:
    frame = {"topic": topic, "data": data, "ts": stamp, "creationTime": stamp}
    for message in parse_frame(Stream.PRIVATE, frame, NOW):
        if isinstance(message, CandleUpdate):
            assert math.isfinite(message.candle.close)
