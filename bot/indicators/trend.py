"""Which way prices go, and how decidedly."""

from math import isnan, nan
from typing import ClassVar

from bot.domain.errors import UserError
from bot.indicators.base import StepIndicator, real, whole
from bot.indicators.rolling import ATR_SIZE, AVERAGE_SIZE, PREVIOUS_SIZE, ema, previous, share, true_range, wilder
from bot.indicators.step import CLOSE, HIGH, LOW, Numbers, Step, step


@step
def macd_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: fast, slow, signal period."""
    fast = ema(state, 0, int(params[0]), bar[CLOSE])
    slow = ema(state, AVERAGE_SIZE, int(params[1]), bar[CLOSE])
    out[0] = nan
    if not isnan(slow) and not isnan(fast):
        signal = ema(state, 2 * AVERAGE_SIZE, int(params[2]), fast - slow)
        out[0] = fast - slow
        out[1] = signal
        out[2] = out[0] - signal


class Macd(StepIndicator):
    """Moving average convergence divergence: fast EMA - slow EMA, the EMA of that, and their difference.

    Source: G. Appel, The Moving Average Convergence-Divergence Method (1979).
    """

    step: ClassVar[Step] = macd_step
    macd: float
    signal: float
    histogram: float

    def __init__(self, fast_period: int = 12, slow_period: int = 26, signal_period: int = 9) -> None:
        whole("Macd", "fast_period", fast_period)
        whole("Macd", "slow_period", slow_period)
        whole("Macd", "signal_period", signal_period)
        if fast_period >= slow_period:
            raise UserError(f"Macd: fast_period ({fast_period}) must be smaller than slow_period ({slow_period})")
        self._declare(
            fast_period, slow_period, signal_period,
            state_size=3 * AVERAGE_SIZE, warmup_bars=slow_period + signal_period - 1,
        )  # fmt: skip


DIRECTIONAL_SIZE = 2 * PREVIOUS_SIZE + PREVIOUS_SIZE + 4 * AVERAGE_SIZE


def directional(state: Numbers, at: int, period: int, bar: Numbers, out: Numbers) -> None:
    """Wilder's directional movement: ADX, +DI and -DI into the first places of ``out``; NaN before 2 * period bars."""
    up = bar[HIGH] - previous(state, at, bar[HIGH])
    down = previous(state, at + 2, bar[LOW]) - bar[LOW]
    span = true_range(state, at + 4, bar)
    out[0] = nan
    if isnan(span):
        return
    ranges = wilder(state, at + 6, period, span)
    plus = wilder(state, at + 8, period, up if up > down and up > 0.0 else 0.0)
    minus = wilder(state, at + 10, period, down if down > up and down > 0.0 else 0.0)
    if isnan(ranges):
        return
    out[1] = 100.0 * share(plus, ranges, 0.0)
    out[2] = 100.0 * share(minus, ranges, 0.0)
    out[0] = wilder(state, at + 12, period, 100.0 * share(abs(plus - minus), plus + minus, 0.0))


@step
def adx_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    directional(state, 0, int(params[0]), bar, out)


class Adx(StepIndicator):
    """Wilder's average directional index with +DI and -DI, 0 to 100; 0 where nothing moved.

    Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978).
    """

    step: ClassVar[Step] = adx_step
    adx: float
    plus_di: float
    minus_di: float

    def __init__(self, period: int = 14) -> None:
        self.period = whole("Adx", "period", period)
        self._declare(period, state_size=DIRECTIONAL_SIZE, warmup_bars=2 * period)


BANDS_SIZE = 5


def trailing_bands(state: Numbers, at: int, middle: float, distance: float, close: float, out: Numbers) -> None:
    """The SuperTrend rule: line and direction into ``out``.

    State: begun, upper and lower band, last close, direction.
    """
    upper = middle + distance
    lower = middle - distance
    if state[at] == 0.0:
        state[at] = 1.0
        state[at + 4] = 1.0
    else:
        if upper > state[at + 1] and state[at + 3] <= state[at + 1]:
            upper = state[at + 1]
        if lower < state[at + 2] and state[at + 3] >= state[at + 2]:
            lower = state[at + 2]
        if state[at + 4] > 0.0:
            state[at + 4] = -1.0 if close < lower else 1.0
        else:
            state[at + 4] = 1.0 if close > upper else -1.0
    state[at + 1] = upper
    state[at + 2] = lower
    state[at + 3] = close
    out[0] = lower if state[at + 4] > 0.0 else upper
    out[1] = state[at + 4]


