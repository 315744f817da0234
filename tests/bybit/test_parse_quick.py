"""Kline frames read in one go say the same as those read the careful way."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bybit.parse.frame import parse_frame
from bot.bybit.parse.quick import KLINE, candles_of
from bot.domain.messages import Stream
from tests.core.samples import NOW

ROW = {
    "start": 1760000000000,
    "end": 1760000299999,
    "interval": "5",
    "open": "60000.1",
    "close": "60001",
    "high": "60002",
    "low": "59999.5",
    "volume": "2.081",
    "turnover": "124865.2",
    "confirm": False,
    "timestamp": 1760000000100,
}


def frame(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"topic": "kline.5.BTCUSDT", "ts": 1760000000100, "type": "snapshot", "data": list(rows)}


def text_of(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"))


prices = st.decimals("0.000001", "1000000", places=6)


@given(prices, prices, st.decimals("0", "1000000000", places=3), st.booleans())
def test_both_ways_say_the_same(low: Any, more: Any, volume: Any, confirm: bool) -> None:
    row = ROW | {"open": str(low), "close": str(low + more), "high": str(low + more), "low": str(low)}
    content = frame(row | {"volume": str(volume), "confirm": confirm}, ROW)
    read = candles_of(text_of(content))
    assert read is not None
    topic, time_ms, candles = read
    assert (topic, time_ms) == (content["topic"], content["ts"])
    assert candles == list(parse_frame(Stream.PUBLIC, content, NOW))


def test_frames_as_bybit_writes_them_begin_so() -> None:
    assert text_of(frame(ROW)).startswith(KLINE)


@pytest.mark.parametrize(
    "change",
    [
        {"high": "1"},
        {"open": "NaN"},
        {"open": 60000.1},
        {"volume": "-1"},
        {"confirm": "true"},
        {"start": "1760000000000"},
        {"close": None},
    ],
)
def test_anything_unusual_is_left_to_the_careful_way(change: dict[str, Any]) -> None:
    assert candles_of(text_of(frame(ROW | change))) is None


@pytest.mark.parametrize(
    "content",
    [
        {"topic": "kline.5.BTCUSDT", "data": [ROW]},
        frame(ROW) | {"topic": "kline.5"},
        {"topic": "kline.5.X", "ts": 1, "data": {}},
    ],
)
def test_so_are_frames_without_their_parts(content: dict[str, Any]) -> None:
    assert candles_of(text_of(content)) is None
