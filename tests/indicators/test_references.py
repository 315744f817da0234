"""Indicators that differ from pandas-ta, against TA-Lib or their published formula, written out plainly."""

from math import cos, exp, pi

import numpy as np
import pandas as pd
import pytest
import talib

from bot.indicators import (
    Adx,
    Atr,
    Bollinger,
    Cci,
    Chandelier,
    EhlersSuperTrend,
    FibonacciRetracement,
    Ichimoku,
    Keltner,
    MarketRegime,
    Mfi,
    Obv,
    ParabolicSar,
    SessionVwap,
    StepIndicator,
    SuperTrend,
    VolatilityIndex,
    VolumeDelta,
    VolumeSma,
    whole_array,
)
from bot.indicators.bars import Series
from tests.indicators.recorded import SYMBOLS, frame_of, rows_of

type Columns = dict[str, Series]


@pytest.fixture(params=SYMBOLS)
def frame(request: pytest.FixtureRequest) -> pd.DataFrame:
    return frame_of(request.param)


def ours(indicator: StepIndicator, frame: pd.DataFrame) -> Columns:
    return dict(whole_array([indicator], rows_of(frame))[indicator])


def prices(frame: pd.DataFrame) -> tuple[Series, Series, Series]:
    return frame.high.to_numpy(), frame.low.to_numpy(), frame.close.to_numpy()


def close_to(mine: Series, expected: Series, start: int, scale: float = 0.0) -> None:
    assert np.isfinite(mine[start:]).all()
    np.testing.assert_allclose(mine[start:], expected[start:], rtol=1e-9, atol=1e-9 * scale)


def test_cci(frame: pd.DataFrame) -> None:
    close_to(ours(Cci(20), frame)["value"], talib.CCI(*prices(frame), 20), 19, scale=1.0)


def test_bollinger(frame: pd.DataFrame) -> None:
    """From the windows themselves: rolling sums, pandas' own as well, lose digits of so small a deviation."""
    close = frame.close.to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(close, 20)
    windows = np.lib.stride_tricks.sliding_window_view(close, 20)
    middle, spread = windows.mean(axis=1), 2.0 * windows.std(axis=1)
    found = {name: column[19:] for name, column in ours(Bollinger(20, 2.0), frame).items()}
    close_to(found["middle"], middle, 0)
    close_to(found["upper"], middle + spread, 0)
    close_to(found["width"], 200.0 * spread / middle, 0)
    close_to(found["percent_b"], (close[19:] - middle + spread) / (2.0 * spread), 0, scale=1.0)


def test_mfi(frame: pd.DataFrame) -> None:
    expected = talib.MFI(*prices(frame), frame.volume.to_numpy(np.float64), 14)
    close_to(ours(Mfi(14), frame)["value"], expected, 14, scale=1.0)


def test_obv(frame: pd.DataFrame) -> None:
    found = ours(Obv(20), frame)
    expected = talib.OBV(frame.close.to_numpy(), frame.volume.to_numpy(np.float64))
    close_to(found["value"], expected, 19, scale=1.0)
    close_to(found["ema"], talib.EMA(expected, 20), 19, scale=1.0)


def test_adx(frame: pd.DataFrame) -> None:
    found = ours(Adx(14), frame)
    close_to(found["adx"], talib.ADX(*prices(frame), 14), 700, scale=1.0)
    close_to(found["plus_di"], talib.PLUS_DI(*prices(frame), 14), 700, scale=1.0)
    close_to(found["minus_di"], talib.MINUS_DI(*prices(frame), 14), 700, scale=1.0)


def test_parabolic_sar(frame: pd.DataFrame) -> None:
    high, low, _ = prices(frame)
    found = ours(ParabolicSar(0.02, 0.2), frame)
    close_to(found["value"], talib.SAR(high, low, 0.02, 0.2), 1)
    flips = np.flatnonzero(np.diff(found["direction"][1:])) + 2
    np.testing.assert_array_equal(np.flatnonzero(found["reversed"] == 1.0)[-len(flips) :], flips)
    held = found["reversed"][1:] == 0.0
    side = found["direction"][1:][held]
    assert (side * found["value"][1:][held] <= side * np.where(side > 0, low[1:][held], high[1:][held])).all()


