"""Price levels that others watch."""

from math import floor, nan
from typing import ClassVar

from bot.indicators.base import StepIndicator, whole
from bot.indicators.rolling import extreme_age, extreme_size, highest, lowest
from bot.indicators.step import CLOSE, HIGH, LOW, START_MS, Numbers, Step, step
from bot.indicators.volume import DAY_MS

DAY_SIZE = 9


def day_before(state: Numbers, bar: Numbers) -> bool:
    """Keep high, low and close of the UTC day before the bar's in places 6 to 8; whether all of it was seen.

    State: day + 1 (0: none yet), whether it was seen from its start, its high, low, close; whether the day before is
    known, its high, low, close.
    """
    day = floor(bar[START_MS] / DAY_MS) + 1.0
    if day != state[0]:
        state[5] = 1.0 if state[1] > 0.0 and state[0] == day - 1.0 else 0.0
        state[6], state[7], state[8] = state[2], state[3], state[4]
        state[1] = 1.0 if state[0] == day - 1.0 or bar[START_MS] == (day - 1.0) * DAY_MS else 0.0
        state[0] = day
        state[2], state[3] = bar[HIGH], bar[LOW]
    if bar[HIGH] > state[2]:
        state[2] = bar[HIGH]
    if bar[LOW] < state[3]:
        state[3] = bar[LOW]
    state[4] = bar[CLOSE]
    return state[5] > 0.0


@step
def pivot_points_step(bar: Numbers, _params: Numbers, state: Numbers, out: Numbers) -> None:
    """No params."""
    out[0] = nan
    if day_before(state, bar):
        high, low = state[6], state[7]
        pivot = (high + low + state[8]) / 3.0
        out[0] = pivot
        out[1] = 2.0 * pivot - low
        out[2] = pivot + (high - low)
        out[3] = pivot + 2.0 * (high - low)
        out[4] = 2.0 * pivot - high
        out[5] = pivot - (high - low)
        out[6] = pivot - 2.0 * (high - low)


class PivotPoints(StepIndicator):
    """Classic floor traders' pivot points of the UTC day before, the same for the whole day.

    P = (H + L + C) / 3; R1 = 2 P - L, S1 = 2 P - H; R2, S2 = P +- (H - L); R3, S3 = P +- 2 (H - L). Not ready until a
    day was seen from its start to its end; a missing day makes them not ready again.
    """

    step: ClassVar[Step] = pivot_points_step
    pivot: float
    r1: float
    r2: float
    r3: float
    s1: float
    s2: float
    s3: float

    def __init__(self) -> None:
        self._declare(state_size=DAY_SIZE, warmup_bars=2, history_ms=2 * DAY_MS)


@step
def fibonacci_pivots_step(bar: Numbers, _params: Numbers, state: Numbers, out: Numbers) -> None:
    """No params."""
    out[0] = nan
    if day_before(state, bar):
        span = state[6] - state[7]
        pivot = (state[6] + state[7] + state[8]) / 3.0
        out[0] = pivot
        out[1], out[2], out[3] = pivot + 0.382 * span, pivot + 0.618 * span, pivot + span
        out[4], out[5], out[6] = pivot - 0.382 * span, pivot - 0.618 * span, pivot - span


class FibonacciPivots(PivotPoints):
    """Pivot points of the UTC day before whose distances are 0.382, 0.618 and 1 times its range.

    Ready as ``PivotPoints``, with the same outputs.
    """

    step: ClassVar[Step] = fibonacci_pivots_step


@step
def fibonacci_retracement_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    period = int(params[0])
    high = highest(state, 0, period, bar[HIGH])
    low = lowest(state, period + 4, period, bar[LOW])
    rising = extreme_age(state, 0) <= extreme_age(state, period + 4)
    start, back = (high, low - high) if rising else (low, high - low)
    out[0] = high
    out[1] = low
    out[2] = 1.0 if rising else -1.0
    out[3] = start + 0.236 * back
    out[4] = start + 0.382 * back
    out[5] = start + 0.5 * back
    out[6] = start + 0.618 * back
    out[7] = start + 0.786 * back


class FibonacciRetracement(StepIndicator):
    """How far prices came back from the last swing: the range between highest high and lowest low of ``period`` bars.

    ``direction`` is 1 if the high came later (levels count down from it), -1 if the low did (they count up).
    """

    step: ClassVar[Step] = fibonacci_retracement_step
    high: float
    low: float
    direction: float
    level_236: float
    level_382: float
    level_500: float
    level_618: float
    level_786: float

    def __init__(self, period: int = 100) -> None:
        self.period = whole("FibonacciRetracement", "period", period, lowest=2)
        self._declare(period, state_size=2 * extreme_size(period), warmup_bars=period)
