"""One symbol's market: where its price stands and when it will reach a level."""

from bisect import bisect_left
from dataclasses import replace
from decimal import Decimal

from bot.simulator.feeds.contract import MarketFeed
from bot.simulator.instruments import Status
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.walk import BarWalk, Levels, Quote, Touch
from bot.simulator.push import KlinePush

NO_LEVELS = Levels(None, None)
LEVEL_SLACK_TICKS = 0.001
"""Float prices of bars may be off a tick by rounding noise; levels are met a thousandth of a tick early."""


class SymbolMarket:
    """The bars of one symbol and the walk through the one that is under way.

    `bar` is the index of the bar being walked; all before it are closed. The price is a pure function of the
    bars and the clock, except in the very millisecond in which it touches a level (see `pin`).
    """

    __slots__ = (
        "_pin",
        "_pin_ms",
        "_quote",
        "_quote_moment",
        "_walk",
        "_walk_bar",
        "bar",
        "bars",
        "category",
        "clock",
        "fall_price",
        "held",
        "id",
        "index",
        "instrument",
        "interval_ms",
        "levels",
        "price_limit_ratio",
        "rise_price",
        "status",
        "symbol",
        "tick",
        "watched",
    )  # fmt: skip

    def __init__(self, feed: MarketFeed, index: int, clock: MarketClock) -> None:
        self.id = feed.symbols[index]
        self.index = index
        self.clock = clock
        self.instrument = feed.instrument(self.id)
        self.symbol = self.instrument.symbol
        self.category = self.instrument.category
        self.status: Status = "Trading"
        self.held = False
        """Whether an account has a position here; whoever trades keeps it true to the facts."""
        self.interval_ms = feed.interval_ms
        self.tick = float(self.instrument.tick_size)
        self.price_limit_ratio = self.instrument.price_limit_x.as_integer_ratio()
        self.bars = feed.bars(self.id)
        self.bar = bisect_left(self.bars.start, feed.start_ms)
        self.levels = NO_LEVELS
        self.watched = False
        self.fall_price = float("-inf")
        self.rise_price = float("inf")
        self._walk_bar = -1
        self._walk: BarWalk | None = None
        self._quote_moment: tuple[int, bool, int] | None = None
        self._quote = Quote(0, rising=True)
        self._pin_ms = -1
        self._pin = Quote(0, rising=True)

    def close_bar(self, interval: str) -> KlinePush:
        """End the bar under way; returns its candle."""
        bar, bars = self.bar, self.bars
        self.bar = bar + 1
        start_ms = bars.start[bar]
        end_ms = start_ms + self.interval_ms
        return KlinePush(
            self.symbol, interval, start_ms, end_ms - 1, bars.open[bar], bars.high[bar], bars.low[bar],
            bars.close[bar], bars.volume[bar], bars.turnover[bar], True, end_ms,
            self.category,
        )  # fmt: skip

    @property
    def bar_number(self) -> int:
        """Which bar is under way, counted from the first there ever was."""
        return self.bars.dropped + self.bar

    def forget_bars(self, kept: int) -> int:
        """Let go of closed bars but the last `kept`; returns how many."""
        count = max(self.bar - kept, 0)
        self.bars.drop(count)
        self.bar -= count
        self._walk_bar -= count
        self._quote_moment = None
        return count

    @property
    def quote(self) -> Quote:
        """The last price now."""
        now_ms = self.clock.now_ms
        if self._pin_ms == now_ms and self.clock.opened:
            return self._pin
        moment = (now_ms, self.clock.opened, self.bar)
        if self._quote_moment != moment:
            self._quote_moment = moment
            self._quote = self._quote_now(now_ms)
        return self._quote

    @property
    def last_price(self) -> Decimal:
        """The last price now, in quote coin."""
        return self.price_of(self.quote.ticks)

    @property
    def mark_price(self) -> Decimal:
        """The price at which positions are valued, in quote coin."""
        return self.last_price

    @property
    def index_price(self) -> Decimal:
        """The price of the base coin elsewhere, in quote coin."""
        return self.last_price

    def set_status(self, status: Status) -> None:
        """Halt, delist, pre-launch or reopen the market; what that means for orders is up to the desk."""
        self.status = status

    def replace_rules(
        self, *, tick_size: Decimal | None = None, qty_step: Decimal | None = None, min_qty: Decimal | None = None
    ) -> None:
        """Trade by other rules from now on. Prices in ticks that anybody remembers are worthless afterwards."""
        rules = self.instrument
        self.instrument = replace(
            rules,
            tick_size=tick_size or rules.tick_size,
            qty_step=qty_step or rules.qty_step,
            min_qty=min_qty or qty_step or rules.min_qty,
        )
        self.tick = float(self.instrument.tick_size)
        self._walk_bar = -1
        self._quote_moment = None
        self._pin_ms = -1
        self.watch(NO_LEVELS)

    def price_of(self, ticks: int) -> Decimal:
        return self.instrument.tick_size * ticks

    def ticks_of(self, price: Decimal) -> int:
        """Whole ticks of a price that is on tick."""
        return int(price / self.instrument.tick_size)

    def walk(self) -> BarWalk | None:
        """The path of the bar under way; None after the last bar."""
        if self._walk_bar == self.bar:
            return self._walk
        self._walk_bar = self.bar
        self._walk = self.walk_of(self.bar) if self.bar < len(self.bars) else None
        return self._walk

    def walk_of(self, bar: int) -> BarWalk:
        """The path of any bar."""
        bars = self.bars
        ohlc = (bars.open[bar], bars.high[bar], bars.low[bar], bars.close[bar])
        open_, high, low, close = (round(price / self.tick) for price in ohlc)
        previous = self._quote_before(bar)
        return BarWalk.of(bars.start[bar], self.interval_ms, previous, (open_, high, low, close))

    def watch(self, levels: Levels, mark: Levels = NO_LEVELS, index: Levels = NO_LEVELS) -> None:
        """Say at which last, mark and index prices something waits; `next_touch` tells when they are reached."""
        levels = _nearest(levels, mark, index)
        self.levels = levels
        self.watched = levels != NO_LEVELS
        slack = LEVEL_SLACK_TICKS
        self.fall_price = float("-inf") if levels.fall is None else (levels.fall + slack) * self.tick
        self.rise_price = float("inf") if levels.rise is None else (levels.rise - slack) * self.tick

    def may_touch(self) -> bool:
        """Whether the bar under way reaches a level at all: two comparisons of floats."""
        bar, bars = self.bar, self.bars
        return bar < len(bars.start) and (bars.low[bar] <= self.fall_price or bars.high[bar] >= self.rise_price)

    def next_touch(self) -> Touch | None:
        """When the rest of the bar under way first reaches a level."""
        walk = self.walk()
        if walk is None:
            return None
        begun = self.clock.has_passed(walk.start_ms)
        return walk.next_touch(self.clock.now_ms if begun else None, self.quote, self.levels)

    def pin(self, touch: Touch) -> None:
        """In the millisecond of a touch the price is the level itself."""
        self._pin_ms, self._pin = touch.at_ms, touch.quote

    def _quote_now(self, now_ms: int) -> Quote:
        bar, starts = self.bar, self.bars.start
        if bar == len(starts) or not self.clock.has_passed(starts[bar]):
            return self._quote_before(bar)
        if now_ms >= starts[bar] + self.interval_ms:  # it is about to be closed
            return self._quote_before(bar + 1)
        walk = self.walk()
        return walk.quote_at(now_ms) if walk is not None else self._quote_before(bar)

    def _quote_before(self, bar: int) -> Quote:
        """Last price at the close of the previous bar (before the first bar: its open)."""
        bars = self.bars
        if bar == 0:
            return Quote(round(bars.open[0] / self.tick), rising=True)
        last = bar - 1
        open_, close = bars.open[last], bars.close[last]
        # The path ends high -> close or low -> close; a flat end leaves the direction of the leg before.
        rising = close >= bars.high[last] if close >= open_ else close > bars.low[last]
        return Quote(round(close / self.tick), rising)


def _nearest(*levels: Levels) -> Levels:
    """The nearest of all: mark and index price are still the last price."""
    falls = [each.fall for each in levels if each.fall is not None]
    rises = [each.rise for each in levels if each.rise is not None]
    return Levels(max(falls, default=None), min(rises, default=None))
