"""Indicators of traded volume."""

from math import floor, isnan, nan
from typing import ClassVar

from bot.indicators.base import StepIndicator, whole
from bot.indicators.rolling import AVERAGE_SIZE, PREVIOUS_SIZE, ema, previous, quiet_for, rolling_sum, share, sum_size
from bot.indicators.step import CLOSE, HIGH, LOW, START_MS, VOLUME, Numbers, Step, step

DAY_MS = 86_400_000


@step
def volume_sma_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    period = int(params[0])
    mean = rolling_sum(state, 0, period, bar[VOLUME]) / period
    out[0] = mean
    out[1] = share(bar[VOLUME], mean, 1.0)


class VolumeSma(StepIndicator):
    """Simple moving average of the volume, and the last bar's volume as a multiple of it (1 if none is traded)."""

    step: ClassVar[Step] = volume_sma_step
    value: float
    relative: float

    def __init__(self, period: int = 20) -> None:
        self.period = whole("VolumeSma", "period", period)
        self._declare(period, state_size=sum_size(period), warmup_bars=period)


@step
def obv_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period of the EMA. State: last close, EMA, the sum."""
    last = previous(state, 0, bar[CLOSE])
    at = PREVIOUS_SIZE + AVERAGE_SIZE
    if isnan(last) or bar[CLOSE] > last:
        state[at] += bar[VOLUME]
    elif bar[CLOSE] < last:
        state[at] -= bar[VOLUME]
    out[0] = state[at]
    out[1] = ema(state, PREVIOUS_SIZE, int(params[0]), state[at])


class Obv(StepIndicator):
    """Granville's on-balance volume: the sum of volumes, negative where the close fell; and its EMA.

    It begins with the first bar's volume as in TA-Lib (pandas-ta: with 0), so only changes and the distance from
    ``ema`` have a meaning. Source: J. Granville, New Key to Stock Market Profits (1963).
    """

    step: ClassVar[Step] = obv_step
    value: float
    ema: float

    def __init__(self, ema_period: int = 20) -> None:
        self.period = whole("Obv", "ema_period", ema_period)
        self._declare(ema_period, state_size=PREVIOUS_SIZE + AVERAGE_SIZE + 1, warmup_bars=ema_period)


def bought_less_sold(bar: Numbers) -> float:
    """Volume times where the close stands in the range, from -1 at the low to 1 at the high; 0 without range."""
    return bar[VOLUME] * share((bar[CLOSE] - bar[LOW]) - (bar[HIGH] - bar[CLOSE]), bar[HIGH] - bar[LOW], 0.0)


@step
def cmf_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    period = int(params[0])
    size = sum_size(period)
    flow = rolling_sum(state, 0, period, bought_less_sold(bar))
    volume = rolling_sum(state, size, period, bar[VOLUME])
    quiet = quiet_for(state, 2 * size, bar[VOLUME] > 0.0)
    out[0] = nan
    if not isnan(volume):
        out[0] = min(1.0, max(-1.0, flow / volume)) if quiet < period else 0.0


class Cmf(StepIndicator):
    """Chaikin money flow, -1 to 1: volume weighted by where each bar closed in its range, over all volume.

    A bar without range counts nothing; 0 where nothing was traded at all (pandas-ta: NaN).
    """

    step: ClassVar[Step] = cmf_step
    value: float

    def __init__(self, period: int = 20) -> None:
        self.period = whole("Cmf", "period", period)
        self._declare(period, state_size=2 * sum_size(period) + 1, warmup_bars=period)


@step
def volume_delta_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: period."""
    period = int(params[0])
    now = bought_less_sold(bar)
    total = rolling_sum(state, 0, period, now)
    out[0] = now
    out[1] = total
    if isnan(total):
        out[0] = nan


class VolumeDelta(StepIndicator):
    """Volume bought less volume sold, in base coin: of the last bar, and summed over ``period`` bars.

    An estimate from the shape of the candle (volume times the place of the close in the range), because candles do
    not say who was the aggressor; where public trades are received, the market view's trade flow has the true figure.
    """

    step: ClassVar[Step] = volume_delta_step
    value: float
    total: float

    def __init__(self, period: int = 20) -> None:
        self.period = whole("VolumeDelta", "period", period)
        self._declare(period, state_size=sum_size(period), warmup_bars=period)


@step
def session_vwap_step(bar: Numbers, _params: Numbers, state: Numbers, out: Numbers) -> None:
    """State: day + 1 (0: none yet), whether it was seen from its start, money, volume."""
    day = floor(bar[START_MS] / DAY_MS) + 1.0
    if day != state[0]:
        state[1] = 1.0 if state[0] > 0.0 or bar[START_MS] == (day - 1.0) * DAY_MS else 0.0
        state[0] = day
        state[2] = state[3] = 0.0
    typical = (bar[HIGH] + bar[LOW] + bar[CLOSE]) / 3.0
    state[2] += typical * bar[VOLUME]
    state[3] += bar[VOLUME]
    out[0] = share(state[2], state[3], typical) if state[1] > 0.0 else nan


class SessionVwap(StepIndicator):
    """Volume-weighted average of typical prices since the start of the UTC day; the typical price before any volume.

    Not ready until a day was seen from its start.
    """

    step: ClassVar[Step] = session_vwap_step
    value: float

    def __init__(self) -> None:
        self._declare(state_size=4, warmup_bars=1, history_ms=DAY_MS)
