"""On recorded candles the indicators agree with pandas-ta, bar for bar once its own start has worn off.

Where definitions differ (the docstrings say how), test_references.py has the comparison.
"""

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bot.indicators import (
    Adx,
    Atr,
    Bollinger,
    Chandelier,
    Cmf,
    Dema,
    Donchian,
    Ema,
    FibonacciPivots,
    Ichimoku,
    Keltner,
    Macd,
    Momentum,
    Obv,
    PivotPoints,
    RealisedVolatility,
    Rma,
    Roc,
    Rsi,
    SessionVwap,
    Sma,
    StepIndicator,
    Stochastic,
    StochRsi,
    SuperSmoother,
    TrueRange,
    VolatilityIndex,
    VolumeSma,
    Vwma,
    WilliamsR,
    whole_array,
)
from tests.indicators.recorded import SYMBOLS, bad_frame_of, frame_of, rows_of

WORN_OFF_AFTER = 700
"""pandas-ta starts averages elsewhere; the difference shrinks by 1/14 (or the like) with every bar."""

type Theirs = Callable[[Any, pd.DataFrame], Any]


@pytest.fixture(scope="module")
def ta() -> Any:
    with warnings.catch_warnings():  # it reads a date in a way that pandas has deprecated, just by being imported
        warnings.simplefilter("ignore")
        import pandas_ta
    return pandas_ta


