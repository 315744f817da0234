"""Bands and channels around prices."""

from math import isnan, nan, sqrt
from typing import ClassVar

from bot.indicators.base import StepIndicator, real, whole
from bot.indicators.rolling import (
    ATR_SIZE,
    AVERAGE_SIZE,
    atr,
    ema,
    extreme_size,
    highest,
    lowest,
    moments_size,
    rolling_mean,
    variance,
)
from bot.indicators.step import CLOSE, HIGH, LOW, Numbers, Step, step


@step
def bollinger_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, deviations."""
    period = int(params[0])
    middle = rolling_mean(state, 0, period, bar[CLOSE])
    out[0] = nan
    if not isnan(middle):
        distance = params[1] * sqrt(variance(state, 0, period, 0.0))
        out[0] = middle
        out[1] = middle + distance
        out[2] = middle - distance
        out[3] = 200.0 * distance / middle
        # Less than rounding leaves in the mean is no distance: equal prices stand in the middle of their bands.
        out[4] = (bar[CLOSE] - out[2]) / (2.0 * distance) if distance > 1e-14 * middle else 0.5


class Bollinger(StepIndicator):
    """Bollinger bands: the simple average, and ``deviations`` standard deviations above and below.

    The deviation is the population's (divided by ``period``), as Bollinger has it and TA-Lib; pandas-ta does so with
    ``ddof=0``. ``width`` is the distance of the bands in percent of the middle, ``percent_b`` where the close stands:
    0 on the lower band, 1 on the upper; 0.5 where nothing moved. Source: J. Bollinger, Bollinger on Bollinger Bands
    (2001).
    """

    step: ClassVar[Step] = bollinger_step
    middle: float
    upper: float
    lower: float
    width: float
    percent_b: float

    def __init__(self, period: int = 20, deviations: float = 2.0) -> None:
        self.period = whole("Bollinger", "period", period, lowest=2)
        real("Bollinger", "deviations", deviations, highest=100)
        self._declare(period, deviations, state_size=moments_size(period), warmup_bars=period)


@step
def keltner_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, ATR period, multiplier."""
    middle = ema(state, 0, int(params[0]), bar[CLOSE])
    distance = params[2] * atr(state, AVERAGE_SIZE, int(params[1]), bar)
    out[0] = middle
    out[1] = middle + distance
    out[2] = middle - distance


class Keltner(StepIndicator):
    """Keltner channel in Raschke's form: an EMA of closes, and ``multiplier`` ATRs above and below.

    The range is Wilder's ATR of its own period; pandas-ta smooths the true range by an EMA of the same period instead.
    """

    step: ClassVar[Step] = keltner_step
    middle: float
    upper: float
    lower: float

    def __init__(self, period: int = 20, atr_period: int = 10, multiplier: float = 2.0) -> None:
        self.period = whole("Keltner", "period", period)
        whole("Keltner", "atr_period", atr_period)
        real("Keltner", "multiplier", multiplier, highest=100)
        size = AVERAGE_SIZE + ATR_SIZE
        self._declare(period, atr_period, multiplier, state_size=size, warmup_bars=max(period, atr_period + 1))


@step
def donchian_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    period = int(params[0])
    out[0] = highest(state, 0, period, bar[HIGH])
    out[1] = lowest(state, period + 4, period, bar[LOW])
    out[2] = (out[0] + out[1]) / 2.0


class Donchian(StepIndicator):
    """Donchian channel: highest high and lowest low of ``period`` bars, the last one included, and their mean.

    For a breakout compare the close with the channel as it was one bar before.
    """

    step: ClassVar[Step] = donchian_step
    upper: float
    lower: float
    middle: float

    def __init__(self, period: int = 20) -> None:
        self.period = whole("Donchian", "period", period)
        self._declare(period, state_size=2 * extreme_size(period), warmup_bars=period)


@step
def chandelier_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, ATR period, multiplier. State behind windows and ATR: the last exits, the direction."""
    period = int(params[0])
    high = highest(state, 0, period, bar[HIGH])
    low = lowest(state, period + 4, period, bar[LOW])
    at = 8 + 2 * period
    distance = params[2] * atr(state, at, int(params[1]), bar)
    at += ATR_SIZE
    out[0] = nan
    if not isnan(high) and not isnan(distance):
        above = bar[CLOSE] > state[at] and bar[CLOSE] > state[at + 1]  # the exits as they stood before this bar
        if state[at + 2] == 0.0 or above:
            state[at + 2] = 1.0
        elif bar[CLOSE] < state[at] and bar[CLOSE] < state[at + 1]:
            state[at + 2] = -1.0
        state[at] = high - distance
        state[at + 1] = low + distance
        out[0] = state[at]
        out[1] = state[at + 1]
        out[2] = state[at + 2]


class Chandelier(StepIndicator):
    """Chandelier exit: where a trailing stop hangs, ``multiplier`` ATRs below the highest high of ``period`` bars.

    ``long`` is the stop of a long position, ``short`` that of a short one (above the lowest low). ``direction`` turns
    1 with a close above both as they were one bar before, -1 with a close below both; it starts as 1. Source: C. Le
    Beau, in A. Elder, Come Into My Trading Room (2002).
    """

    step: ClassVar[Step] = chandelier_step
    long: float
    short: float
    direction: float

    def __init__(self, period: int = 22, multiplier: float = 3.0, atr_period: int = 22) -> None:
        self.period = whole("Chandelier", "period", period)
        whole("Chandelier", "atr_period", atr_period)
        real("Chandelier", "multiplier", multiplier, highest=100)
        size = 2 * extreme_size(period) + ATR_SIZE + 3
        self._declare(period, atr_period, multiplier, state_size=size, warmup_bars=max(period, atr_period + 1))
