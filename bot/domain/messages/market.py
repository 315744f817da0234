"""What the market does, and what the bot makes of it."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from bot.domain.messages.base import Message
from bot.domain.values import Candle, Side, Symbol, TimeMs


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
    funding_rate: float | None = None
    next_funding_ms: TimeMs | None = None
    turnover_24h: float | None = None


class QuoteChanged(Message, frozen=True, gc=False):
    """The merged ticker of a symbol, for people to look at: nothing decides on it."""

    symbol: Symbol
    time_ms: TimeMs
    last_price: float
    bid_price: float
    ask_price: float


class CandleHistory(Message, frozen=True, gc=False):
    """Bars read by REST, oldest first; the answer to FetchCandles, whose ``is_check`` it repeats."""

    symbol: Symbol
    interval: str
    candles: tuple[Candle, ...]
    is_check: bool = False


class BookTop(msgspec.Struct, frozen=True, gc=False):
    """What the order book showed at a moment; only ever made from a book that is whole, uncrossed and fresh.

    Prices in quote per base, quantities in base coin, depths in quote coin; ``spread_fraction`` is (ask - bid) / mid
    and ``spread_average_fraction`` its running average; ``imbalance`` is (bids - asks) / (bids + asks) over the first
    levels, -1 to 1; ``microprice`` weighs the best prices with the size on the other side.
    """

    time_ms: TimeMs
    bid_price: float
    bid_qty: float
    ask_price: float
    ask_qty: float
    spread_fraction: float
    spread_average_fraction: float
    microprice: float
    imbalance: float
    bid_depth_quote: float
    ask_depth_quote: float


class TradeFlow(msgspec.Struct, frozen=True, gc=False):
    """What was traded since the last bar closed, by the side that took; volumes in base coin.

    ``cumulative_delta`` is buys less sells since the start of the UTC day; ``signal`` is -1 (sellers) to 1 (buyers).
    """

    buy_volume: float
    sell_volume: float
    cumulative_delta: float
    large_buy_volume: float
    large_sell_volume: float
    signal: float


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    """A trade of anybody's; ``side`` is the side that took, ``qty`` in base coin."""

    time_ms: TimeMs
    trade_id: str
    side: Side
    price: float
    qty: float


class BookFrame(Message, frozen=True, gc=False):
    """A frame of the order book topic, byte for byte: the book of its symbol reads it itself."""

    symbol: Symbol
    raw: bytes


class ResubscribeWanted(Message, frozen=True, gc=False):
    """A book can not be used any more: its topic must be left and subscribed anew, for a fresh snapshot."""

    symbol: Symbol
    topic: str


class TradesSeen(Message, frozen=True, gc=False):
    """Public trades in the order of their frame."""

    symbol: Symbol
    trades: tuple[PublicTrade, ...]


class HigherBar(msgspec.Struct, frozen=True, gc=False):
    """A bar of a higher timeframe that closed together with a bar of the trading interval."""

    interval: str
    candle: Candle


class HigherHistory(msgspec.Struct, frozen=True, gc=False):
    """A gapless run of closed bars of a higher timeframe, oldest first."""

    interval: str
    candles: tuple[Candle, ...]


class CandlesLoaded(Message, frozen=True, gc=False):
    """A gapless run of closed bars, oldest first, from which an analyzer starts afresh without deciding.

    ``higher`` holds what closed of each higher timeframe up to the end of the last bar.
    """

    symbol: Symbol
    candles: tuple[Candle, ...]
    higher: tuple[HigherHistory, ...] = ()


class BarClosed(Message, frozen=True, gc=False):
    """The next bar of a gapless series, and the market as it was then: the only thing that strategies decide on.

    ``higher`` has the higher bars that closed at the same moment; ``book``, ``flow`` and ``funding_rate`` (per funding
    interval) are None where they are not known or can not be trusted.
    """

    symbol: Symbol
    candle: Candle
    close_ms: TimeMs
    higher: tuple[HigherBar, ...] = ()
    book: BookTop | None = None
    flow: TradeFlow | None = None
    funding_rate: float | None = None
    spread_fraction: float | None = None
    """(ask - bid) / mid of the book or else of the ticker; None where neither is followed, or is too old."""


class MarketMoved(Message, frozen=True, gc=False):
    """Between bars, for strategies that requote: the book as it is now, not more often than they asked for."""

    symbol: Symbol
    time_ms: TimeMs
    book: BookTop
    flow: TradeFlow | None = None


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


class LadderStep(msgspec.Struct, frozen=True, gc=False):
    """One limit order of an entry in steps: its price and its share of the whole (the shares add up to 1)."""

    price: float
    share: float


class Quote(msgspec.Struct, frozen=True, gc=False):
    """A resting post-only order that a quoting strategy wants on the book; ``amount_quote`` is its value."""

    side: Side
    price: float
    amount_quote: float


class Levels(NamedTuple):
    """What stops and targets may be measured by at the close of a bar; NaN where it is not known.

    ``atr`` in quote per base; ``highest`` and ``lowest`` over the configured number of bars.
    """

    atr: float
    highest: float
    lowest: float


class SignalRaised(Message, frozen=True, gc=False):
    """A strategy wants a position, or wants to be out of one.

    ``time_ms`` is the close of the bar that decided and ``price`` its close; stop and target are absolute, unrounded.
    ``breakdown`` lists the contributions as (name, value). ``amount_quote`` fixes the value of the entry; ``ladder``
    spreads it over limit orders that are withdrawn ``ladder_valid_ms`` later; ``entry`` names another kind of entry
    than the configured one.
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
    amount_quote: float | None = None
    ladder: tuple[LadderStep, ...] = ()
    ladder_valid_ms: int = 0
    reason: str = ""
    entry: str = ""
    levels: Levels | None = None
    spread_fraction: float | None = None


class QuotesWanted(Message, frozen=True, gc=False):
    """The resting orders that a quoting strategy wants from now on; none withdraws them all.

    ``inventory_max_quote`` bounds the value of the position that they may build up on either side; ``stop_long`` and
    ``stop_short`` protect it.
    """

    symbol: Symbol
    strategy: str
    time_ms: TimeMs
    price: float
    quotes: tuple[Quote, ...]
    inventory_max_quote: float
    stop_long: float
    stop_short: float


class BarJudged(Message, frozen=True, gc=False):
    """What a strategy made of a bar, and why: the record that `why` reads. ``direction`` is None for nothing to do."""

    symbol: Symbol
    strategy: str
    interval: str
    time_ms: TimeMs
    price: float
    ready: bool
    direction: Direction | None
    strength: float
    score: float | None
    threshold: float | None
    reason: str
    breakdown: tuple[tuple[str, float], ...]


class PriceMarked(Message, frozen=True, gc=False):
    """The close of a bar of a symbol in which the bot has a position, and how far its price went."""

    symbol: Symbol
    time_ms: TimeMs
    price: float
    low: float
    high: float
    levels: Levels | None = None


class ClosesSeen(Message, frozen=True, gc=False):
    """Closes of bars as (time, price), where the account watches how symbols move together; a history begins afresh."""

    symbol: Symbol
    closes: tuple[tuple[TimeMs, float], ...]
    is_history: bool


class PositionAsked(Message, frozen=True, gc=False):
    """An analyzer that has just begun wants to know the position; the answer is PositionChanged."""

    symbol: Symbol