@step
def super_trend_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, multiplier."""
    span = true_range(state, 0, bar)
    out[0] = nan
    if not isnan(span):
        distance = params[1] * wilder(state, PREVIOUS_SIZE, int(params[0]), span)
        if not isnan(distance):
            trailing_bands(state, ATR_SIZE, (bar[HIGH] + bar[LOW]) / 2.0, distance, bar[CLOSE], out)


class SuperTrend(StepIndicator):
    """Seban's SuperTrend: a stop that follows the trend ``multiplier`` ATRs from hl2, and turns when a close passes it.

    The lower band never falls while closes stay above it, the upper never rises while they stay below. ``direction`` is
    1 (``value`` is the lower band) or -1 (the upper); it starts as 1. pandas-ta renews a band on each bar that closes
    beyond the other one, so that its stop may retreat within a trend; this follows the published rule.
    """

    step: ClassVar[Step] = super_trend_step
    value: float
    direction: float

    def __init__(self, period: int = 10, multiplier: float = 3.0) -> None:
        self.period = whole("SuperTrend", "period", period)
        real("SuperTrend", "multiplier", multiplier, highest=100)
        self._declare(period, multiplier, state_size=ATR_SIZE + BANDS_SIZE, warmup_bars=period + 1)


@step
def parabolic_sar_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: step, greatest step. State: bars, last high and low, stop, extreme, factor, direction."""
    high, low = bar[HIGH], bar[LOW]
    last_high, last_low = state[1], state[2]
    state[1], state[2] = high, low
    out[0] = nan
    if state[0] < 2.0:  # noqa: PLR2004 - the first bar, then the one from which it starts
        state[0] += 1.0
        if state[0] < 2.0:  # noqa: PLR2004
            return
        falling = last_low - low > 0.0 and last_low - low > high - last_high
        state[6] = -1.0 if falling else 1.0
        state[3] = last_high if falling else last_low
        state[4] = low if falling else high
        state[5] = params[0]
        last_high, last_low = high, low
    side = state[6]
    # Mirrored for falling prices, so that one rule serves both: near is what can hit the stop, far what leads away.
    near = low if side > 0.0 else -high
    far = high if side > 0.0 else -low
    last_near = last_low if side > 0.0 else -last_high
    last_far = last_high if side > 0.0 else -last_low
    stop, extreme = side * state[3], side * state[4]
    out[2] = 0.0
    if near <= stop:
        stop = -max(extreme, last_far, far)
        out[0] = -side * stop
        out[2] = 1.0
        side = -side
        state[5] = params[0]
        extreme = -near
        last_near, near = -last_far, -far
    else:
        out[0] = side * stop
        if far > extreme:
            extreme = far
            state[5] = min(state[5] + params[0], params[1])
    out[1] = side
    stop = min(stop + state[5] * (extreme - stop), last_near, near)
    state[3], state[4], state[6] = side * stop, side * extreme, side


class ParabolicSar(StepIndicator):
    """Wilder's parabolic stop and reverse.

    ``value`` is the stop in force on the bar, ``direction`` 1 below prices or -1 above, ``reversed`` 1 on the bar that
    hit the old stop. It starts as TA-Lib does, by the directional movement of the second bar. pandas-ta keeps the stop
    out of the last bar's range only, not of the last two, so it differs. Source: Wilder (1978), as ``Adx``.
    """

    step: ClassVar[Step] = parabolic_sar_step
    value: float
    direction: float
    reversed: float

    def __init__(self, acceleration: float = 0.02, acceleration_max: float = 0.2) -> None:
        real("ParabolicSar", "acceleration", acceleration, highest=1)
        real("ParabolicSar", "acceleration_max", acceleration_max, highest=1)
        if acceleration > acceleration_max:
            raise UserError("ParabolicSar: acceleration must not be above acceleration_max")
        self._declare(acceleration, acceleration_max, state_size=7, warmup_bars=2)
