"""Each indicator, fed one bar at a time, is what its published definition gives over all bars at once."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.values import Candle
from bot.indicators.averages import Ema
from bot.indicators.momentum import Rsi
from bot.indicators.volatility import Atr
from tests.core.samples import bar
from tests.indicators import definitions
from tests.indicators.samples import AnyIndicator, arrays, fed, markets

PERIODS = st.integers(1, 30)
MAKERS: tuple[Callable[[int], AnyIndicator], ...] = (Ema, Rsi, Atr)


@given(markets(), PERIODS)
def test_ema(bars: list[Candle], period: int) -> None:
    _, _, closes = arrays(bars)
    np.testing.assert_allclose(fed(Ema(period), bars), definitions.ema(closes, period), rtol=1e-9)


@given(markets(), PERIODS)
def test_rsi(bars: list[Candle], period: int) -> None:
    _, _, closes = arrays(bars)
    np.testing.assert_allclose(fed(Rsi(period), bars), definitions.rsi(closes, period), rtol=1e-6, atol=1e-6)


@given(markets(), PERIODS)
def test_atr(bars: list[Candle], period: int) -> None:
    np.testing.assert_allclose(fed(Atr(period), bars), definitions.atr(*arrays(bars), period), rtol=1e-9, atol=1e-7)


@given(markets(), PERIODS)
def test_values_stay_where_they_belong(bars: list[Candle], period: int) -> None:
    highs, lows, closes = arrays(bars)
    slack = 1e-9 * highs.max()
    average, strength, ranges = fed(Ema(period), bars), fed(Rsi(period), bars), fed(Atr(period), bars)
    assert not np.any(average < closes.min() - slack)
    assert not np.any(average > closes.max() + slack)
    assert not np.any((strength < 0) | (strength > 100))
    assert not np.any(ranges < -slack)
    assert not np.any(ranges > highs.max() - lows.min() + slack)


@pytest.mark.parametrize("make", MAKERS)
@given(period=PERIODS)
def test_ready_exactly_with_the_last_bar_of_the_warmup(make: Callable[[int], AnyIndicator], period: int) -> None:
    indicator = make(period)
    for index in range(indicator.warmup_bars + 5):
        assert indicator.ready is (index >= indicator.warmup_bars)
        assert np.isnan(indicator.value) is np.bool_(not indicator.ready)
        indicator.update(bar(index))


@given(st.floats(1e-6, 1e6), PERIODS)
def test_where_nothing_moves(price: float, period: int) -> None:
    """Flat bars without any trade, as a symbol that nobody wants shows them."""
    bars = [Candle(bar(index).start_ms, price, price, price, price, 0.0) for index in range(100)]
    ema, rsi, atr = Ema(period), Rsi(period), Atr(period)
    for indicator in (ema, rsi, atr):
        fed(indicator, bars)
    assert ema.value == pytest.approx(price, rel=1e-12)
    assert rsi.value == 50.0
    assert atr.value == 0.0


@pytest.mark.parametrize("make", MAKERS)
@given(bars=markets())
def test_volume_changes_nothing(make: Callable[[int], AnyIndicator], bars: list[Candle]) -> None:
    silent = [Candle(each.start_ms, each.open, each.high, each.low, each.close, 0.0) for each in bars]
    np.testing.assert_array_equal(fed(make(5), bars), fed(make(5), silent))


def test_a_market_that_only_rises_or_only_falls() -> None:
    assert fed(Rsi(14), [bar(index, 100.0 + index) for index in range(50)])[-1] == 100.0
    assert fed(Rsi(14), [bar(index, 100.0 - index) for index in range(50)])[-1] == 0.0
