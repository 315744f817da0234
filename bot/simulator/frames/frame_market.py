"""One market whose prices, candles and trades are those of frames."""

from bisect import bisect_left
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from bot.simulator.frames.feed import FrameFeed
from bot.simulator.frames.frame import KlineRow, TradeRow
from bot.simulator.frames.frame_book import FrameBook
from bot.simulator.frames.frame_path import FramePath
from bot.simulator.instruments import Status
from bot.simulator.intervals import MINUTE_MS
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.tape import Trade
from bot.simulator.market.timeline import KEPT_BARS
from bot.simulator.market.walk import Levels
from bot.simulator.numbers import ZERO

BY_TRADE, BY_TICKER, BY_KLINE, BY_BOOK, BY_NOTHING = range(5)
"""Where the last price comes from, best source first; a worse one is not heard once a better one has spoken."""
BASE_INTERVAL: Final = "1"


class FrameMarket(SymbolMarket):
    """Last price: of trades, else of the ticker, of one-minute candles, of the middle of the book.

    Mark and index price and the funding rate are those of the ticker; without one, mark and index are the last
    price. Candles are the recorded ones of one minute, else made of trades; a minute opens where the last one closed.

    Attributes:
        book: what orders trade with; set by whoever makes both.
        live: False while frames are missing: nobody trades then.
        funding_due_ms: when funding is charged next.
    """

    __slots__ = (
        "_has_klines", "_has_marks", "_index_exact", "_index_frame_path", "_last_frame_path", "_mark_exact",
        "_mark_frame_path", "_printed", "_rates", "_source", "book", "funding_due_ms", "known_ticker", "live",
    )  # fmt: skip

    bars_are_current = True

    def __init__(self, feed: FrameFeed, index: int, clock: MarketClock) -> None:
        super().__init__(feed, index, clock)
        first = feed.first_price(self.id)
        ticks = self.nearest_ticks(first)
        self._last_path = self._last_frame_path = FramePath(self, ticks)
        self._mark_frame_path = self._index_frame_path = self._last_frame_path
        if self.category != "spot":
            self._mark_frame_path, self._index_frame_path = FramePath(self, ticks), FramePath(self, ticks)
        self.mark_path, self.index_path = self._mark_frame_path, self._index_frame_path
        self._mark_exact = self._index_exact = first
        self._has_klines = self._has_marks = False
        self._printed: int | None = None
        self._source = BY_NOTHING
        self._rates: dict[int, Decimal] = {}
        self.known_ticker: Mapping[str, str] = {}
        self.live = True
        self.book = FrameBook(self)
        self.funding_due_ms = super().next_funding_ms
        start_ms = feed.start_ms - feed.start_ms % MINUTE_MS
        self.bar = bisect_left(self.bars.start, start_ms)
        if self.bar == len(self.bars):
            self._begin_bar(start_ms)

    @property
    def bids_filled_above(self) -> int:
        """Resting bids are filled by a trade below them, or when the book offers at their price."""
        ask = self.book.best("Sell") - 1
        return ask if self._printed is None else min(ask, self._printed)

    @property
    def asks_filled_below(self) -> int:
        bid = self.book.best("Buy") + 1
        return bid if self._printed is None else max(bid, self._printed)

    @property
    def mark_price(self) -> Decimal:
        return self._mark_exact if self._has_marks else self.last_price

    @property
    def index_price(self) -> Decimal:
        return self._index_exact if self._has_marks else self.last_price

    @property
    def next_funding_ms(self) -> int:
        return self.funding_due_ms

    @property
    def funding_rate(self) -> Decimal:
        return Decimal(self.known_ticker.get("fundingRate") or 0)

    def settled_rate(self, funding_ms: int) -> Decimal:
        """The rate charged at a funding time of the past; 0 if that was before the first frame."""
        return self._rates.get(funding_ms, ZERO)

    def premiums(self, moments_ms: list[int] | tuple[int, ...]) -> list[float]:  # type: ignore[override]  # as callers do
        """Mark over index at the close of the minute before each moment."""
        found = []
        for at_ms in moments_ms:
            bar = min(max(bisect_left(self.bars.start, at_ms) - 1, 0), self.bar)
            index = self.index_path.ohlc(bar)[3]
            found.append((self.mark_path.ohlc(bar)[3] - index) / index)
        return found

    def nearest_ticks(self, price: Decimal) -> int:
        """Whole ticks of any price."""
        return max(int((price / self.instrument.tick_size).to_integral_value()), 1)

    def is_reached(self) -> bool:
        """Whether a price is at a level at which something waits."""
        fall, rise = self.levels
        last = self._last_frame_path.quote.ticks
        if fall is not None and min(last, self.bids_filled_above) <= fall:
            return True
        if rise is not None and max(last, self.asks_filled_below) >= rise:
            return True
        if not self._aside:
            return False
        mark: Levels = self._mark_levels
        index: Levels = self._index_levels
        return mark.hit_by(self.mark_ticks) or index.hit_by(self.index_ticks)

    def note_trade(self, row: TradeRow) -> None:
        """Somebody has traded; until `settle` resting orders see at which price."""
        price = Decimal(row.p)
        self._source = BY_TRADE
        self._go_to(self.nearest_ticks(price))
        self._printed = self._last_frame_path.quote.ticks
        self.tape.trades.add(Trade(row.i, row.T, row.S, price, Decimal(row.v)))
        if not self._has_klines:
            self._add_volume(row.T, float(price), float(row.v))

    def note_ticker(self, fields: Mapping[str, str]) -> None:
        """The ticker is this now."""
        self.known_ticker = fields
        last, mark, index = (fields.get(name) for name in ("lastPrice", "markPrice", "indexPrice"))
        if self.category != "spot" and mark and index:
            self._has_marks = True
            self._mark_exact, self._index_exact = Decimal(mark), Decimal(index)
            self._mark_frame_path.go_to(self.nearest_ticks(self._mark_exact))
            self._index_frame_path.go_to(self.nearest_ticks(self._index_exact))
        if last and self._source >= BY_TICKER:
            self._price(BY_TICKER, Decimal(last))
        due = fields.get("nextFundingTime")
        if due and int(due) > self.clock.now_ms:
            self.funding_due_ms = int(due)

    def note_kline(self, row: KlineRow) -> None:
        """A candle of one minute has come so far."""
        if self._source >= BY_KLINE:
            self._price(BY_KLINE, Decimal(row.close))
        bars = self.bars
        bar = bisect_left(bars.start, row.start)
        if bar > self.bar or bars.start[bar] != row.start:
            return
        self._has_klines = True
        columns = (bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover)
        texts = (row.open, row.high, row.low, row.close, row.volume, row.turnover)
        for column, text in zip(columns, texts, strict=True):
            column[bar] = float(text)
        self._sum_volumes(bar)

    def note_book(self) -> None:
        """The book has changed."""
        if self._source < BY_BOOK:
            return
        middle = self.book.middle()
        if middle is not None:
            self._price(BY_BOOK, self.price_of(middle), prints=False)

    def settle(self) -> None:
        """Everybody has seen the last trade."""
        self._printed = None

    def close_minute(self, next_ms: int) -> None:
        """The bar under way has just been closed: the next one opens at `next_ms`."""
        for path in self._frame_paths():
            path.close_bar(KEPT_BARS)
        self._begin_bar(next_ms)
        if self.bar > 2 * KEPT_BARS:
            self.forget_bars(KEPT_BARS)

    def funding_charged(self) -> None:
        """The funding that was due has been charged at the rate of now."""
        self._rates[self.funding_due_ms] = self.funding_rate
        hours = self.known_ticker.get("fundingIntervalHour") or ""
        interval_min = int(hours) * 60 if hours.isdigit() else self.instrument.funding_interval_min
        self.funding_due_ms += interval_min * MINUTE_MS

    def set_status(self, status: Status) -> None:
        """Halt or reopen it for the accounts here; its prices go on as the frames say."""
        self.status = status

    def replace_rules(
        self, *, tick_size: Decimal | None = None, qty_step: Decimal | None = None, min_qty: Decimal | None = None
    ) -> None:
        before = self.tick
        super().replace_rules(tick_size=tick_size, qty_step=qty_step, min_qty=min_qty)
        if self.tick != before:
            for path in self._frame_paths():
                path.rescale(before / self.tick)

    def _price(self, source: int, price: Decimal, *, prints: bool = True) -> None:
        """The last price, from something that is no trade itself."""
        self._source = source
        before = self._last_frame_path.quote.ticks
        self._go_to(self.nearest_ticks(price))
        if prints and self._last_frame_path.quote.ticks != before:
            self._printed = self._last_frame_path.quote.ticks
        if not self._has_klines:
            self._add_volume(self.clock.now_ms, float(price), 0.0)

    def _frame_paths(self) -> tuple[FramePath, ...]:
        return tuple(dict.fromkeys((self._last_frame_path, self._mark_frame_path, self._index_frame_path)))

    def _go_to(self, ticks: int) -> None:
        self._last_frame_path.go_to(ticks)
        if not self._has_marks and self.category != "spot":
            self._mark_frame_path.go_to(ticks)
            self._index_frame_path.go_to(ticks)

    def _begin_bar(self, start_ms: int) -> None:
        bars = self.bars
        price = round(self._last_frame_path.quote.ticks * self.tick, self.instrument.price_scale)
        bars.start.append(start_ms)
        for column in (bars.open, bars.high, bars.low, bars.close):
            column.append(price)
        bars.volume.append(0.0)
        bars.turnover.append(0.0)
        bars.volume_so_far.append(bars.volume_so_far[-1] if bars.volume_so_far else 0.0)

    def _add_volume(self, at_ms: int, price: float, qty: float) -> None:
        """A trade belongs to the minute in which it happened, even if it is told a moment later."""
        bars, bar = self.bars, self.bar
        if at_ms < bars.start[bar] and bar and at_ms >= bars.start[bar - 1]:
            if not bars.volume[bar]:
                bars.open[bar] = bars.high[bar] = bars.low[bar] = bars.close[bar] = price
            bar -= 1
        bars.high[bar], bars.low[bar] = max(bars.high[bar], price), min(bars.low[bar], price)
        bars.close[bar] = price
        if qty:
            bars.volume[bar] = round(bars.volume[bar] + qty, 8)
            turnover = qty / price if self.category == "inverse" else qty * price
            bars.turnover[bar] = round(bars.turnover[bar] + turnover, 8)
            self._sum_volumes(bar)

    def _sum_volumes(self, bar: int) -> None:
        so_far = self.bars.volume_so_far
        for each in range(bar, len(so_far)):
            so_far[each] = (so_far[each - 1] if each else 0.0) + self.bars.volume[each]
