"""Bars and indicators to measure with."""

from functools import cache

import numpy as np

from bot.domain.values import Candle, TimeMs
from bot.indicators import (
    Adx,
    Atr,
    Bollinger,
    Cci,
    Cmf,
    Donchian,
    Ema,
    Macd,
    Mfi,
    Obv,
    ParabolicSar,
    Roc,
    Rsi,
    SessionVwap,
    Sma,
    StepIndicator,
    Stochastic,
    StochRsi,
    SuperTrend,
    Vwma,
    WilliamsR,
)
from bot.indicators.bars import Series

FIVE_MINUTES_MS = 300_000
START_MS = 1_767_225_600_000


def standard_set() -> list[StepIndicator]:
    """Twenty-five of the usual ones."""
    return [
        Ema(9), Ema(21), Ema(50), Ema(200), Sma(20), Sma(50), Vwma(20), Macd(), Rsi(), StochRsi(), Stochastic(), Cci(),
        WilliamsR(), Mfi(), Roc(), Adx(), Atr(), Bollinger(), SuperTrend(10, 3.0), SuperTrend(20, 4.0), ParabolicSar(),
        Obv(), Cmf(), SessionVwap(), Donchian(),
    ]  # fmt: skip


@cache
def bar_rows(count: int) -> Series:
    """A random walk with changing volatility, as the columns of bars."""
    chance = np.random.default_rng(7)
    spread = 0.001 * np.exp(0.5 * np.sin(np.arange(count) / 300))
    close = np.round(50_000.0 * np.exp(np.cumsum(chance.normal(0.0, spread))), 1)
    start = np.concatenate([[50_000.0], close[:-1]])
    reach = np.abs(chance.normal(0.0, spread, (2, count))) * close
    high = np.round(np.maximum(start, close) + reach[0], 1)
    low = np.round(np.minimum(start, close) - reach[1], 1)
    volume = np.round(chance.lognormal(3.0, 1.0, count), 3)
    return np.column_stack([start, high, low, close, volume, START_MS + FIVE_MINUTES_MS * np.arange(count)])


@cache
def candles(count: int) -> list[Candle]:
    """The same bars as candles."""
    return [Candle(TimeMs(int(row[5])), *row[:5]) for row in bar_rows(count).tolist()]
