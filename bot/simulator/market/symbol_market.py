"""One market: where its prices stand and when they will reach a level."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from bot.simulator.feeds.contract import MarketFeed
from bot.simulator.instruments import Status
from bot.simulator.intervals import MINUTE_MS
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.moved_bars import MovedBars
from bot.simulator.market.price_path import Ohlc, PricePath
from bot.simulator.market.reference_prices import ReferencePrices
from bot.simulator.market.tape import Tape
from bot.simulator.market.walk import BarWalk, Levels, Quote, Touch
from bot.simulator.numbers import ZERO
from bot.simulator.push import KlinePush

NO_LEVELS = Levels(None, None)
LEVEL_SLACK_TICKS = 0.001
"""Float prices of bars may be off a tick by rounding noise; levels are met a thousandth of a tick early."""


class SymbolMarket:
    """The bars of one market and the walk of its prices through the one that is under way.

    `bar` is the index of the bar being walked; all before it are closed. Last, mark and index price each have
    a path of their own; a spot pair has the last price only.

    Attributes:
        held: whether an account has a position here; whoever trades keeps it true to the facts.
        tape: trades and liquidations of accounts, as everybody gets to see them.
        trailed: whether a trailing stop follows the last price: then every turn of its path counts as a touch.
        status: new orders are taken while it is "Trading"; otherwise prices stand still.
    """

    __slots__ = (
        "_aside",
        "_index_levels",
        "_last_path",
        "_mark_levels",
        "_moved",
        "_reference",
        "_touches_by",
        "bar",
        "bars",
        "category",
        "clock",
        "fall_price",
        "held",
        "id",
        "index",
        "index_path",
        "instrument",
        "interval_ms",
        "levels",
        "mark_path",
        "rise_price",
        "status",
        "symbol",
        "tape",
        "tick",
        "trailed",
        "watched",
    )  # fmt: skip

    bars_are_current = False
    """Whether `bars` tell of the bar under way only what has happened; those of a feed know how it ends."""
    known_ticker: Mapping[str, str] = MappingProxyType({})
    """Fields of the ticker that need not be worked out from bars."""

    def __init__(self, feed: MarketFeed, index: int, clock: MarketClock) -> None:
        self.id = feed.symbols[index]
        self.index = index
        self.clock = clock
        self.instrument = feed.instrument(self.id)
        self.symbol = self.instrument.symbol
        self.category = self.instrument.category
        self.status: Status = "Trading"
        self.held = self.trailed = False
        self.tape = Tape(clock)
        self.interval_ms = feed.interval_ms
        self.tick = float(self.instrument.tick_size)
        self.bars = feed.bars(self.id)
        self.bar = bisect_left(self.bars.start, feed.start_ms)
        self._moved: MovedBars | None = None
        self._reference = ReferencePrices(self.bars, self.instrument, self.interval_ms)
        self._last_path = PricePath(self, self._last_ohlc)
        contract = self.category != "spot"
        self.mark_path = PricePath(self, self._reference.mark) if contract else self._last_path
        self.index_path = PricePath(self, self._reference.index) if contract else self._last_path
        self._touches_by = self._last_path
        self.watch(NO_LEVELS)

    def close_bar(self, interval: str) -> KlinePush:
        """End the bar under way; returns its candle."""
        bar, bars = self.bar, self.bars
        self.bar = bar + 1
        start_ms = bars.start[bar]
        end_ms = start_ms + self.interval_ms
        return KlinePush(
            self.symbol, interval, start_ms, end_ms - 1, bars.open[bar], bars.high[bar], bars.low[bar],
            bars.close[bar], bars.volume[bar], bars.turnover[bar], True, end_ms, self.category,
        )  # fmt: skip

    @property
    def bar_number(self) -> int:
        """Which bar is under way, counted from the first there ever was."""
        return self.bars.dropped + self.bar

    @property
    def quote(self) -> Quote:
        """The last price now."""
        return self._last_path.quote

    @property
    def last_price(self) -> Decimal:
        """The last price now, in quote coin."""
        return self.price_of(self._last_path.quote.ticks)

    @property
    def bids_filled_above(self) -> int:
        """Resting bids at higher prices (ticks) are filled by the street: the price has gone through them."""
        return self._last_path.quote.ticks

    @property
    def asks_filled_below(self) -> int:
        """The same for resting asks at lower prices."""
        return self._last_path.quote.ticks

    @property
    def mark_ticks(self) -> int:
        return self.mark_path.quote.ticks

    @property
    def mark_price(self) -> Decimal:
        """The price at which positions are valued, in quote coin."""
        return self.price_of(self.mark_path.quote.ticks)

    @property
    def index_ticks(self) -> int:
        return self.index_path.quote.ticks

    @property
    def index_price(self) -> Decimal:
        """The price of the base coin elsewhere, in quote coin."""
        return self.price_of(self.index_path.quote.ticks)

    @property
    def next_funding_ms(self) -> int:
        """The next time at which funding is charged, later than now."""
        interval_ms = self.instrument.funding_interval_min * MINUTE_MS
        return self.clock.now_ms - self.clock.now_ms % interval_ms + interval_ms

    @property
    def funding_rate(self) -> Decimal:
        """At a funding time the rate charged, otherwise what the next one looks like; a spot pair has none."""
        if self.category == "spot":
            return ZERO
        now_ms = self.clock.now_ms
        if now_ms % (self.instrument.funding_interval_min * MINUTE_MS) == 0:
            return self._reference.settled_rate(now_ms)
        return self._reference.predicted_rate(now_ms)

    def settled_rate(self, funding_ms: int) -> Decimal:
        """The rate charged at a funding time of the past."""
        return self._reference.settled_rate(funding_ms)

    def price_of(self, ticks: int) -> Decimal:
        return self.instrument.tick_size * ticks

    def ticks_of(self, price: Decimal) -> int:
        """Whole ticks of a price that is on tick."""
        return int(price / self.instrument.tick_size)

    def walk(self) -> BarWalk | None:
        """The path of the last price in the bar under way; None after the last bar."""
        return self._last_path.walk()

    def walk_of(self, bar: int) -> BarWalk:
        """The path of the last price in any bar."""
        return self._last_path.walk_of(bar)

    def mark_ohlc(self, bar: int) -> Ohlc:
        """The mark price in any bar, ticks."""
        return self._last_ohlc(bar) if self.category == "spot" else self._reference.mark(bar)

    def index_ohlc(self, bar: int) -> Ohlc:
        """The index price in any bar, ticks."""
        return self._last_ohlc(bar) if self.category == "spot" else self._reference.index(bar)

    def premiums(self, moments_ms: Sequence[int]) -> list[float]:
        """The premium index at some moments, as fractions."""
        return self._reference.premiums(moments_ms)

    def watch(self, levels: Levels, mark: Levels = NO_LEVELS, index: Levels = NO_LEVELS) -> None:
        """Say at which last, mark and index prices something waits; `next_touch` tells when one is reached."""
        self.levels, self._mark_levels, self._index_levels = levels, mark, index
        self._aside = mark != NO_LEVELS or index != NO_LEVELS
        self.watched = self._aside or levels != NO_LEVELS
        slack = LEVEL_SLACK_TICKS
        self.fall_price = float("-inf") if levels.fall is None else (levels.fall + slack) * self.tick
        self.rise_price = float("inf") if levels.rise is None else (levels.rise - slack) * self.tick

    def may_touch(self) -> bool:
        """Whether the bar under way reaches a level at all: for the last price two comparisons of floats."""
        bar, bars = self.bar, self.bars
        if bar >= len(bars.start):
            return False
        if self.trailed or bars.low[bar] <= self.fall_price or bars.high[bar] >= self.rise_price:
            return True
        return self._aside and (
            _may_reach(self._mark_levels, self.mark_ohlc(bar)) or _may_reach(self._index_levels, self.index_ohlc(bar))
        )

    def next_touch(self) -> Touch | None:
        """When the rest of the bar under way first reaches a level."""
        path, touch = self._last_path, self._last_path.next_touch(self.levels)
        if self._aside:
            for other, levels in ((self.mark_path, self._mark_levels), (self.index_path, self._index_levels)):
                sooner = other.next_touch(levels) if levels != NO_LEVELS else None
                if sooner is not None and (touch is None or sooner.at_ms < touch.at_ms):
                    path, touch = other, sooner
        if self.trailed:
            turn = self._last_path.next_turn()
            if turn is not None and (touch is None or turn.at_ms < touch.at_ms):
                path, touch = self._last_path, turn
        self._touches_by = path
        return touch

    def pin(self, touch: Touch) -> None:
        """In the millisecond of a touch that price is the level itself. `touch` is the last `next_touch`."""
        self._touches_by.pin(touch.at_ms, touch.quote)

    def forget_bars(self, kept: int) -> int:
        """Let go of closed bars but the last `kept`; returns how many."""
        count = max(self.bar - kept, 0)
        (self._moved or self.bars).drop(count)
        self.bar -= count
        for path in self._paths():
            path.forget()
        return count

    def take_in(self) -> None:
        """The feed has made more bars."""
        if self._moved is not None:
            self._moved.take_in(self.tick, self.instrument.price_scale)

    def set_status(self, status: Status) -> None:
        """Halt, delist, pre-launch or reopen; what that means for orders is up to the desk.

        While it is not "Trading" the market stands still; then it goes on, with a gap, where its feed is.
        """
        was_open, self.status = self.status == "Trading", status
        scale = self.instrument.price_scale
        if was_open and status != "Trading":
            for path in self._paths():
                path.move(_stay_at(path.quote.ticks))
            self._change_bars().stand_still(self._first_future_bar(), round(self.quote.ticks * self.tick, scale))
            self._bars_changed()
        elif status == "Trading" and not was_open and self._moved is not None:
            self._moved.go_on(self._first_future_bar(), self.tick, scale)
            self._bars_changed()

    def move_price(self, ticks: int) -> None:
        """Let the last price jump to `ticks` now, and mark and index as far; the market goes on from there."""
        before = self.quote.ticks
        for path in self._paths():
            path.move(lambda each: max((2 * each * ticks + before) // (2 * before), 1))
        self._change_bars().scale(self._first_future_bar(), ticks / before, self.tick, self.instrument.price_scale)
        self._bars_changed()

    def replace_rules(
        self, *, tick_size: Decimal | None = None, qty_step: Decimal | None = None, min_qty: Decimal | None = None
    ) -> None:
        """Trade by other rules from now on. Prices in ticks that anybody remembers are worthless after a new tick."""
        rules = self.instrument
        self.instrument = replace(
            rules,
            tick_size=tick_size or rules.tick_size,
            qty_step=qty_step or rules.qty_step,
            min_qty=min_qty or qty_step or rules.min_qty,
        )
        if self.instrument.tick_size == rules.tick_size:
            return
        self.tick = float(self.instrument.tick_size)
        for path in self._paths():
            path.unbend()
        self._reference.replace(self.bars, self.instrument)
        self.watch(NO_LEVELS)

    def _last_ohlc(self, bar: int) -> Ohlc:
        bars, tick = self.bars, self.tick
        return (
            round(bars.open[bar] / tick), round(bars.high[bar] / tick), round(bars.low[bar] / tick),
            round(bars.close[bar] / tick),
        )  # fmt: skip

    def _paths(self) -> tuple[PricePath, ...]:
        return tuple(dict.fromkeys((self._last_path, self.mark_path, self.index_path)))

    def _change_bars(self) -> MovedBars:
        """The bars as a copy that may be changed; the one under way ends as its path does by now."""
        if self._moved is None:
            self._moved = MovedBars(self.bars)
            self.bars = self._moved.bars
        walk = self._last_path.walk()
        if walk is not None and self._first_future_bar() > self.bar:
            end_ms, scale = walk.legs[-1].to_ms, self.instrument.price_scale
            ends = (*walk.range_until(end_ms), walk.quote_at(end_ms).ticks)
            self._moved.put(self.bar, *(round(ticks * self.tick, scale) for ticks in ends))
        return self._moved

    def _first_future_bar(self) -> int:
        """The bar under way if it has not begun, else the next."""
        starts = self.bars.start
        begun = self.bar < len(starts) and self.clock.has_passed(starts[self.bar])
        return self.bar + 1 if begun else self.bar

    def _bars_changed(self) -> None:
        for path in self._paths():
            path.forget()
        self._reference.replace(self.bars, self.instrument, self.clock.now_ms)


def _may_reach(levels: Levels, ohlc: Ohlc) -> bool:
    _, high, low, _ = ohlc
    return (levels.fall is not None and low <= levels.fall) or (levels.rise is not None and high >= levels.rise)


def _stay_at(ticks: int) -> Callable[[int], int]:
    return lambda _: ticks
