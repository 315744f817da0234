"""How much prices move."""

from math import isnan, log, nan, sqrt
from typing import ClassVar

from bot.indicators.base import StepIndicator, real, whole
from bot.indicators.rolling import (
    ATR_SIZE,
    PREVIOUS_SIZE,
    atr,
    moments_size,
    previous,
    rolling_mean,
    rolling_sum,
    share,
    sum_size,
    true_range,
    variance,
)
from bot.indicators.step import CLOSE, Numbers, Step, step


@step
def true_range_step(bar: Numbers, _params: Numbers, state: Numbers, out: Numbers) -> None:
    """No params."""
    out[0] = true_range(state, 0, bar)


class TrueRange(StepIndicator):
    """Greatest of high - low, abs(high - last close) and abs(low - last close); not ready on the first bar."""

    step: ClassVar[Step] = true_range_step
    value: float

    def __init__(self) -> None:
        self._declare(state_size=PREVIOUS_SIZE, warmup_bars=2)


@step
def atr_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    out[0] = atr(state, 0, int(params[0]), bar)


class Atr(StepIndicator):
    """Wilder's average true range, in quote per base.

    Starts as the plain average of the first ``period`` true ranges, the first bar (which has no close before it) left
    out, as TA-Lib does. Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978).
    """

    step: ClassVar[Step] = atr_step
    value: float

    def __init__(self, period: int = 14) -> None:
        self.period = whole("Atr", "period", period)
        self._declare(period, state_size=ATR_SIZE, warmup_bars=period + 1)


@step
def volatility_index_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, base period."""
    base = int(params[1])
    now = atr(state, 0, int(params[0]), bar)
    out[0] = nan
    if not isnan(now):
        out[0] = 100.0 * now / bar[CLOSE]
        out[1] = share(out[0], rolling_sum(state, ATR_SIZE, base, out[0]) / base, 1.0)


class VolatilityIndex(StepIndicator):
    """ATR normalised by the price, and by what is usual.

    ``value`` is the ATR in percent of the close (pandas-ta and TA-Lib: NATR); ``relative`` is ``value`` divided by its
    own mean over ``base_period`` bars: 1 is as usual, 2 twice as much; 1 where nothing ever moved.
    """

    step: ClassVar[Step] = volatility_index_step
    value: float
    relative: float

    def __init__(self, period: int = 14, base_period: int = 100) -> None:
        self.period = whole("VolatilityIndex", "period", period)
        whole("VolatilityIndex", "base_period", base_period)
        size = ATR_SIZE + sum_size(base_period)
        self._declare(period, base_period, state_size=size, warmup_bars=period + base_period)


@step
def realised_volatility_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, square root of the bars per year."""
    period = int(params[0])
    last = previous(state, 0, bar[CLOSE])
    out[0] = nan
    if not isnan(last):
        mean = rolling_mean(state, 2, period, log(bar[CLOSE] / last))
        if not isnan(mean):
            out[0] = sqrt(variance(state, 2, period, 1.0)) * params[1]


class RealisedVolatility(StepIndicator):
    """Sample standard deviation of the last ``period`` log returns of closes, as a fraction (0.01 is 1 %).

    Per bar, or for ``bars_per_year`` times the square root of that: a year of five-minute bars has 105,120.
    """

    step: ClassVar[Step] = realised_volatility_step
    value: float

    def __init__(self, period: int = 20, bars_per_year: float = 1.0) -> None:
        self.period = whole("RealisedVolatility", "period", period, lowest=2)
        factor = sqrt(real("RealisedVolatility", "bars_per_year", bars_per_year, highest=1e9))
        self._declare(period, factor, state_size=PREVIOUS_SIZE + moments_size(period), warmup_bars=period + 1)
