"""What the market does, and what the bot makes of it."""

from enum import StrEnum

from bot.domain.messages.base import Message
from bot.domain.values import Candle, Symbol, TimeMs


class CandleUpdate(Message, frozen=True, gc=False):
    """A bar as the kline stream shows it; ``confirmed`` when it is closed and will not change."""

    symbol: Symbol
    interval: str
    candle: Candle
    confirmed: bool


class TickerUpdate(Message, frozen=True, gc=False):
    """The fields of the tickers stream that changed; None where a frame did not carry the field."""

    symbol: Symbol
    time_ms: TimeMs
    last_price: float | None = None
    mark_price: float | None = None
    bid_price: float | None = None
    ask_price: float | None = None


class QuoteChanged(Message, frozen=True, gc=False):
    """The merged ticker of a symbol, for people to look at: nothing decides on it."""

    symbol: Symbol
    time_ms: TimeMs
    last_price: float
    bid_price: float
    ask_price: float


class CandleHistory(Message, frozen=True, gc=False):
    """Closed bars read by REST, oldest first; the answer to FetchCandles."""

    symbol: Symbol
    interval: str
    candles: tuple[Candle, ...]


class CandlesLoaded(Message, frozen=True, gc=False):
    """A gapless run of closed bars, oldest first, from which an analyzer starts afresh without deciding."""

    symbol: Symbol
    candles: tuple[Candle, ...]


class BarClosed(Message, frozen=True, gc=False):
    """The next bar of a gapless series: the only thing that strategies decide on."""

    symbol: Symbol
    candle: Candle
    close_ms: TimeMs


class MarketDataIssue(Message, frozen=True, gc=False):
    """Bars that were missing, late or rewritten, and what was done about it."""

    symbol: Symbol
    time_ms: TimeMs
    text: str


class Direction(StrEnum):
    """What a signal asks for: a long or a short position, or none."""

    LONG = "long"
    SHORT = "short"
    FLAT = "flat"


class SignalRaised(Message, frozen=True, gc=False):
    """A strategy wants a position, or wants to be out of one.

    ``time_ms`` is the close of the bar that decided and ``price`` its close; stop and target are absolute, unrounded.
    ``breakdown`` lists the contributions as (name, value).
    """

    symbol: Symbol
    strategy: str
    interval: str
    time_ms: TimeMs
    direction: Direction
    strength: float
    price: float
    stop_price: float | None
    target_price: float | None
    breakdown: tuple[tuple[str, float], ...]
