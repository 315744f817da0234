"""What kind of market it is."""

from enum import IntEnum
from math import isnan, nan
from typing import ClassVar

from bot.indicators.base import StepIndicator, real, whole
from bot.indicators.rolling import ATR_SIZE, AVERAGE_SIZE, atr, ema, lag_size, lagged
from bot.indicators.step import CLOSE, Numbers, Step, step
from bot.indicators.trend import DIRECTIONAL_SIZE, directional


class Regime(IntEnum):
    """A kind of market."""

    UNKNOWN = 0
    UP_TREND = 1
    DOWN_TREND = 2
    RANGE = 3
    HIGH_VOLATILITY = 4
    CALM = 5


_DIRECTIONAL_OUTPUTS = 3
_SMALLER_SIZE = 2


def ramp(value: float, low: float, high: float) -> float:
    """0 up to ``low``, 1 from ``high``, a straight line between."""
    if value <= low:
        return 0.0
    if value >= high:
        return 1.0
    return (value - low) / (high - low)


def rank(state: Numbers, at: int, period: int, value: float) -> float:
    """Share of the ``period`` values before this one that are smaller, equal ones counting half; NaN before that."""
    ring = at + _SMALLER_SIZE
    full = state[at + 1] != 0.0
    below = equal = 0
    if full:
        for index in range(period):
            below += 1 if state[ring + index] < value else 0
            equal += 1 if state[ring + index] == value else 0
    place = int(state[at])
    state[ring + place] = value
    place += 1
    if place == period:
        place = 0
        state[at + 1] = 1.0
    state[at] = place
    if full:
        return (below + 0.5 * equal) / period
    return nan


@step
def market_regime_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: ADX period, EMA period, slope bars, rank period, least confidence. Out 4 to 6 serve +DI and -DI."""
    directional_at = 3
    at = directional_at + DIRECTIONAL_SIZE
    directional(state, directional_at, int(params[0]), bar, state)
    adx, plus, minus = state[0], state[1], state[2]
    span = atr(state, at, int(params[0]), bar)
    at += ATR_SIZE
    average = ema(state, at, int(params[1]), bar[CLOSE])
    at += AVERAGE_SIZE
    out[0] = nan
    if isnan(average) or isnan(span):
        return
    before = lagged(state, at, int(params[2]), average)
    place = rank(state, at + int(params[2]) + 2, int(params[3]), span / bar[CLOSE])
    if isnan(before) or isnan(place) or isnan(adx):
        return
    slope = (average - before) / (span * params[2]) if span > 0.0 else 0.0
    agree = 1.0 if (plus > minus and slope > 0.0) or (minus > plus and slope < 0.0) else 0.0
    trend = agree * ramp(adx, 15.0, 35.0)
    wild = ramp(place, 0.85, 1.0)
    quiet = ramp(1.0 - place, 0.85, 1.0)
    flat = (1.0 - ramp(adx, 15.0, 30.0)) * (1.0 - max(wild, quiet))
    best = max(trend, wild, quiet, flat)
    out[0] = 0.0
    if best >= params[4]:
        if trend == best:
            out[0] = 1.0 if slope > 0.0 else 2.0
        elif wild == best:
            out[0] = 4.0
        elif quiet == best:
            out[0] = 5.0
        else:
            out[0] = 3.0
    out[1] = best
    out[2] = adx
    out[3] = place
    out[4] = slope


class MarketRegime(StepIndicator):
    """The kind of market, with a confidence of 0 to 1, from Wilder's ADX, the rank of the ATR and the slope of an EMA.

    Four kinds are scored, the highest score is the ``confidence`` and its kind the regime; below ``confidence_min``
    it is UNKNOWN. With ``ramp(x, a, b)`` from 0 at a to 1 at b:

    - trend: ramp(ADX, 15, 35) if +DI/-DI and the slope point the same way, otherwise 0; up or down by the slope;
    - high volatility: ramp(rank, 0.85, 1), where ``volatility_rank`` is the share of the last ``rank_period`` bars
      whose ATR / close was smaller;
    - calm: ramp(1 - rank, 0.85, 1);
    - range: (1 - ramp(ADX, 15, 30)) * (1 - the greater of the two above).

    ``slope`` is the change of the EMA per bar over ``slope_bars``, in ATRs. Wilder takes an ADX above 25 for a trend
    and below 20 for none: there the scores are 0.5 and 0.67. ``kind`` is ``code`` as a ``Regime``.
    """

    step: ClassVar[Step] = market_regime_step
    code: float
    confidence: float
    adx: float
    volatility_rank: float
    slope: float

    def __init__(
        self,
        adx_period: int = 14,
        ema_period: int = 50,
        slope_bars: int = 10,
        rank_period: int = 100,
        confidence_min: float = 0.3,
    ) -> None:
        whole("MarketRegime", "adx_period", adx_period)
        whole("MarketRegime", "ema_period", ema_period)
        whole("MarketRegime", "slope_bars", slope_bars)
        whole("MarketRegime", "rank_period", rank_period)
        real("MarketRegime", "confidence_min", confidence_min, highest=1)
        size = _DIRECTIONAL_OUTPUTS + DIRECTIONAL_SIZE + ATR_SIZE + AVERAGE_SIZE
        size += lag_size(slope_bars) + _SMALLER_SIZE + rank_period
        known = max(ema_period, adx_period + 1)
        self._declare(
            adx_period, ema_period, slope_bars, rank_period, confidence_min,
            state_size=size, warmup_bars=max(known + slope_bars, known + rank_period, 2 * adx_period),
        )  # fmt: skip

    @property
    def kind(self) -> Regime:
        """The regime; UNKNOWN while not ready."""
        return Regime(int(self.code)) if self.ready else Regime.UNKNOWN
