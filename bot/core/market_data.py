"""What an actor ``market_data/SYMBOL`` decides: which bars are whole, in order and safe to decide on."""

from collections.abc import Sequence
from typing import assert_never

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    ActorReady,
    BarClosed,
    BookFrame,
    CandleHistory,
    CandlesLoaded,
    CandleUpdate,
    FetchCandles,
    MarketDataIssue,
    Message,
    PublicStreamUp,
    QuoteChanged,
    RequestFailed,
    Started,
    Stream,
    StreamJoined,
    TickerUpdate,
    TimePassed,
    TradesSeen,
    WakeAt,
)
from bot.domain.values import Candle, Symbol, TimeMs, interval_ms
from bot.market.candles import CandleSeries, Fit
from bot.market.quote import Quote

RETRY_AFTER_MS = 2_000

type Accepted = (
    CandleUpdate
    | TickerUpdate
    | BookFrame
    | TradesSeen
    | CandleHistory
    | PublicStreamUp
    | StreamJoined
    | RequestFailed
    | Started
    | TimePassed
)


class MarketDataCore:
    """Candles and ticker of one symbol.

    History is read whenever the public stream comes up (at the start and after every reconnect) and whenever a bar is
    missing or was rewritten; until it is there, closed bars wait. The analyzer then starts afresh from the whole
    window, so that no indicator ever spans a gap. Only bars that the stream closes afterwards lead to decisions.
    """

    def __init__(self, symbol: Symbol, interval: str, history_bars: int) -> None:
        self._symbol = symbol
        self._interval = interval
        self._interval_ms = interval_ms(interval)
        self._address = address_of(Role.MARKET_DATA, symbol)
        self._history_bars = history_bars
        self._series = CandleSeries(self._interval_ms, history_bars)
        self._quote = Quote()
        self._waiting: list[Candle] | None = []
        self._announced = False

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case CandleUpdate():
                return self._on_candle(message) if message.confirmed else NOTHING
            case TickerUpdate():
                return self._on_ticker(message)
            case CandleHistory():
                return self._on_history(message, now_ms)
            case PublicStreamUp():
                return self._reload()
            case StreamJoined():
                return self._reload() if message.stream is Stream.PUBLIC else NOTHING
            case RequestFailed():
                return (WakeAt(self._address, TimeMs(now_ms + RETRY_AFTER_MS)),)
            case TimePassed():
                return self._reload() if self._waiting is not None else NOTHING
            case Started() | BookFrame() | TradesSeen():
                return NOTHING
            case _:
                assert_never(message)

    def _on_candle(self, update: CandleUpdate) -> Sequence[Message]:
        bar = update.candle
        if self._waiting is not None:
            self._waiting.append(bar)
            return NOTHING
        fit = self._series.offer(bar)
        if fit is Fit.NEXT:
            return (BarClosed(self._symbol, bar, TimeMs(bar.start_ms + self._interval_ms)),)
        if fit is Fit.KNOWN:
            return NOTHING
        what = "bars are missing before" if fit is Fit.AFTER_GAP else "the exchange rewrote"
        issue = MarketDataIssue(
            self._symbol,
            TimeMs(bar.start_ms + self._interval_ms),
            f"{what} the bar of {bar.start_ms}: reading the history again",
        )
        self._waiting = [bar]
        return (issue, *self._reload())

    def _reload(self) -> Sequence[Message]:
        self._waiting = self._waiting or []
        return (FetchCandles(self._symbol, self._interval, self._history_bars + 1),)

    def _on_history(self, history: CandleHistory, now_ms: TimeMs) -> Sequence[Message]:
        waiting = self._waiting or []
        self._waiting = None
        bars = self._series.rebuild(history.candles, waiting, now_ms)
        loaded = CandlesLoaded(self._symbol, bars)
        if self._announced:
            return (loaded,)
        self._announced = True
        return (loaded, ActorReady(self._address))

    def _on_ticker(self, update: TickerUpdate) -> Sequence[Message]:
        quote = self._quote
        quote.merge(update)
        if not quote.is_complete:
            return NOTHING
        return (QuoteChanged(self._symbol, update.time_ms, quote.last_price, quote.bid_price, quote.ask_price),)