def test_keltner(frame: pd.DataFrame) -> None:
    found = ours(Keltner(20, 10, 2.0), frame)
    middle, spread = talib.EMA(frame.close.to_numpy(), 20), talib.ATR(*prices(frame), 10)
    close_to(found["middle"], middle, 19)
    close_to(found["upper"], middle + 2.0 * spread, 19)
    close_to(found["lower"], middle - 2.0 * spread, 19)


def test_volatility_index(frame: pd.DataFrame) -> None:
    found = ours(VolatilityIndex(14, 100), frame)
    expected = pd.Series(talib.NATR(*prices(frame), 14))
    close_to(found["value"], np.asarray(expected, np.float64), 113)
    close_to(found["relative"], np.asarray(expected / expected.rolling(100).mean(), np.float64), 113)


def seban(middle: Series, distance: Series, close: Series, start: int) -> tuple[Series, Series]:
    """SuperTrend as published: final bands, then the line that closes are compared with."""
    line, side = np.full(len(close), np.nan), np.full(len(close), np.nan)
    upper = lower = np.nan
    rising = True
    for index in range(start, len(close)):
        basic_upper, basic_lower = middle[index] + distance[index], middle[index] - distance[index]
        if index == start:
            upper, lower = basic_upper, basic_lower
        else:
            upper = basic_upper if basic_upper < upper or close[index - 1] > upper else upper
            lower = basic_lower if basic_lower > lower or close[index - 1] < lower else lower
            rising = close[index] >= lower if rising else close[index] > upper
        line[index], side[index] = (lower, 1.0) if rising else (upper, -1.0)
    return line, side


def test_super_trend(frame: pd.DataFrame) -> None:
    high, low, close = prices(frame)
    found = ours(SuperTrend(10, 3.0), frame)
    line, side = seban((high + low) / 2, 3.0 * talib.ATR(high, low, close, 10), close, 10)
    close_to(found["value"], line, 10)
    np.testing.assert_array_equal(found["direction"][10:], side[10:])
    assert 10 < np.count_nonzero(np.diff(side[10:])) < 600


def smoother(values: Series, period: int) -> Series:
    """Ehlers 2013, chapter 3, line by line."""
    a1 = exp(-1.414213562373095 * pi / period)
    c2 = 2 * a1 * cos(1.414213562373095 * pi / period)
    c3 = -a1 * a1
    c1 = 1 - c2 - c3
    out = values.copy()
    for index in range(len(values)):
        last, one, two = (values[max(index - 1, 0)], out[max(index - 1, 0)], out[max(index - 2, 0)])
        out[index] = c1 * (values[index] + last) / 2 + c2 * one + c3 * two
    return out


@pytest.mark.parametrize("which", ["fast", "slow"])
def test_ehlers_super_trend(frame: pd.DataFrame, which: str) -> None:
    period, multiplier = (10, 2.0) if which == "fast" else (20, 3.0)
    high, low, close = prices(frame)
    found = ours(getattr(EhlersSuperTrend, which)(), frame)
    smooth = smoother((high + low) / 2, period)
    line, side = seban(smooth, multiplier * talib.ATR(high, low, close, period), close, 2 * period - 1)
    close_to(found["smooth"], smooth, 2 * period)
    close_to(found["value"], line, 700)
    np.testing.assert_array_equal(found["direction"][700:], side[700:])


def test_ichimoku_never_looks_ahead(frame: pd.DataFrame) -> None:
    found = ours(Ichimoku(9, 26, 52, 26), frame)
    np.testing.assert_array_equal(found["span_a"][200:], found["span_a_ahead"][174:-26])
    np.testing.assert_array_equal(found["span_b"][200:], found["span_b_ahead"][174:-26])
    high, low, close = prices(frame)
    middle = (pd.Series(high).rolling(52).max() + pd.Series(low).rolling(52).min()) / 2
    close_to(found["span_b_ahead"], middle.to_numpy(), 77)
    np.testing.assert_array_equal(found["lagging"][100:], close[100:] - close[74:-26])


