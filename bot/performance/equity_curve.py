"""The curve of equity over time: drawdowns, days and their returns."""

import math
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import msgspec

from bot.domain.values import TimeMs

DAY_MS = 86_400_000


class EquityPoint(msgspec.Struct, frozen=True):
    """Equity at a moment, marked to the prices of that moment, in the settle coin."""

    time_ms: TimeMs
    equity: Decimal


class Drawdown(msgspec.Struct, frozen=True):
    """A fall from a peak. ``recovered_ms`` is when equity was back at the peak; None: not up to the end.

    ``fraction`` is of the peak; above 1 where equity fell below zero, None where the peak itself was not above zero.
    """

    value: Decimal
    fraction: float | None
    peak_ms: TimeMs
    trough_ms: TimeMs
    recovered_ms: TimeMs | None
    end_ms: TimeMs
    """The end of the curve."""

    @property
    def duration_ms(self) -> int:
        """From the peak to the recovery, or to the end."""
        return (self.end_ms if self.recovered_ms is None else self.recovered_ms) - self.peak_ms


class Day(msgspec.Struct, frozen=True):
    """Equity at the start and at the end of a day (UTC); ``start_ms`` is its midnight."""

    start_ms: TimeMs
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        """What the day came to, open positions, fees and funding included."""
        return self.after - self.before


def one_per_moment(points: Iterable[EquityPoint]) -> list[EquityPoint]:
    """Of points at the same millisecond only the last: those before it may know half of what happened then."""
    last: dict[TimeMs, EquityPoint] = {}
    for point in points:
        last[point.time_ms] = point
    return [last[time_ms] for time_ms in sorted(last)]


def drawdowns(points: Sequence[EquityPoint]) -> list[Drawdown]:
    """Every fall from a peak up to its recovery, in the order of time; of equal troughs the first counts."""
    out: list[Drawdown] = []
    if not points:
        return out
    peak = trough = points[0]
    for point in points:
        if point.equity >= peak.equity:
            if trough.equity < peak.equity:
                out.append(_fall(peak, trough, point.time_ms, points[-1].time_ms))
            peak = trough = point
        elif point.equity < trough.equity:
            trough = point
    if trough.equity < peak.equity:
        out.append(_fall(peak, trough, None, points[-1].time_ms))
    return out


def deepest(found: Sequence[Drawdown]) -> Drawdown | None:
    """The maximum drawdown by value; of equal ones the first."""
    return max(found, key=lambda each: each.value, default=None)


def deepest_fraction(found: Sequence[Drawdown]) -> float | None:
    """The maximum drawdown as a fraction of its peak, 0 without any; None if a fraction can not be told."""
    fractions = [each.fraction for each in found]
    return max((each for each in fractions if each is not None), default=0.0) if None not in fractions else None


def ulcer_index(points: Sequence[EquityPoint]) -> float | None:
    """``sqrt(mean(d ** 2))`` with d the percentage below the highest point so far (P. Martin 1987), in percent.

    Meant for points at equal distances, such as days. None without points, or where the peak is not above zero.
    """
    squares: list[float] = []
    peak = None
    for point in points:
        peak = point.equity if peak is None else max(peak, point.equity)
        if peak <= 0:
            return None
        squares.append(float(100 * (peak - point.equity) / peak) ** 2)
    return math.sqrt(statistics.fmean(squares)) if squares else None


def day_number(time_ms: int, first_ms: int) -> int:
    """The day that a moment belongs to, counted from 1970; exactly midnight ends a day, as the bar that closes then.

    Only ``first_ms``, where a curve begins, may be the very start of its day.
    """
    return max((time_ms - 1) // DAY_MS, first_ms // DAY_MS)


def days_of(points: Sequence[EquityPoint]) -> list[Day]:
    """The days from the first point to the last, none left out: where nothing happened equity stays.

    The first day begins with the first point, so that the changes add up to what the whole curve came to.
    """
    if not points:
        return []
    first_ms = points[0].time_ms
    closes = {day_number(point.time_ms, first_ms): point.equity for point in points}
    out: list[Day] = []
    before = points[0].equity
    for number in range(first_ms // DAY_MS, day_number(points[-1].time_ms, first_ms) + 1):
        after = closes.get(number, before)
        out.append(Day(TimeMs(number * DAY_MS), before, after))
        before = after
    return out


def returns_of(values: Sequence[Decimal]) -> list[float] | None:
    """Simple returns from one value to the next; None where a value that is not above zero has to grow."""
    if any(before <= 0 for before in values[:-1]):
        return None
    return [float(after / before - 1) for before, after in pairwise(values)]


def day_returns(days: Sequence[Day]) -> list[float] | None:
    """The return of each day; None where equity was not above zero at the start of one."""
    if any(day.before <= 0 for day in days):
        return None
    return [float(day.after / day.before - 1) for day in days]


def month_returns(days: Sequence[Day]) -> dict[tuple[int, int], float | None]:
    """The return of every month as (year, month); None where equity was not above zero at its start."""
    months: dict[tuple[int, int], tuple[Decimal, Decimal]] = {}
    for day in days:
        moment = datetime.fromtimestamp(day.start_ms / 1000, UTC)
        before, _ = months.get((moment.year, moment.month), (day.before, day.before))
        months[moment.year, moment.month] = (before, day.after)
    return {key: float(after / before - 1) if before > 0 else None for key, (before, after) in months.items()}


def _fall(peak: EquityPoint, trough: EquityPoint, recovered_ms: TimeMs | None, end_ms: TimeMs) -> Drawdown:
    value = peak.equity - trough.equity
    fraction = float(value / peak.equity) if peak.equity > 0 else None
    return Drawdown(value, fraction, peak.time_ms, trough.time_ms, recovered_ms, end_ms)
