"""Oscillators: how far and how fast prices went, mostly on a scale of 0 to 100."""

from math import isnan, nan
from typing import ClassVar

from bot.indicators.base import StepIndicator, whole
from bot.indicators.rolling import (
    AVERAGE_SIZE,
    PREVIOUS_SIZE,
    deviation_sizes,
    extreme_size,
    highest,
    lag_size,
    lagged,
    lowest,
    previous,
    quiet_for,
    rolling_sum,
    share,
    smoothed,
    sum_size,
    wilder,
)
from bot.indicators.step import CLOSE, HIGH, LOW, VOLUME, Numbers, Step, step

RSI_SIZE = PREVIOUS_SIZE + 2 * AVERAGE_SIZE


def rsi(state: Numbers, at: int, period: int, value: float) -> float:
    """Wilder's relative strength index of the values; NaN before ``period + 1`` of them."""
    last = previous(state, at, value)
    if isnan(last):
        return nan
    change = value - last
    gain = wilder(state, at + 2, period, change if change > 0.0 else 0.0)
    loss = wilder(state, at + 4, period, -change if change < 0.0 else 0.0)
    if not isnan(gain):
        return 100.0 * share(gain, gain + loss, 0.5)
    return nan


@step
def rsi_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    out[0] = rsi(state, 0, int(params[0]), bar[CLOSE])


class Rsi(StepIndicator):
    """Wilder's relative strength index of closes, 0 to 100; 50 where nothing moved.

    ``100 * gain / (gain + loss)``, both smoothed by Wilder's average from the mean of the first ``period`` changes.
    Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978).
    """

    step: ClassVar[Step] = rsi_step
    value: float

    def __init__(self, period: int = 14) -> None:
        self.period = whole("Rsi", "period", period)
        self._declare(period, state_size=RSI_SIZE, warmup_bars=period + 1)


@step
def stoch_rsi_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, RSI period, k, d."""
    period, k, d = int(params[0]), int(params[2]), int(params[3])
    out[0] = nan
    strength = rsi(state, 0, int(params[1]), bar[CLOSE])
    if isnan(strength):
        return
    high = highest(state, 6, period, strength)
    low = lowest(state, 10 + period, period, strength)
    if isnan(high):
        return
    at = 14 + 2 * period
    out[0] = smoothed(state, at, k, 100.0 * share(strength - low, high - low, 0.5))
    out[1] = nan
    if not isnan(out[0]):
        out[1] = smoothed(state, at + sum_size(k), d, out[0])


class StochRsi(StepIndicator):
    """Stochastic of the RSI, 0 to 100: where the RSI stands within its own range of ``period`` bars.

    ``k`` and ``d`` are its simple averages. Where the RSI did not move it counts as 50 (pandas-ta: 0).
    Source: T. Chande and S. Kroll, The New Technical Trader (1994).
    """

    step: ClassVar[Step] = stoch_rsi_step
    k: float
    d: float

    def __init__(self, period: int = 14, rsi_period: int = 14, k_period: int = 3, d_period: int = 3) -> None:
        whole("StochRsi", "period", period)
        whole("StochRsi", "rsi_period", rsi_period)
        whole("StochRsi", "k_period", k_period)
        whole("StochRsi", "d_period", d_period)
        size = RSI_SIZE + 2 * extreme_size(period) + sum_size(k_period) + sum_size(d_period)
        self._declare(
            period, rsi_period, k_period, d_period,
            state_size=size, warmup_bars=rsi_period + period + k_period + d_period - 2,
        )  # fmt: skip


@step
def stochastic_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period, k, d."""
    period, k, d = int(params[0]), int(params[1]), int(params[2])
    high = highest(state, 0, period, bar[HIGH])
    low = lowest(state, period + 4, period, bar[LOW])
    out[0] = out[1] = nan
    if isnan(high):
        return
    at = 8 + 2 * period
    out[0] = smoothed(state, at, k, 100.0 * share(bar[CLOSE] - low, high - low, 0.5))
    if not isnan(out[0]):
        out[1] = smoothed(state, at + sum_size(k), d, out[0])


class Stochastic(StepIndicator):
    """Lane's slow stochastic, 0 to 100: where the close stands within the range of ``period`` bars.

    ``k`` is its simple average over ``k_period`` bars (1: the fast stochastic), ``d`` that of ``k``. 50 where there is
    no range (TA-Lib and pandas-ta: 0).
    """

    step: ClassVar[Step] = stochastic_step
    k: float
    d: float

    def __init__(self, period: int = 14, k_period: int = 3, d_period: int = 3) -> None:
        whole("Stochastic", "period", period)
        whole("Stochastic", "k_period", k_period)
        whole("Stochastic", "d_period", d_period)
        size = 2 * extreme_size(period) + sum_size(k_period) + sum_size(d_period)
        self._declare(period, k_period, d_period, state_size=size, warmup_bars=period + k_period + d_period - 2)


