"""Ehlers' filters put to use."""

from math import isnan, nan
from typing import ClassVar, Self

from bot.indicators.averages import SMOOTH_SIZE, smooth_factors, super_smooth
from bot.indicators.base import StepIndicator, real, whole
from bot.indicators.rolling import ATR_SIZE, atr
from bot.indicators.step import CLOSE, HIGH, LOW, Numbers, Step, step
from bot.indicators.trend import BANDS_SIZE, trailing_bands


@step
def ehlers_super_trend_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: ATR period, multiplier, smoothing period, its two factors."""
    smooth = super_smooth(state, 0, int(params[2]), (bar[HIGH] + bar[LOW]) / 2.0, params, 3)
    distance = params[1] * atr(state, SMOOTH_SIZE, int(params[0]), bar)
    out[0] = nan
    if not isnan(smooth) and not isnan(distance):
        trailing_bands(state, SMOOTH_SIZE + ATR_SIZE, smooth, distance, bar[CLOSE], out)
        out[2] = smooth


class EhlersSuperTrend(StepIndicator):
    """SuperTrend whose bands hang on Ehlers' super smoother of hl2 instead of on hl2 itself.

    ``smooth`` is the filtered price; ``value`` and ``direction`` are as in ``SuperTrend``: the same ATR distance, the
    same rule for carrying the bands and for turning (by the close). Noise shorter than ``smooth_period`` bars no
    longer moves the bands, so it turns less often. There is no published standard; this definition is ours, checked
    against its parts. ``fast()`` and ``slow()`` are the pair that the confluence strategy compares.
    """

    step: ClassVar[Step] = ehlers_super_trend_step
    value: float
    direction: float
    smooth: float

    def __init__(self, atr_period: int = 10, multiplier: float = 2.0, smooth_period: int = 10) -> None:
        self.period = whole("EhlersSuperTrend", "atr_period", atr_period)
        real("EhlersSuperTrend", "multiplier", multiplier, highest=100)
        whole("EhlersSuperTrend", "smooth_period", smooth_period, lowest=3)
        self._declare(
            atr_period, multiplier, smooth_period, *smooth_factors(smooth_period),
            state_size=SMOOTH_SIZE + ATR_SIZE + BANDS_SIZE, warmup_bars=max(2 * smooth_period, atr_period + 1),
        )  # fmt: skip

    @classmethod
    def fast(cls) -> Self:
        """The quick one of the pair: 10 bars, 2 ATRs, smoothed over 10."""
        return cls(10, 2.0, 10)

    @classmethod
    def slow(cls) -> Self:
        """The slow one of the pair: 20 bars, 3 ATRs, smoothed over 20."""
        return cls(20, 3.0, 20)
