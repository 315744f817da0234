"""Every topic of the streams, by name and as typed values (Bybit V5 docs, WebSocket, Public and Private).

The bot itself reads the topics that it trades on into messages (see bot.bybit.parse); this is for all of them.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from bot.bybit.client.account import Wallet
from bot.bybit.client.market_rows import AdlAlert, BookLevel, InsurancePool, PriceLimit, Ticker
from bot.bybit.client.order_rows import Execution, FastExecution, Order
from bot.bybit.client.positions import Position
from bot.bybit.client.values import Row, read
from bot.bybit.parse.fields import ParseError
from bot.domain.values import Side


class BookChange(Row, frozen=True):
    """Levels of an order book: all of them in a snapshot; in a delta those that changed, gone where qty is 0."""

    symbol: str = msgspec.field(name="s")
    bids: tuple[BookLevel, ...] = msgspec.field(name="b")
    asks: tuple[BookLevel, ...] = msgspec.field(name="a")
    update_id: int = msgspec.field(name="u")
    seq: int = 0


class StreamTrade(Row, frozen=True):
    """A public trade; the side took."""

    time_ms: int = msgspec.field(name="T")
    symbol: str = msgspec.field(name="s")
    side: Side = msgspec.field(name="S")
    qty: Decimal = msgspec.field(name="v")
    price: Decimal = msgspec.field(name="p")
    trade_id: str = msgspec.field(name="i")
    is_block_trade: bool = msgspec.field(name="BT", default=False)
    seq: int = 0


class StreamBar(Row, frozen=True):
    """A bar; ``confirm`` once it is closed."""

    start_ms: int
    end_ms: int
    interval: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    turnover: Decimal
    confirm: bool
    timestamp_ms: int


class Liquidation(Row, frozen=True):
    """A position was liquidated: ``side`` is the position's, ``price`` where it was bankrupt."""

    time_ms: int = msgspec.field(name="T")
    symbol: str = msgspec.field(name="s")
    side: Side = msgspec.field(name="S")
    qty: Decimal = msgspec.field(name="v")
    price: Decimal = msgspec.field(name="p")


class SystemStatus(Row, frozen=True):
    """Maintenance that is planned or under way."""

    id: str
    title: str = ""
    state: str = ""
    begin_ms: int | None = None
    end_ms: int | None = None


class Greeks(Row, frozen=True):
    """Sensitivities of all options of a base coin."""

    base_coin: str
    total_delta: Decimal | None = None
    total_gamma: Decimal | None = None
    total_vega: Decimal | None = None
    total_theta: Decimal | None = None


type StreamRow = (
    BookChange
    | StreamTrade
    | Ticker
    | StreamBar
    | Liquidation
    | PriceLimit
    | InsurancePool
    | AdlAlert
    | SystemStatus
    | Order
    | Execution
    | FastExecution
    | Position
    | Wallet
    | Greeks
)

KINDS: Mapping[str, type[StreamRow]] = {
    "orderbook": BookChange,
    "publicTrade": StreamTrade,
    "tickers": Ticker,
    "kline": StreamBar,
    "allLiquidation": Liquidation,
    "priceLimit": PriceLimit,
    "insurance": InsurancePool,
    "adlAlert": AdlAlert,
    "system": SystemStatus,
    "order": Order,
    "execution": Execution,
    "execution.fast": FastExecution,
    "position": Position,
    "wallet": Wallet,
    "greeks": Greeks,
}
"""What the rows of a topic are, by the first word of its name. The topics dcp.* are only kept, nothing comes there."""


class StreamFrame(msgspec.Struct, frozen=True):
    """A data frame: its topic, whether it is a snapshot, when it was made, and its rows."""

    topic: str
    is_snapshot: bool
    time_ms: int
    rows: tuple[StreamRow, ...]


def read_frame(frame: Mapping[str, Any]) -> StreamFrame:
    """A data frame as typed values. ParseError for topics that are not known, and for what is not as documented."""
    topic = str(frame.get("topic", ""))
    kind = _kind_of(topic)
    data: object = frame.get("data")
    rows: Sequence[object] = data if isinstance(data, list) else [data]
    try:
        # Typed as one of them: which one, only the topic says.
        found = tuple(read(kind, _named(kind, row)) for row in rows if isinstance(row, Mapping))
    except msgspec.ValidationError as error:
        raise ParseError(f"{topic}: {error}") from error
    if len(found) != len(rows):
        raise ParseError(f"{topic}: a row is no object")
    time_ms = frame.get("ts", frame.get("creationTime", 0))
    return StreamFrame(topic, frame.get("type", "snapshot") == "snapshot", int(time_ms), found)


def _kind_of(topic: str) -> type[StreamRow]:
    first = "execution.fast" if topic.startswith("execution.fast") else topic.partition(".")[0]
    try:
        return KINDS[first]
    except KeyError:
        raise ParseError(f"{topic!r} is no known topic") from None


_ADL_NAMES = {
    "c": "coin", "s": "symbol", "b": "balance", "mb": "maxBalance", "i_pr": "insurancePnlRatio", "pr": "pnlRatio",
    "adl_tt": "adlTriggerThreshold", "adl_sr": "adlStopRatio",
}  # fmt: skip
"""The stream shortens what the query spells out (Bybit V5 docs, WebSocket, Public, ADL alert)."""


def _named(kind: type[StreamRow], row: Mapping[str, Any]) -> Mapping[str, Any]:
    if kind is not AdlAlert:
        return row
    return {_ADL_NAMES.get(name, name): value for name, value in row.items()}


def orderbook_topic(symbol: str, depth: int) -> str:
    """An order book; ``depth`` 1, 50, 200 or 1000 (options 25 or 100)."""
    return f"orderbook.{depth}.{symbol}"


def kline_topic(symbol: str, interval: str) -> str:
    """Bars; ``interval`` 1 to 720 minutes, D, W or M."""
    return f"kline.{interval}.{symbol}"


def symbol_topic(kind: str, symbol: str) -> str:
    """A topic of one symbol: publicTrade, tickers, allLiquidation or priceLimit."""
    return f"{kind}.{symbol}"
