"""One price of a market on its way through the bars: the last price, the mark price or the index price."""

from collections.abc import Callable
from typing import Protocol

from bot.simulator.feeds.bars import Bars
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.walk import BarWalk, Levels, Quote, Touch

type Ohlc = tuple[int, int, int, int]
"""Open, high, low and close in ticks."""


class Walked(Protocol):
    """A row of bars and which of them is under way."""

    clock: MarketClock
    bars: Bars
    bar: int
    interval_ms: int

    @property
    def bar_number(self) -> int: ...


class PricePath:
    """Where a price stands and when it will reach a level.

    It is a pure function of the bars and the clock, except in the very millisecond in which it touches a level
    (see `pin`) and after it was moved by hand.
    """

    __slots__ = (
        "_bent", "_clock", "_market", "_moment", "_pin", "_pin_ms", "_quote", "_resting", "_walk",
        "_walk_number", "ohlc",
    )  # fmt: skip

    def __init__(self, market: Walked, ohlc: Callable[[int], Ohlc]) -> None:
        """Walk through the bars of `market`; `ohlc` tells this price's ticks in a bar."""
        self._market = market
        self._clock = market.clock
        self.ohlc = ohlc
        """The price in any bar, ticks."""
        self._walk_number = -1
        self._walk: BarWalk | None = None
        self._moment: tuple[int, bool, int] | None = None
        self._quote = Quote(0, rising=True)
        self._pin_ms = -1
        self._pin = Quote(0, rising=True)
        self._bent: dict[int, BarWalk] = {}
        self._resting: dict[int, Quote] = {}

    @property
    def quote(self) -> Quote:
        """The price now."""
        clock = self._clock
        now_ms = clock.now_ms
        if self._pin_ms == now_ms and clock.opened:
            return self._pin
        moment = (now_ms, clock.opened, self._market.bar)
        if self._moment != moment:
            self._moment = moment
            self._quote = self._quote_now(now_ms)
        return self._quote

    def walk(self) -> BarWalk | None:
        """The path of the bar under way; None after the last bar."""
        market = self._market
        number = market.bar_number
        if self._walk_number != number or self._walk is None:
            self._walk_number = number
            self._walk = self.walk_of(market.bar) if market.bar < len(market.bars.start) else None
        return self._walk

    def walk_of(self, bar: int) -> BarWalk:
        """The path of any bar."""
        market = self._market
        if self._bent:
            bent = self._bent.get(market.bars.dropped + bar)
            if bent is not None:
                return bent
        return BarWalk.of(market.bars.start[bar], market.interval_ms, self._quote_before(bar), self.ohlc(bar))

    def next_touch(self, levels: Levels) -> Touch | None:
        """When the rest of the bar under way first reaches a level."""
        walk = self.walk()
        if walk is None:
            return None
        begun = self._clock.has_passed(walk.start_ms)
        return walk.next_touch(self._clock.now_ms if begun else None, self.quote, levels)

    def next_turn(self) -> Touch | None:
        """Where the rest of the bar under way next turns, its open and its last millisecond included."""
        walk = self.walk()
        if walk is None:
            return None
        begun, now_ms = self._clock.has_passed(walk.start_ms), self._clock.now_ms
        turns = (at_ms for at_ms in walk.corners_ms if at_ms > now_ms or not begun)
        at_ms = next(turns, None)
        return None if at_ms is None else Touch(at_ms, walk.quote_at(at_ms))

    def pin(self, at_ms: int, quote: Quote) -> None:
        """In the millisecond of a touch the price is the level itself."""
        self._pin_ms, self._pin = at_ms, quote

    def move(self, move: Callable[[int], int]) -> BarWalk | None:
        """Let the price jump now and the rest of its bar go on from there.

        Returns:
            The new path of the bar under way, None if none has begun: the price then rests where it jumped to.
        """
        market, before = self._market, self.quote
        ticks = move(before.ticks)
        quote = Quote(ticks, ticks > before.ticks if ticks != before.ticks else before.rising)
        walk = self.walk()
        number = market.bar_number
        bent = None
        if walk is not None and self._clock.has_passed(walk.start_ms):
            bent = self._bent[number] = walk.moved(self._clock.now_ms, move)
        else:
            self._resting[number] = quote
        self.forget()
        if self._clock.opened:
            self.pin(self._clock.now_ms, quote)
        return bent

    def forget(self) -> None:
        """What was worked out from the bars is no longer true."""
        self._walk, self._moment = None, None

    def unbend(self) -> None:
        """Drop every jump and pin: prices are counted in other ticks now."""
        self._bent.clear()
        self._resting.clear()
        self._pin_ms = -1
        self.forget()

    def _quote_now(self, now_ms: int) -> Quote:
        market = self._market
        bar, starts = market.bar, market.bars.start
        if bar == len(starts) or not self._clock.has_passed(starts[bar]):
            return self._quote_before(bar)
        if now_ms >= starts[bar] + market.interval_ms:  # it is about to be closed
            return self._quote_before(bar + 1)
        walk = self.walk()
        return walk.quote_at(now_ms) if walk is not None else self._quote_before(bar)

    def _quote_before(self, bar: int) -> Quote:
        """The price at the close of the previous bar (before the first bar: its open)."""
        if self._resting:
            resting = self._resting.get(self._market.bars.dropped + bar)
            if resting is not None:
                return resting
        if bar == 0:
            return Quote(self.ohlc(0)[0], rising=True)
        open_, high, low, close = self.ohlc(bar - 1)
        # The path ends high -> close or low -> close; a flat end leaves the direction of the leg before.
        return Quote(close, close >= high if close >= open_ else close > low)
