"""What an actor ``market_data/SYMBOL`` decides: which bars are whole, in order and safe to decide on."""

from collections.abc import Mapping, Sequence
from typing import assert_never
from zlib import crc32

from bot.core.contract import NOTHING
from bot.core.inside_bars import InsideBars
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    ActorReady,
    BarClosed,
    BookFrame,
    CandleHistory,
    CandlesLoaded,
    CandleUpdate,
    FetchCandles,
    HigherBar,
    HigherHistory,
    InstrumentLoaded,
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
from bot.market.higher_candles import HigherCandles, is_same
from bot.market.needs import MarketNeeds
from bot.market.quote import Quote

RETRY_AFTER_MS = 2_000
QUOTE_TOO_OLD_MS = 5_000
"""A ticker that has not moved for so long may be of a market that is gone."""
LATE_AFTER_MS = 2_000
"""So long after the next bar has begun a bar may still be closed by the stream."""
CHECK_AFTER_MS, CHECK_SPREAD_MS = 5_000, 25_000
"""A higher bar is checked this long after its end, each symbol at its own moment of the spread."""
CHECK_BARS = 3
ANY_TIME_MS = TimeMs(2**62)

type Accepted = (
    CandleUpdate
    | TickerUpdate
    | BookFrame
    | TradesSeen
    | CandleHistory
    | InstrumentLoaded
    | PublicStreamUp
    | StreamJoined
    | RequestFailed
    | Started
    | TimePassed
)


