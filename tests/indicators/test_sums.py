"""Running sums forget what has left their window, and equal prices stay equal, however long the window."""

from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.values import Candle, TimeMs
from bot.indicators import Cci, Cmf, Mfi, Sma, StepIndicator, VolumeDelta, VolumeSma, Vwma, whole_array

PERIOD = 5
WILD = st.floats(1e-8, 9e14) | st.floats(0.9, 1.1)


def candle(index: int, low: float, share: float, volume: float) -> Candle:
    return Candle(TimeMs(index * 60_000), low, low * 1.01, low, low * (1.0 + 0.01 * share), volume)


@given(st.lists(st.tuples(WILD, st.floats(0.0, 1.0), st.floats(0.0, 1e18) | st.just(0.0)), min_size=10, max_size=60))
def test_sums_are_those_of_their_window_after_any_jump(rows: list[tuple[float, float, float]]) -> None:
    bars = [candle(index, *row) for index, row in enumerate(rows)]
    sma, volumes = Sma(PERIOD), VolumeSma(PERIOD)
    found = whole_array([sma, volumes], bars)
    for end in range(PERIOD, len(bars) + 1):
        window = bars[end - PERIOD : end]
        expected = [fsum(each.close for each in window) / PERIOD, fsum(each.volume for each in window) / PERIOD]
        got = [found[sma]["value"][end - 1], found[volumes]["value"][end - 1]]
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("kind", [Vwma, Cmf, Mfi, VolumeDelta, Cci])
def test_an_outlier_leaves_nothing_behind(kind: type[Vwma | Cmf | Mfi | VolumeDelta | Cci]) -> None:
    random = np.random.default_rng(3)
    bars = [candle(index, 1.0 + 0.01 * random.random(), random.random(), random.random()) for index in range(90)]
    bars[33] = candle(33, 1.0, 0.4, 1e12)
    bars[61] = candle(61, 1e6, 0.6, 0.5)
    wanted: StepIndicator = kind(20)
    found = whole_array([wanted], bars)[wanted]
    for end in (55, 60, 83, 90):  # in the middle of a round of the ring, with the outlier just gone
        alone: StepIndicator = kind(20)
        afresh = whole_array([alone], bars[end - alone.warmup_bars : end])[alone]
        for name in wanted.outputs:
            assert found[name][end - 1] == pytest.approx(afresh[name][-1], rel=1e-12), name


@pytest.mark.parametrize("period", [2, 20, 1000, 5000])
@pytest.mark.parametrize("price", [0.1, 1e-8, 60000.1, 1 / 3, 0.7])
def test_equal_prices_are_never_stretched(period: int, price: float) -> None:
    cci = Cci(period)
    bars = [Candle(TimeMs(index * 60_000), price, price, price, price, 1.0) for index in range(2 * period + 3)]
    assert set(whole_array([cci], bars)[cci]["value"][period - 1 :]) == {0.0}
