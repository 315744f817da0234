"""A closed bar, live: our sets beside pandas-ta and TA-Lib on a window of 1000 bars, and talipp, bar by bar."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import talib
import talipp.indicators as tp
from talipp.ohlcv import OHLCV

from bot.domain.values import Candle, TimeMs
from bot.indicators import STEP_INDICATORS, IndicatorSet, StepIndicator
from bot.indicators.bars import Series
from market_parts.samples import candles, standard_set
from market_parts.table import Row, seconds_of

WINDOW = 1_000


def measure() -> list[Row]:
    """One symbol, one bar."""
    standard, everything = standard_set(), [make() for make in STEP_INDICATORS]
    return [
        Row(f"ours: {len(standard)} usual ones, update", _update(standard, read=False), "us/bar"),
        Row(f"ours: {len(standard)} usual ones, update and all outputs",
            _update(standard_set(), read=True), "us/bar", "< 2"),
        Row(f"ours: all {len(everything)}, update", _update(everything, read=False), "us/bar", "< 2"),
        Row(f"ours: all {len(everything)}, update and all outputs", _update(
            [make() for make in STEP_INDICATORS], read=True), "us/bar"),
        Row("ours: peek at the usual ones", _peek(standard_set()), "us/bar"),
        Row("ours: reading one output from a handle", _one_output(), "us"),
        Row("ours: a set of none (the call alone)", _update([], read=False), "us/bar"),
        Row("talipp, 22 of them, bar by bar", _talipp(), "us/bar"),
        Row(f"TA-Lib, 25 on {WINDOW} bars", _talib(), "us/bar"),
        Row(f"pandas-ta, 25 on {WINDOW} bars", _pandas_ta(), "us/bar"),
    ]  # fmt: skip


def _update(indicators: Sequence[StepIndicator], *, read: bool) -> float:
    group, bars = IndicatorSet(indicators), candles(20_000)
    for candle in bars[:2_000]:
        group.update(candle)

    def run() -> None:
        update, read_all = group.update, group.values  # noqa: PD011 - no DataFrame
        for candle in bars:
            update(candle)
            if read:
                read_all()

    return seconds_of(run) / len(bars) * 1e6


def _peek(indicators: Sequence[StepIndicator]) -> float:
    group, bars = IndicatorSet(indicators), candles(2_000)
    for candle in bars:
        group.update(candle)
    return seconds_of(lambda: group.peek(bars[0]), 5_000) * 1e6


def _one_output() -> float:
    ema: Any = standard_set()[0]

    def run() -> None:
        for _ in range(1_000_000):
            ema.value  # noqa: B018 - to read it is what is measured

    return seconds_of(run)  # in us, for a million of them


def _window() -> tuple[Series, Series, Series, Series, Series]:
    rows = np.array([[c.open, c.high, c.low, c.close, c.volume] for c in candles(WINDOW)])
    return tuple(np.ascontiguousarray(column) for column in rows.T)  # type: ignore[return-value] # five of them


def _talib() -> float:
    _, high, low, close, volume = _window()

    def run() -> None:
        for period in (20, 50):
            talib.SMA(close, period)
        for period in (9, 21, 50, 200):
            talib.EMA(close, period)
        talib.DEMA(close, 20)
        talib.MACD(close)
        talib.RSI(close)
        talib.STOCHRSI(close)
        talib.STOCH(high, low, close)
        talib.CCI(high, low, close, 20)
        talib.WILLR(high, low, close)
        talib.MFI(high, low, close, volume)
        talib.ROC(close)
        talib.MOM(close)
        for each in (talib.ADX, talib.PLUS_DI, talib.MINUS_DI, talib.ATR, talib.NATR):
            each(high, low, close, 14)
        talib.BBANDS(close, 20)
        talib.SAR(high, low)
        talib.OBV(close, volume)
        talib.SMA(volume, 20)

    return seconds_of(run, 50) * 1e6


def _pandas_ta() -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        import pandas_ta as ta
    start, high, low, close, volume = _window()
    index = pd.date_range("2026-01-01", periods=WINDOW, freq="5min")
    f = pd.DataFrame({"open": start, "high": high, "low": low, "close": close, "volume": volume}, index=index)
    hlc = (f.high, f.low, f.close)
    calls: list[Callable[[], Any]] = [
        *(lambda n=n: ta.sma(f.close, n, talib=False) for n in (20, 50)),
        *(lambda n=n: ta.ema(f.close, n, talib=False) for n in (9, 21, 50, 200)),
        lambda: ta.vwma(f.close, f.volume, 20), lambda: ta.macd(f.close, talib=False),
        lambda: ta.rsi(f.close, talib=False), lambda: ta.stochrsi(f.close, talib=False),
        lambda: ta.stoch(*hlc, talib=False), lambda: ta.cci(*hlc, talib=False), lambda: ta.willr(*hlc, talib=False),
        lambda: ta.mfi(*hlc, f.volume, talib=False), lambda: ta.roc(f.close, talib=False),
        lambda: ta.adx(*hlc, talib=False), lambda: ta.atr(*hlc, talib=False), lambda: ta.bbands(f.close, talib=False),
        lambda: ta.supertrend(*hlc, 10, 10, 3), lambda: ta.supertrend(*hlc, 20, 20, 4), lambda: ta.psar(f.high, f.low),
        lambda: ta.obv(f.close, f.volume, talib=False), lambda: ta.cmf(*hlc, f.volume),
        lambda: ta.vwap(*hlc, f.volume), lambda: ta.donchian(f.high, f.low),
    ]  # fmt: skip

    def run() -> None:
        for call in calls:
            call()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run()
        return seconds_of(run, 2, 3) * 1e6


def _talipp() -> float:
    of_close: list[Any] = [
        tp.SMA(20), tp.SMA(50), tp.EMA(9), tp.EMA(21), tp.EMA(50), tp.EMA(200), tp.DEMA(20), tp.MACD(12, 26, 9),
        tp.RSI(14), tp.StochRSI(14, 14, 3, 3), tp.ROC(10), tp.BB(20, 2),
    ]  # fmt: skip
    of_bars: list[Any] = [
        tp.Stoch(14, 3), tp.CCI(20), tp.ADX(14, 14), tp.ATR(14), tp.SuperTrend(10, 3), tp.SuperTrend(20, 4),
        tp.ParabolicSAR(0.02, 0.02, 0.2), tp.OBV(), tp.DonchianChannels(20), tp.VWAP(),
    ]  # fmt: skip
    stream = _ohlcv(candles(4_000))

    def one() -> None:
        bar = next(stream)
        for each in of_close:
            each.add(bar.close)
        for each in of_bars:
            each.add(bar)
        for each in (*of_close, *of_bars):
            each.purge_oldest(max(0, len(each) - 300))

    for _ in range(600):
        one()
    return seconds_of(one, 500) * 1e6


def _ohlcv(bars: Sequence[Candle]) -> Iterator[OHLCV]:
    for each in cycle(bars):
        yield OHLCV(each.open, each.high, each.low, each.close, each.volume, TimeMs(each.start_ms))
