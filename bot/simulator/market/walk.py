"""The documented path of the price inside one bar.

Open, low, high, close if the bar closes at or above its open, else open, high, low, close: at 0, 1/4, 3/4 and
the last millisecond of the bar, straight lines between, along which the price moves once a second. The step from
the previous close to the open takes no time. All prices here are whole numbers of ticks, so that every crossing is
exact and repeatable.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

STEP_MS = 1000
"""The price moves once a second. In a quiet bar that is less than a tick; in a crash it leaves gaps, and what triggers
in one is filled beyond it, as in life."""


class Quote(NamedTuple):
    """A last price: whole ticks, and whether the last move went up."""

    ticks: int
    rising: bool


class Touch(NamedTuple):
    """When the price reaches a level, and the price at that moment (ticks): at the level or beyond it."""

    at_ms: int
    quote: Quote


class Levels(NamedTuple):
    """Nearest prices at which something waits (ticks): below the price and above it."""

    fall: int | None
    rise: int | None

    def hit_by(self, ticks: int) -> bool:
        return (self.fall is not None and ticks <= self.fall) or (self.rise is not None and ticks >= self.rise)


class Leg(NamedTuple):
    """A straight piece of the path; `from_ms == to_ms` is the step to the open."""

    from_ms: int
    to_ms: int
    from_ticks: int
    to_ticks: int

    def at(self, at_ms: int) -> int:
        """Price at a moment within the leg, to the nearest tick: that of the last full `STEP_MS`."""
        length_ms = self.to_ms - self.from_ms
        if at_ms >= self.to_ms or length_ms == 0:
            return self.to_ticks
        gone_ms = at_ms - self.from_ms
        moved = 2 * (self.to_ticks - self.from_ticks) * (gone_ms - gone_ms % STEP_MS) + length_ms
        return self.from_ticks + moved // (2 * length_ms)

    def when(self, ticks: int) -> int:
        """First millisecond at which `at` is at `ticks` or past it; `ticks` lies between the ends of the leg."""
        span = abs(self.to_ticks - self.from_ticks)
        if span == 0 or self.to_ms == self.from_ms:
            return self.from_ms
        half_ticks = max(2 * abs(ticks - self.from_ticks) - 1, 0) * (self.to_ms - self.from_ms)
        falling = self.to_ticks < self.from_ticks  # `at` rounds halves up, so a fall gets there a moment later
        steps = -(-half_ticks // (2 * span * STEP_MS))
        if falling and half_ticks and half_ticks % (2 * span * STEP_MS) == 0:
            steps += 1
        return min(self.from_ms + steps * STEP_MS, self.to_ms)


@dataclass(frozen=True, slots=True)
class BarWalk:
    """The path of one bar, beginning with the step from the previous close."""

    start_ms: int
    legs: tuple[Leg, ...]
    rising_before: bool

    @classmethod
    def of(cls, start_ms: int, interval_ms: int, previous: Quote, ohlc: tuple[int, int, int, int]) -> "BarWalk":
        """Lay the path through a bar that follows a last price of `previous`; prices in ticks."""
        open_, high, low, close = ohlc
        first, second = (low, high) if close >= open_ else (high, low)
        quarter_ms = start_ms + interval_ms // 4
        three_quarters_ms = start_ms + 3 * interval_ms // 4
        legs = (
            Leg(start_ms, start_ms, previous.ticks, open_),
            Leg(start_ms, quarter_ms, open_, first),
            Leg(quarter_ms, three_quarters_ms, first, second),
            Leg(three_quarters_ms, start_ms + interval_ms - 1, second, close),
        )
        return cls(start_ms, legs, previous.rising)

    def moved(self, at_ms: int, move: Callable[[int], int]) -> "BarWalk":
        """The same until `at_ms`; there the price jumps as `move` says, and every later price is moved as well."""
        legs: list[Leg] = []
        for leg in self.legs:
            if leg.to_ms <= at_ms:
                legs.append(leg)
            elif leg.from_ms > at_ms:
                legs.append(Leg(leg.from_ms, leg.to_ms, move(leg.from_ticks), move(leg.to_ticks)))
            else:
                here = leg.at(at_ms)
                legs += (
                    Leg(leg.from_ms, at_ms, leg.from_ticks, here),
                    Leg(at_ms, at_ms, here, move(here)),
                    Leg(at_ms, leg.to_ms, move(here), move(leg.to_ticks)),
                )
        if legs[-1].to_ms <= at_ms:
            legs.append(Leg(at_ms, at_ms, legs[-1].to_ticks, move(legs[-1].to_ticks)))
        return BarWalk(self.start_ms, tuple(legs), self.rising_before)

    @property
    def corners_ms(self) -> tuple[int, ...]:
        """When the path turns, the open and the last millisecond included."""
        return tuple(dict.fromkeys(leg.to_ms for leg in self.legs))

    def quote_at(self, at_ms: int) -> Quote:
        """Last price at a moment of the bar (or after it: its close)."""
        rising, ticks = self.rising_before, self.legs[0].from_ticks
        for leg in self.legs:
            if leg.from_ms > at_ms:
                break
            now = leg.at(at_ms)
            if now != ticks:
                rising, ticks = now > ticks, now
        return Quote(ticks, rising)

    def range_until(self, at_ms: int) -> tuple[int, int]:
        """Highest and lowest price from the open to a moment, ticks."""
        seen = list(self._corners_until(at_ms))
        return max(seen), min(seen)

    def next_touch(self, at_ms: int | None, quote: Quote, levels: Levels) -> Touch | None:
        """When the rest of the path first reaches a level.

        Args:
            at_ms: where the walk stands, with last price `quote`; None = before the step to the open.
            quote: last price there.
            levels: what waits. A level that is already passed counts as reached one millisecond later (or at
                the open): nothing trades twice at the same instant.
        """
        if at_ms is not None and levels.hit_by(quote.ticks):
            later_ms = at_ms + 1
            return Touch(later_ms, self.quote_at(later_ms)) if later_ms <= self.legs[-1].to_ms else None
        ticks = quote.ticks
        for leg in self.legs if at_ms is None else self.legs[1:]:
            if at_ms is not None and leg.to_ms <= at_ms:
                continue
            touch = _touch_on(leg, ticks, levels)
            if touch is not None:
                return touch if at_ms is None or touch.at_ms >= at_ms else Touch(at_ms, touch.quote)
            ticks = leg.to_ticks
        return None

    def _corners_until(self, at_ms: int) -> Iterator[int]:
        for leg in self.legs:
            if leg.from_ms > at_ms:
                return
            yield leg.at(at_ms)


def _touch_on(leg: Leg, from_ticks: int, levels: Levels) -> Touch | None:
    """The first level on a leg that is walked from `from_ticks` on."""
    if not levels.hit_by(leg.to_ticks):
        return None
    rising = leg.to_ticks > from_ticks
    if leg.from_ms == leg.to_ms:  # a gap: nothing trades between, the open is the first price
        return Touch(leg.to_ms, Quote(leg.to_ticks, rising))
    level = levels.rise if rising else levels.fall
    if level is None or leg.to_ticks == from_ticks:
        return None
    at_ms = leg.when(level)
    return Touch(at_ms, Quote(leg.at(at_ms), rising))
