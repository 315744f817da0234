"""Order book frames read by the book: slower than the compiled reader, but any JSON, and with reasons."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

LARGEST_TICKS = 2**53
LARGEST_SIZE = 1e30
LARGEST_WHOLE = 2**62
_NUMBER = re.compile(r"[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?", re.ASCII)


class BookFrameError(ValueError):
    """A frame is not what Bybit documents; the text says why."""


class Level(NamedTuple):
    """A price in ticks and the size that rests there; 0 takes the level away."""

    ticks: int
    size: float


class _Data(msgspec.Struct):
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]
    u: int
    seq: int = 0


class _Frame(msgspec.Struct):
    topic: str
    type: Literal["snapshot", "delta"]
    ts: int
    data: _Data
    cts: int = 0


class BookFrame(NamedTuple):
    """One push of an order book topic."""

    is_snapshot: bool
    time_ms: int
    match_ms: int
    update_id: int
    sequence: int
    bids: Sequence[Level]
    asks: Sequence[Level]


_decoder = msgspec.json.Decoder(_Frame)


def read_frame(raw: bytes, topic: str, tick_size: Decimal) -> BookFrame:
    """Read one frame (Bybit V5 docs, WebSocket, Public, Orderbook), its fields in any order.

    ``{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1760000000100,"data":{"s":"BTCUSDT","b":[["60000.1","0"]],
    "a":[["60000.2","1.5"]],"u":18521288,"seq":7961638724},"cts":1760000000098}``. Update number 1 is a snapshot
    whatever the type says: the service was started anew. BookFrameError for anything else.
    """
    try:
        frame = _decoder.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BookFrameError(str(error)) from None
    if frame.topic != topic:
        raise BookFrameError(f"a frame of {frame.topic!r:.80} for {topic}")
    data = frame.data
    for name, number in (("ts", frame.ts), ("cts", frame.cts), ("u", data.u), ("seq", data.seq)):
        if not 0 <= number < LARGEST_WHOLE:
            raise BookFrameError(f"{name}: {number} is out of range")
    is_snapshot = frame.type == "snapshot" or data.u == 1
    bids, asks = (tuple(_level(row, tick_size) for row in rows) for rows in (data.b, data.a))
    return BookFrame(is_snapshot, frame.ts, frame.cts, data.u, data.seq, bids, asks)


def _level(row: tuple[str, str], tick_size: Decimal) -> Level:
    price, size = (_number(text) for text in row)
    if not 0 < price < LARGEST_TICKS * tick_size:
        raise BookFrameError(f"price {row[0]} is out of range")
    ticks = int(price / tick_size)
    if ticks * tick_size != price:
        raise BookFrameError(f"price {row[0]} is off the grid of {tick_size}")
    if size > LARGEST_SIZE:
        raise BookFrameError(f"size {row[1]} is out of range")
    return Level(ticks, float(row[1]))


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise BookFrameError(f"{text!r:.60} is no number")
    return Decimal(text)
