"""One public frame of Bybit V5, read and checked."""

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from bot.simulator.errors import SimulatorError

BOOK, TRADES, TICKERS, KLINE = "orderbook", "publicTrade", "tickers", "kline"
MAX_TS_MS: Final = 10**13
"""In the year 2286. The clock of the market never goes back: one such frame would be the end of it."""
NUMBER: Final = re.compile(r"\d{1,20}(\.\d{1,20})?", re.ASCII)


class FrameError(SimulatorError):
    """A line is no frame as Bybit sends it: what is wrong with it."""


class Topic(NamedTuple):
    """The topic "orderbook.50.BTCUSDT" is of kind "orderbook", detail "50" and name "BTCUSDT"."""

    kind: str
    detail: str
    name: str


class BookData(msgspec.Struct, frozen=True):
    """Levels as [price, size]; size "0" deletes one."""

    b: list[tuple[str, str]]
    a: list[tuple[str, str]]
    u: int
    seq: int = 0


class TradeRow(msgspec.Struct, frozen=True):
    """One trade; `S` is the side of the taker."""

    T: int
    S: str
    v: str
    p: str
    i: str


class KlineRow(msgspec.Struct, frozen=True):
    """One candle as far as it has come."""

    start: int
    open: str
    high: str
    low: str
    close: str
    volume: str
    turnover: str
    confirm: bool


class _Line(msgspec.Struct, frozen=True):
    topic: str = ""
    type: str = "snapshot"
    ts: int | None = None
    cts: int | None = None
    data: msgspec.Raw = msgspec.Raw()


class Frame(msgspec.Struct, frozen=True):
    """A frame with its data read, as far as the market is made from it.

    `data` is BookData, a list of TradeRow or KlineRow, the fields of a ticker, or None for every other topic.
    """

    topic: str
    parts: Topic
    is_snapshot: bool
    ts_ms: int
    cts_ms: int
    data: Any
    text: bytes
    """As it came."""


_line = msgspec.json.Decoder(_Line).decode
_anything = msgspec.json.Decoder().decode
_DATA = {
    BOOK: msgspec.json.Decoder(BookData).decode,
    TRADES: msgspec.json.Decoder(list[TradeRow]).decode,
    TICKERS: msgspec.json.Decoder(dict[str, str | None]).decode,
    KLINE: msgspec.json.Decoder(list[KlineRow]).decode,
}


def read_frame(text: bytes) -> Frame | None:
    """Read a line; None = it is no data but an answer or a pong. FrameError tells what is wrong with it."""
    try:
        line = _line(text)
    except msgspec.ValidationError as error:
        raise FrameError(f"not a V5 frame: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FrameError(f"not JSON: {error}") from None
    if not line.topic:
        return None
    if line.ts is None or not bytes(line.data):
        raise FrameError(f"not a V5 frame: {line.topic} has no {'ts' if line.ts is None else 'data'}")
    if not 0 < line.ts < MAX_TS_MS:
        raise FrameError(f"not a V5 frame: {line.topic} has the ts {line.ts}, which is no time in ms")
    parts = split_topic(line.topic)
    decode = _DATA.get(parts.kind)
    try:
        data = None if decode is None else decode(line.data)
    except msgspec.ValidationError as error:
        raise FrameError(f"not a V5 frame: {line.topic}: {error}") from None
    _refuse_numbers(line.topic, parts.kind, data)
    return Frame(line.topic, parts, line.type == "snapshot", line.ts, line.cts or line.ts, data, text)


@lru_cache(maxsize=10_000)
def split_topic(topic: str) -> Topic:
    """The parts of a topic's name."""
    kind, _, rest = topic.partition(".")
    detail, _, name = rest.rpartition(".")
    return Topic(kind, detail, name)


@lru_cache(maxsize=100_000)
def is_number(text: str) -> bool:
    """Whether it is a price or size as Bybit writes them."""
    return NUMBER.fullmatch(text) is not None


def decoded(text: bytes) -> dict[str, Any]:
    """The frame as a client gets it."""
    frame: dict[str, Any] = _anything(text)
    return frame


class FramePush(NamedTuple):
    """A frame that is passed on as it came."""

    topic: str
    category: str
    text: bytes

    @property
    def account(self) -> None:
        return None

    def frame(self) -> dict[str, Any]:
        return decoded(self.text)


def _refuse_numbers(topic: str, kind: str, data: Any) -> None:  # noqa: ANN401 (of four kinds)
    match kind:
        case "orderbook":
            texts = [text for level in (*data.b, *data.a) for text in level]
        case "publicTrade":
            texts = [text for row in data for text in (row.p, row.v)]
        case "kline":
            texts = [text for row in data for text in (row.open, row.high, row.low, row.close, row.volume)]
        case "tickers":
            names = ("lastPrice", "markPrice", "indexPrice", "nextFundingTime")
            texts = [data[name] for name in names if data.get(name)]
        case _:
            return
    for text in texts:
        if not is_number(text):
            raise FrameError(f"not a V5 frame: {topic}: {text!r} is not a price or size")