def hlc(f: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    return f.high, f.low, f.close


def columns(frame: pd.DataFrame, *names: str) -> list[pd.Series]:
    """Columns whose names begin so."""
    return [next(frame[each] for each in frame.columns if each.startswith(name)) for name in names]


def cloud(ta: Any, f: pd.DataFrame) -> list[pd.Series]:
    with warnings.catch_warnings():  # it names a unit of time in a way that pandas is about to change
        warnings.simplefilter("ignore")
        found = ta.ichimoku(*hlc(f))[0]
    a, b, conversion, base = columns(found, "ISA", "ISB", "ITS", "IKS")
    return [conversion, base, a.shift(1), b.shift(1)]  # it displaces by 25


CASES: dict[str, tuple[Callable[[], StepIndicator], tuple[str, ...], Theirs]] = {
    "sma": (lambda: Sma(20), ("value",), lambda ta, f: [ta.sma(f.close, 20, talib=False)]),
    "sma 200": (lambda: Sma(200), ("value",), lambda ta, f: [ta.sma(f.close, 200, talib=False)]),
    "ema": (lambda: Ema(12), ("value",), lambda ta, f: [ta.ema(f.close, 12, talib=False)]),
    "ema 200": (lambda: Ema(200), ("value",), lambda ta, f: [ta.ema(f.close, 200, talib=False)]),
    "ema of hl2": (lambda: Ema(9, "hl2"), ("value",), lambda ta, f: [ta.ema((f.high + f.low) / 2, 9, talib=False)]),
    "dema": (lambda: Dema(20), ("value",), lambda ta, f: [ta.dema(f.close, 20, talib=False)]),
    "rma": (lambda: Rma(14), ("value",), lambda ta, f: [ta.rma(f.close, 14)]),
    "vwma": (lambda: Vwma(20), ("value",), lambda ta, f: [ta.vwma(f.close, f.volume, 20)]),
    "super smoother": (
        lambda: SuperSmoother(10), ("value",),
        lambda ta, f: [ta.ssf(f.close, 10, everget=True, pi=np.pi, sqrt2=np.sqrt(2.0))],
    ),
    "macd": (
        lambda: Macd(12, 26, 9), ("macd", "signal", "histogram"),
        lambda ta, f: columns(ta.macd(f.close, 12, 26, 9, talib=False), "MACD_", "MACDs", "MACDh"),
    ),
    "rsi": (lambda: Rsi(14), ("value",), lambda ta, f: [ta.rsi(f.close, 14, talib=False)]),
    "williams": (lambda: WilliamsR(14), ("value",), lambda ta, f: [ta.willr(*hlc(f), 14, talib=False)]),
    "roc": (lambda: Roc(10), ("value",), lambda ta, f: [ta.roc(f.close, 10, talib=False)]),
    "momentum": (lambda: Momentum(10), ("value",), lambda ta, f: [ta.mom(f.close, 10, talib=False)]),
    "stochastic": (
        lambda: Stochastic(14, 3, 3), ("k", "d"),
        lambda ta, f: columns(ta.stoch(*hlc(f), 14, 3, 3, talib=False), "STOCHk", "STOCHd"),
    ),
    "true range": (TrueRange, ("value",), lambda ta, f: [ta.true_range(*hlc(f), talib=False)]),
    "atr": (lambda: Atr(14), ("value",), lambda ta, f: [ta.atr(*hlc(f), 14, talib=False)]),
    "volatility index": (lambda: VolatilityIndex(14), ("value",), lambda ta, f: [
        ta.natr(*hlc(f), 14, talib=False, mamode="rma")
    ]),
    "bollinger": (
        lambda: Bollinger(20, 2.0), ("lower", "middle", "upper"),
        lambda ta, f: columns(ta.bbands(f.close, 20, 2.0, 2.0, ddof=0, talib=False), "BBL", "BBM", "BBU"),
    ),
    "donchian": (
        lambda: Donchian(20), ("lower", "middle", "upper"),
        lambda ta, f: columns(ta.donchian(f.high, f.low, 20, 20), "DCL", "DCM", "DCU"),
    ),
    "keltner's middle": (
        lambda: Keltner(20), ("middle",), lambda ta, f: columns(ta.kc(*hlc(f), 20, mamode="ema"), "KCB")
    ),
    "ichimoku": (Ichimoku, ("conversion", "base", "span_a", "span_b"), cloud),
    "obv": (lambda: Obv(20), ("value",), lambda ta, f: [ta.obv(f.close, f.volume, talib=False) + f.volume.iloc[0]]),
    "cmf": (lambda: Cmf(20), ("value",), lambda ta, f: [ta.cmf(*hlc(f), f.volume, length=20)]),
    "session vwap": (SessionVwap, ("value",), lambda ta, f: [ta.vwap(*hlc(f), f.volume)]),
    "volume sma": (lambda: VolumeSma(20), ("value",), lambda ta, f: [ta.sma(f.volume, 20, talib=False)]),
    "realised volatility": (
        lambda: RealisedVolatility(20), ("value",), lambda ta, f: [ta.stdev(ta.log_return(f.close), 20, talib=False)]
    ),
    "chandelier": (
        lambda: Chandelier(22, 3.0, 22), ("long", "short", "direction"),
        lambda ta, f: columns(
            ta.chandelier_exit(*hlc(f), 22, 22, 22, 3.0, talib=False), "CHDLREXTl", "CHDLREXTs", "CHDLREXTd"
        ),
    ),
}  # fmt: skip


def agree(indicator: StepIndicator, names: tuple[str, ...], theirs: Theirs, ta: Any, frame: pd.DataFrame) -> None:
    dated = frame.set_index(pd.DatetimeIndex(pd.to_datetime(frame.timestamp, unit="ms")))
    ours = whole_array([indicator], rows_of(frame))[indicator]
    for name, expected in zip(names, theirs(ta, dated), strict=True):
        mine = ours[name][WORN_OFF_AFTER:]
        assert np.isfinite(mine).all()
        theirs_now = expected.to_numpy(np.float64)[WORN_OFF_AFTER:]
        # Differences of prices, as in MACD, can not be better than the prices' own last digits.
        slack = max(1e-11 * np.nanmax(np.abs(theirs_now)), 1e-14 * frame.close.max())
        np.testing.assert_allclose(mine, theirs_now, rtol=1e-9, atol=slack, err_msg=name)


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("case", CASES)
def test_as_pandas_ta_has_it(case: str, symbol: str, ta: Any) -> None:
    make, names, theirs = CASES[case]
    agree(make(), names, theirs, ta, frame_of(symbol))


@pytest.mark.parametrize("case", ["ema", "rsi", "atr", "sma", "macd"])
def test_on_bars_without_trades(case: str, ta: Any) -> None:
    make, names, theirs = CASES[case]
    agree(make(), names, theirs, ta, bad_frame_of("USDCUSDT_1m_binance_usdm_zero_volume"))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_stoch_rsi(symbol: str, ta: Any) -> None:
    """Where the RSI did not move within its window the definitions differ; six bars remember it."""
    frame, indicator = frame_of(symbol), StochRsi(14, 14, 3, 3)
    ours = whole_array([indicator], rows_of(frame))[indicator]
    found = ta.stochrsi(frame.close, 14, 14, 3, 3, talib=False)
    strength = pd.Series(whole_array([rsi := Rsi(14)], rows_of(frame))[rsi]["value"])
    moved = (strength.rolling(19).max() > strength.rolling(19).min()).to_numpy()[WORN_OFF_AFTER:]
    assert moved.mean() > 0.99
    for name, expected in zip(("k", "d"), columns(found, "STOCHRSIk", "STOCHRSId"), strict=True):
        np.testing.assert_allclose(
            ours[name][WORN_OFF_AFTER:][moved], expected.to_numpy()[WORN_OFF_AFTER:][moved], rtol=1e-9, atol=1e-8
        )


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_adx(symbol: str, ta: Any) -> None:
    frame, indicator = frame_of(symbol), Adx(14)
    ours = whole_array([indicator], rows_of(frame))[indicator]
    found = ta.adx(*hlc(frame), 14, talib=False)
    for name, expected in zip(("adx", "plus_di", "minus_di"), columns(found, "ADX_", "DMP", "DMN"), strict=True):
        np.testing.assert_allclose(
            ours[name][WORN_OFF_AFTER:], expected.to_numpy()[WORN_OFF_AFTER:], rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize(("make", "method"), [(PivotPoints, "classic"), (FibonacciPivots, "fibonacci")])
def test_pivots(symbol: str, make: type[PivotPoints | FibonacciPivots], method: str, ta: Any) -> None:
    """pandas-ta's own formulas, given the high, low and close of the day before."""
    frame, indicator = frame_of(symbol), make()
    ours = whole_array([indicator], rows_of(frame))[indicator]
    days = frame.timestamp // 86_400_000
    daily = frame.groupby(days).agg({"high": "max", "low": "min", "close": "last"}).shift(1)
    high, low, close = (daily[name].reindex(days).to_numpy() for name in ("high", "low", "close"))
    formula = getattr(sys.modules[f"{ta.__name__}.overlap.pivots"], f"pivot_{method}").py_func
    tp, *levels = formula(high, low, close)
    expected = dict(zip(("pivot", "s1", "s2", "s3"), (tp, *levels[:3]), strict=True))
    expected |= dict(zip(("r1", "r2", "r3"), levels[4:7] if method == "classic" else levels[3:], strict=True))
    for name, column in expected.items():
        np.testing.assert_allclose(ours[name][576:], column[576:], rtol=1e-9, err_msg=name)
