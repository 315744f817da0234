"""Moving averages."""

from math import cos, exp, isnan, nan, pi, sqrt
from typing import ClassVar

from bot.indicators.base import StepIndicator, whole
from bot.indicators.rolling import AVERAGE_SIZE, ema, quiet_for, rolling_sum, sum_size, wilder
from bot.indicators.source import source_code, source_of
from bot.indicators.step import CLOSE, VOLUME, Numbers, Step, step


@step
def sma_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, source."""
    period = int(params[0])
    out[0] = rolling_sum(state, 0, period, source_of(bar, params[1])) / period


class Sma(StepIndicator):
    """Simple moving average: the mean of the last ``period`` values."""

    step: ClassVar[Step] = sma_step
    value: float

    def __init__(self, period: int = 20, source: str = "close") -> None:
        self.period = whole("Sma", "period", period)
        self._declare(period, source_code("Sma", source), state_size=sum_size(period), warmup_bars=period)


@step
def ema_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, source."""
    out[0] = ema(state, 0, int(params[0]), source_of(bar, params[1]))


class Ema(StepIndicator):
    """Exponential moving average: ``value += (close - value) * 2 / (period + 1)``.

    Starts from the simple average of the first ``period`` values, as TA-Lib does.
    """

    step: ClassVar[Step] = ema_step
    value: float

    def __init__(self, period: int = 20, source: str = "close") -> None:
        self.period = whole("Ema", "period", period)
        self._declare(period, source_code("Ema", source), state_size=AVERAGE_SIZE, warmup_bars=period)


@step
def dema_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, source."""
    period = int(params[0])
    once = ema(state, 0, period, source_of(bar, params[1]))
    out[0] = nan
    if not isnan(once):
        out[0] = 2.0 * once - ema(state, AVERAGE_SIZE, period, once)


class Dema(StepIndicator):
    """Double exponential moving average: ``2 EMA - EMA of the EMA``.

    Source: P. Mulloy, Smoothing Data with Faster Moving Averages, Stocks & Commodities 12 (1994).
    """

    step: ClassVar[Step] = dema_step
    value: float

    def __init__(self, period: int = 20, source: str = "close") -> None:
        self.period = whole("Dema", "period", period)
        code = source_code("Dema", source)
        self._declare(period, code, state_size=2 * AVERAGE_SIZE, warmup_bars=2 * period - 1)


@step
def rma_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, source."""
    out[0] = wilder(state, 0, int(params[0]), source_of(bar, params[1]))


class Rma(StepIndicator):
    """Wilder's moving average: ``value += (close - value) / period``, from the mean of the first ``period`` values.

    Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978).
    """

    step: ClassVar[Step] = rma_step
    value: float

    def __init__(self, period: int = 14, source: str = "close") -> None:
        self.period = whole("Rma", "period", period)
        self._declare(period, source_code("Rma", source), state_size=AVERAGE_SIZE, warmup_bars=period)


@step
def vwma_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period. State: sums of close * volume, of volume, of close; bars without any."""
    period = int(params[0])
    size = sum_size(period)
    money = rolling_sum(state, 0, period, bar[CLOSE] * bar[VOLUME])
    volume = rolling_sum(state, size, period, bar[VOLUME])
    closes = rolling_sum(state, 2 * size, period, bar[CLOSE])
    quiet = quiet_for(state, 3 * size, bar[VOLUME] > 0.0)
    out[0] = money / volume if quiet < period else closes / period


class Vwma(StepIndicator):
    """Volume-weighted moving average of closes: ``sum(close * volume) / sum(volume)`` over ``period`` bars.

    Where nothing was traded in the whole window it is the simple average (pandas-ta has NaN there).
    """

    step: ClassVar[Step] = vwma_step
    value: float

    def __init__(self, period: int = 20) -> None:
        self.period = whole("Vwma", "period", period)
        self._declare(period, state_size=3 * sum_size(period) + 1, warmup_bars=period)


def super_smooth(state: Numbers, at: int, period: int, value: float, factors: Numbers, first: int) -> float:
    """Ehlers' two-pole filter; its two factors are at ``first`` of ``factors``. State: count, last value, two outputs.

    It starts on the first value, and counts as settled after two periods (NaN before).
    """
    if state[at] == 0.0:
        state[at + 1] = state[at + 2] = state[at + 3] = value
    state[at] += 1.0
    b, c = factors[first], factors[first + 1]
    now = (1.0 - b - c) * (value + state[at + 1]) / 2.0 + b * state[at + 2] + c * state[at + 3]
    state[at + 1] = value
    state[at + 3] = state[at + 2]
    state[at + 2] = now
    if state[at] < 2.0 * period:
        return nan
    return now


SMOOTH_SIZE = 4


def smooth_factors(period: int) -> tuple[float, float]:
    """What ``super_smooth`` needs, for the critical period: ``2 a cos(sqrt(2) pi / period)`` and ``-a * a``."""
    a = exp(-sqrt(2.0) * pi / period)
    return 2.0 * a * cos(sqrt(2.0) * pi / period), -a * a


@step
def super_smoother_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, source, two factors."""
    out[0] = super_smooth(state, 0, int(params[0]), source_of(bar, params[1]), params, 2)


class SuperSmoother(StepIndicator):
    """Ehlers' two-pole super smoother: what is quicker than ``period`` bars is filtered out.

    ``value = (1 - b - c) * (x + last x) / 2 + b * last + c * the one before``, with ``a = exp(-sqrt(2) pi / period)``,
    ``b = 2 a cos(sqrt(2) pi / period)`` and ``c = -a a``. Source: J. Ehlers, Cycle Analytics for Traders (2013), ch. 3.
    """

    step: ClassVar[Step] = super_smoother_step
    value: float

    def __init__(self, period: int = 10, source: str = "close") -> None:
        self.period = whole("SuperSmoother", "period", period, lowest=3)
        code = source_code("SuperSmoother", source)
        self._declare(period, code, *smooth_factors(period), state_size=SMOOTH_SIZE, warmup_bars=2 * period)