def test_volume_delta_and_volume_sma(frame: pd.DataFrame) -> None:
    high, low, close = prices(frame)
    volume = frame.volume.to_numpy(np.float64)
    span = np.where(high > low, high - low, 1.0)
    delta = np.where(high > low, volume * (2 * close - high - low) / span, 0.0)
    found = ours(VolumeDelta(20), frame)
    close_to(found["value"], delta, 19, scale=volume.mean())
    close_to(found["total"], pd.Series(delta).rolling(20).sum().to_numpy(), 19, scale=volume.mean())
    mean = np.asarray(pd.Series(volume).rolling(20).mean(), np.float64)
    close_to(ours(VolumeSma(20), frame)["relative"], volume / mean, 19)


def test_session_vwap_waits_for_a_day_seen_from_its_start(frame: pd.DataFrame) -> None:
    late = frame.iloc[100:].reset_index(drop=True)
    value = ours(SessionVwap(), late)["value"]
    midnight = int(np.flatnonzero(late.timestamp % 86_400_000 == 0)[0])
    assert np.isnan(value[:midnight]).all()
    np.testing.assert_array_equal(value[midnight:], ours(SessionVwap(), frame)["value"][100 + midnight :])


def test_fibonacci_retracement(frame: pd.DataFrame) -> None:
    high, low, _ = prices(frame)
    found = ours(FibonacciRetracement(100), frame)
    for index in range(99, len(high), 7):
        highs, lows = high[index - 99 : index + 1], low[index - 99 : index + 1]
        top, bottom = highs.max(), lows.min()
        rising = 99 - int(np.argmax(highs[::-1])) >= 99 - int(np.argmin(lows[::-1]))
        assert (found["high"][index], found["low"][index]) == (top, bottom)
        assert found["direction"][index] == (1.0 if rising else -1.0)
        for ratio in (236, 382, 500, 618, 786):
            part = ratio / 1000 * (top - bottom)
            level = top - part if rising else bottom + part
            assert found[f"level_{ratio}"][index] == pytest.approx(level, rel=1e-12)


def test_chandelier_hangs_from_the_extremes(frame: pd.DataFrame) -> None:
    found = ours(Chandelier(22, 3.0, 22), frame)
    high, low, close = prices(frame)
    spread = 3.0 * talib.ATR(high, low, close, 22)
    close_to(found["long"], talib.MAX(high, 22) - spread, 22)
    close_to(found["short"], talib.MIN(low, 22) + spread, 22)


def ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def test_market_regime(frame: pd.DataFrame) -> None:
    """The rules of the docstring, from TA-Lib's ingredients."""
    found = ours(MarketRegime(), frame)
    high, low, close = prices(frame)
    adx, plus, minus = (each(high, low, close, 14) for each in (talib.ADX, talib.PLUS_DI, talib.MINUS_DI))
    spread, average = ours(Atr(14), frame)["value"], talib.EMA(close, 50)
    kinds = set()
    for index in range(700, len(close), 3):
        now = spread[index] / close[index]
        before = spread[index - 100 : index] / close[index - 100 : index]
        rank = ((before < now).sum() + 0.5 * (before == now).sum()) / 100
        slope = (average[index] - average[index - 10]) / (10 * spread[index])
        agree = (plus[index] > minus[index] and slope > 0) or (minus[index] > plus[index] and slope < 0)
        wild, quiet = ramp(rank, 0.85, 1.0), ramp(1 - rank, 0.85, 1.0)
        scores = {
            1 if slope > 0 else 2: ramp(adx[index], 15, 35) if agree else 0.0,
            4: wild,
            5: quiet,
            3: (1 - ramp(adx[index], 15, 30)) * (1 - max(wild, quiet)),
        }
        best = max(scores.values())
        assert found["confidence"][index] == pytest.approx(best, abs=1e-7)
        assert found["volatility_rank"][index] == pytest.approx(rank, abs=1e-12)
        assert found["slope"][index] == pytest.approx(slope, rel=1e-6, abs=1e-9)
        kind = int(found["code"][index])
        kinds.add(kind)
        if abs(best - 0.3) > 1e-6:
            assert (kind == 0) == (best < 0.3)
        if kind:
            assert scores[kind] == pytest.approx(best, abs=1e-7)
    assert kinds >= {1, 2, 3, 4, 5}