class MarketDataCore:
    """Candles, ticker, order book and trades of one symbol.

    History, of higher timeframes too, is read whenever the public stream comes up (at the start and after every
    reconnect), and whenever a bar is missing, was rewritten, or differs from the exchange's own; until it is there,
    closed bars wait. The analyzer then starts afresh from the whole window, so that no indicator ever spans a gap. Only
    bars that the stream closes afterwards lead to decisions. Of what is read only those bars count that were closed
    when it was asked for: the last one may have been half a bar when the exchange answered.

    Where the exchange itself has no bar (it was down, and filled nothing in), what comes before the gap is left out.
    Before that is believed of bars between the end of the history and the first that the stream closed, the history is
    read once more: the exchange may have answered before they were in it.
    """

    def __init__(
        self,
        symbol: Symbol,
        interval: str,
        history_bars: int,
        needs: MarketNeeds | None = None,
        higher_bars: Mapping[str, int] | None = None,
    ) -> None:
        """``higher_bars``: how much history of which higher timeframes; ValueError for one that is no multiple."""
        self._symbol = symbol
        self._interval = interval
        self._interval_ms = interval_ms(interval)
        self._address = address_of(Role.MARKET_DATA, symbol)
        self._history_bars = history_bars
        self._higher = {
            name: HigherCandles(interval_ms(name), self._interval_ms, keep)
            for name, keep in (higher_bars or {}).items()
        }
        # The longest higher bar can be half done when the bot starts: its first half must be read too.
        covering = max((interval_ms(name) // self._interval_ms for name in self._higher), default=0)
        self._bars_read = max(history_bars, covering)
        self._limits = {interval: self._bars_read + 1} | {name: keep + 1 for name, keep in (higher_bars or {}).items()}
        self._series = CandleSeries(self._interval_ms, self._bars_read)
        self._needs = needs or MarketNeeds()
        self._is_bars_only = not self._higher and not self._needs.inside_bars
        self._inside = InsideBars(symbol, self._interval_ms, self._needs, self._address)
        self._quote = Quote()
        self._quote_ms = TimeMs(0)
        self._waiting: list[Candle] | None = []
        self._asked_ms: dict[str, TimeMs] = {}
        self._histories: dict[str, tuple[Candle, ...]] = {}
        self._doubted_ms: TimeMs | None = None
        self._announced = False
        self._late_at_ms: TimeMs | None = None
        self._checks: dict[str, tuple[TimeMs, Candle]] = {}
        self._check_after_ms = CHECK_AFTER_MS + crc32(symbol.encode()) % CHECK_SPREAD_MS

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case CandleUpdate():
                return self._on_candle(message, now_ms)
            case TickerUpdate():
                return self._on_ticker(message)
            case BookFrame():
                return self._inside.on_frame(message, now_ms, moves=self._waiting is None)
            case TradesSeen():
                self._inside.on_trades(message, now_ms)
                return NOTHING
            case CandleHistory():
                return self._on_check(message, now_ms) if message.is_check else self._on_history(message, now_ms)
            case InstrumentLoaded():
                self._inside.on_rules(message.instrument)
                return NOTHING
            case PublicStreamUp():
                return self._on_stream(message.now_ms, now_ms)
            case StreamJoined():
                return self._on_stream(message.now_ms, now_ms) if message.stream is Stream.PUBLIC else NOTHING
            case RequestFailed():
                return self._on_failure(message, now_ms)
            case TimePassed():
                return self._on_time(now_ms)
            case Started():
                return NOTHING
            case _:
                assert_never(message)

    # --- bars ------------------------------------------------------------------------------------------------------

    def _on_candle(self, update: CandleUpdate, now_ms: TimeMs) -> Sequence[Message]:
        bar = update.candle
        if not update.confirmed:
            return self._on_forming(bar, now_ms)
        if bar.start_ms > now_ms + self._interval_ms:  # however late our clock is: all true bars would be old ones then
            return (MarketDataIssue(self._symbol, now_ms, f"the bar of {bar.start_ms} can not be closed yet"),)
        if self._waiting is not None:
            self._waiting.append(bar)
            return NOTHING
        fit = self._series.offer(bar)
        if fit is Fit.NEXT:
            self._late_at_ms = None
            return self._on_close(bar, now_ms)
        if fit is Fit.KNOWN:
            return NOTHING
        what = "bars are missing before" if fit is Fit.AFTER_GAP else "the exchange rewrote"
        issue = self._issue(bar, f"{what} the bar of {bar.start_ms}: reading the history again")
        self._waiting = [bar]
        return (issue, *self._reload(now_ms))

    def _on_forming(self, bar: Candle, now_ms: TimeMs) -> Sequence[Message]:
        """A forming bar decides nothing, but it shows that those before it are over."""
        next_ms = self._series.next_start_ms
        if self._waiting is not None or next_ms is None or bar.start_ms <= next_ms:
            return NOTHING
        if self._late_at_ms is not None and now_ms <= self._late_at_ms:
            return NOTHING
        self._late_at_ms = TimeMs(now_ms + LATE_AFTER_MS)
        return (WakeAt(self._address, self._late_at_ms),)

    def _on_close(self, bar: Candle, now_ms: TimeMs) -> Sequence[Message]:
        close_ms = TimeMs(bar.start_ms + self._interval_ms)
        if self._is_bars_only:  # most of a backtest
            return (BarClosed(self._symbol, bar, close_ms),)
        out: list[Message] = []
        higher: list[HigherBar] = []
        for name, series in self._higher.items():
            made = series.add(bar)
            if made is not None:
                higher.append(HigherBar(name, made))
                out.append(self._check_later(name, made, now_ms))
        book, flow, wanted = self._inside.at_close(close_ms, now_ms)
        funding_rate = self._quote.funding_rate if self._needs.ticker else None
        spread = self._spread_at(close_ms) if book is None else book.spread_fraction
        out.insert(0, BarClosed(self._symbol, bar, close_ms, tuple(higher), book, flow, funding_rate, spread))
        out.extend(wanted)
        if any(series.lacks_bars for series in self._higher.values()):
            self._waiting = [bar]
            out.extend(self._reload(now_ms))
        return out

    def _spread_at(self, close_ms: TimeMs) -> float | None:
        """By the ticker, where it is followed and not too old."""
        quote = self._quote
        if not self._needs.ticker or not quote.is_complete or close_ms - self._quote_ms > QUOTE_TOO_OLD_MS:
            return None
        return 2.0 * (quote.ask_price - quote.bid_price) / (quote.ask_price + quote.bid_price)

    def _issue(self, bar: Candle, text: str) -> MarketDataIssue:
        return MarketDataIssue(self._symbol, TimeMs(bar.start_ms + self._interval_ms), text)

    # --- history ---------------------------------------------------------------------------------------------------

    def _on_stream(self, up_ms: TimeMs, now_ms: TimeMs) -> Sequence[Message]:
        self._inside.on_stream(up_ms)
        return self._reload(now_ms)

    def _reload(self, now_ms: TimeMs) -> Sequence[Message]:
        """Ask for everything. An answer to an earlier question may still come: then its moment counts."""
        self._waiting = self._waiting or []
        self._histories.clear()
        self._checks.clear()
        self._late_at_ms = None
        return [self._ask(name, self._asked_ms.get(name, now_ms)) for name in self._limits]

    def _ask(self, name: str, asked_ms: TimeMs) -> FetchCandles:
        self._asked_ms[name] = asked_ms
        return FetchCandles(self._symbol, name, self._limits[name])

    def _on_history(self, history: CandleHistory, now_ms: TimeMs) -> Sequence[Message]:
        if self._waiting is None or history.interval not in self._asked_ms:
            return NOTHING
        asked_ms = self._asked_ms.pop(history.interval)
        length_ms = interval_ms(history.interval)
        self._histories[history.interval] = tuple(
            bar for bar in history.candles if bar.start_ms + length_ms <= asked_ms
        )
        if self._asked_ms:
            return NOTHING
        read = self._histories[self._interval]
        bars = self._series.rebuild(read, self._waiting, ANY_TIME_MS)
        if read and bars[0].start_ms > read[-1].start_ms and bars[0].start_ms != self._doubted_ms:
            self._doubted_ms = bars[0].start_ms
            del self._histories[self._interval]
            return (WakeAt(self._address, TimeMs(now_ms + RETRY_AFTER_MS)),)
        self._waiting = None
        higher = tuple(
            HigherHistory(name, series.rebuild(self._histories[name], bars, ANY_TIME_MS))
            for name, series in self._higher.items()
        )
        loaded = CandlesLoaded(self._symbol, bars[-self._history_bars :], higher)
        if self._announced:
            return (loaded,)
        self._announced = True
        return (loaded, ActorReady(self._address))

    def _on_failure(self, failed: RequestFailed, now_ms: TimeMs) -> Sequence[Message]:
        if not isinstance(failed.request, FetchCandles) or failed.request.is_check:
            return NOTHING  # a check can be left out; rules are asked for again by themselves
        self._asked_ms.pop(failed.request.interval, None)
        return (WakeAt(self._address, TimeMs(now_ms + RETRY_AFTER_MS)),)

    # --- time ------------------------------------------------------------------------------------------------------

    def _on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        out: list[Message] = [*self._inside.on_time(now_ms, moves=self._waiting is None)]
        if self._waiting is not None:
            missing = [name for name in self._limits if name not in self._asked_ms and name not in self._histories]
            return [*out, *(self._ask(name, now_ms) for name in missing)]
        if self._late_at_ms is not None and now_ms >= self._late_at_ms:
            text = f"the bar of {self._series.next_start_ms} was never closed: reading the history again"
            return [*out, MarketDataIssue(self._symbol, now_ms, text), *self._reload(now_ms)]
        for name, (due_ms, made) in self._checks.items():
            if due_ms <= now_ms:
                self._checks[name] = (ANY_TIME_MS, made)  # once: other alarms may come before the answer
                out.append(FetchCandles(self._symbol, name, CHECK_BARS, is_check=True))
        return out

    def _check_later(self, name: str, made: Candle, now_ms: TimeMs) -> WakeAt:
        due_ms = TimeMs(now_ms + self._check_after_ms)
        self._checks[name] = (due_ms, made)
        return WakeAt(self._address, due_ms)

    def _on_check(self, history: CandleHistory, now_ms: TimeMs) -> Sequence[Message]:
        """Compare the newest higher bar of ours with the exchange's own."""
        if history.interval not in self._checks:
            return NOTHING
        _, made = self._checks.pop(history.interval)
        read = next((bar for bar in history.candles if bar.start_ms == made.start_ms), made)
        if is_same(made, read):
            return NOTHING
        text = f"the {history.interval} bar of {made.start_ms} is not the exchange's: reading the history again"
        return (MarketDataIssue(self._symbol, now_ms, text), *self._reload(now_ms))

    def _on_ticker(self, update: TickerUpdate) -> Sequence[Message]:
        quote = self._quote
        quote.merge(update)
        self._quote_ms = update.time_ms
        if not quote.is_complete:
            return NOTHING
        return (QuoteChanged(self._symbol, update.time_ms, quote.last_price, quote.bid_price, quote.ask_price),)