@step
def cci_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    period = int(params[0])
    typical = (bar[HIGH] + bar[LOW] + bar[CLOSE]) / 3.0
    total = rolling_sum(state, 0, period, typical)
    out[0] = nan
    if not isnan(total):
        mean = total / period
        spread = deviation_sizes(state, 0, period, mean) / period
        # Less than rounding leaves in the mean is no spread: equal prices must not look stretched.
        out[0] = (typical - mean) / (0.015 * spread) if spread > 1e-14 * mean else 0.0


class Cci(StepIndicator):
    """Lambert's commodity channel index: ``(tp - mean) / (0.015 * mean deviation)``, tp = (high + low + close) / 3.

    0 where nothing moved. pandas-ta 0.4.71b0 without TA-Lib lacks a bracket here (it gives ``tp - mean / (...)``);
    this is as published (D. Lambert, Commodities, October 1980) and as in TA-Lib.
    """

    step: ClassVar[Step] = cci_step
    value: float

    def __init__(self, period: int = 20) -> None:
        self.period = whole("Cci", "period", period, lowest=2)
        self._declare(period, state_size=sum_size(period), warmup_bars=period)


@step
def williams_r_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    period = int(params[0])
    high = highest(state, 0, period, bar[HIGH])
    low = lowest(state, period + 4, period, bar[LOW])
    out[0] = -100.0 * share(high - bar[CLOSE], high - low, 0.5)


class WilliamsR(StepIndicator):
    """Williams %R, -100 to 0: how far the close is below the highest high of ``period`` bars; -50 without range."""

    step: ClassVar[Step] = williams_r_step
    value: float

    def __init__(self, period: int = 14) -> None:
        self.period = whole("WilliamsR", "period", period)
        self._declare(period, state_size=2 * extreme_size(period), warmup_bars=period)


@step
def mfi_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period. State: last typical price, sums of money flowing in and out, bars without either."""
    period = int(params[0])
    typical = (bar[HIGH] + bar[LOW] + bar[CLOSE]) / 3.0
    last = previous(state, 0, typical)
    out[0] = nan
    if not isnan(last):
        flow = typical * bar[VOLUME]
        rounding = 1e-14 * typical  # equal sums of three prices may differ in their last digit
        rose, fell = typical - last > rounding, last - typical > rounding
        size = sum_size(period)
        gain = rolling_sum(state, 2, period, flow if rose else 0.0)
        loss = rolling_sum(state, 2 + size, period, flow if fell else 0.0)
        no_gain = quiet_for(state, 2 + 2 * size, flow > 0.0 and rose)
        no_loss = quiet_for(state, 3 + 2 * size, flow > 0.0 and fell)
        if not isnan(gain):
            gain = gain if no_gain < period else 0.0  # of a sum of zeros rounding may have left something
            loss = loss if no_loss < period else 0.0
            out[0] = 100.0 * share(gain, gain + loss, 0.5)


class Mfi(StepIndicator):
    """Money flow index, 0 to 100: the share of money (typical price * volume) traded in bars that rose.

    Bars whose typical price did not change count on neither side, as published and as in TA-Lib (pandas-ta counts them
    as falling). 50 where no money moved. Source: G. Quong and A. Soudack, Stocks & Commodities 7 (1989).
    """

    step: ClassVar[Step] = mfi_step
    value: float

    def __init__(self, period: int = 14) -> None:
        self.period = whole("Mfi", "period", period)
        self._declare(period, state_size=PREVIOUS_SIZE + 2 * sum_size(period) + 2, warmup_bars=period + 1)


@step
def roc_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    then = lagged(state, 0, int(params[0]), bar[CLOSE])
    out[0] = 100.0 * (bar[CLOSE] - then) / then if then > 0.0 else nan


class Roc(StepIndicator):
    """Rate of change: by how many percent the close differs from that of ``period`` bars ago."""

    step: ClassVar[Step] = roc_step
    value: float

    def __init__(self, period: int = 10) -> None:
        self.period = whole("Roc", "period", period)
        self._declare(period, state_size=lag_size(period), warmup_bars=period + 1)


@step
def momentum_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    out[0] = bar[CLOSE] - lagged(state, 0, int(params[0]), bar[CLOSE])


class Momentum(StepIndicator):
    """The close minus that of ``period`` bars ago, in quote per base."""

    step: ClassVar[Step] = momentum_step
    value: float

    def __init__(self, period: int = 10) -> None:
        self.period = whole("Momentum", "period", period)
        self._declare(period, state_size=lag_size(period), warmup_bars=period + 1)
