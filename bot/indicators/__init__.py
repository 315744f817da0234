"""Indicators: one definition each, fed one bar at a time or over whole arrays; see docs/indicators.md."""

from bot.indicators.arrays import in_python, whole_array
from bot.indicators.averages import Dema, Ema, Rma, Sma, SuperSmoother, Vwma
from bot.indicators.bars import bars_of
from bot.indicators.base import Indicator, StepIndicator
from bot.indicators.channels import Bollinger, Chandelier, Donchian, Keltner
from bot.indicators.ehlers import EhlersSuperTrend
from bot.indicators.ichimoku import Ichimoku
from bot.indicators.indicator_set import IndicatorSet, Peek
from bot.indicators.levels import FibonacciPivots, FibonacciRetracement, PivotPoints
from bot.indicators.momentum import Cci, Mfi, Momentum, Roc, Rsi, Stochastic, StochRsi, WilliamsR
from bot.indicators.pandas_bridge import PandasTa
from bot.indicators.regime import MarketRegime, Regime
from bot.indicators.step import step
from bot.indicators.trend import Adx, Macd, ParabolicSar, SuperTrend
from bot.indicators.volatility import Atr, RealisedVolatility, TrueRange, VolatilityIndex
from bot.indicators.volume import Cmf, Obv, SessionVwap, VolumeDelta, VolumeSma

STEP_INDICATORS: tuple[type[StepIndicator], ...] = (
    Sma, Ema, Dema, Rma, Vwma, SuperSmoother, EhlersSuperTrend, SuperTrend, Macd, Rsi, StochRsi, Stochastic, Cci,
    WilliamsR, Mfi, Roc, Momentum, Adx, Atr, TrueRange, Bollinger, Keltner, Donchian, Ichimoku, ParabolicSar, Obv, Cmf,
    SessionVwap, VolumeSma, VolumeDelta, VolatilityIndex, RealisedVolatility, Chandelier, PivotPoints, FibonacciPivots,
    FibonacciRetracement, MarketRegime,
)  # fmt: skip
"""Every indicator computed by a step function."""

__all__ = [
    "STEP_INDICATORS", "Adx", "Atr", "Bollinger", "Cci", "Chandelier", "Cmf", "Dema", "Donchian", "EhlersSuperTrend",
    "Ema", "FibonacciPivots", "FibonacciRetracement", "Ichimoku", "Indicator", "IndicatorSet", "Keltner", "Macd",
    "MarketRegime", "Mfi", "Momentum", "Obv", "PandasTa",
    "ParabolicSar", "Peek", "PivotPoints", "RealisedVolatility", "Regime",
    "Rma", "Roc", "Rsi", "SessionVwap", "Sma", "StepIndicator", "StochRsi", "Stochastic", "SuperSmoother",
    "SuperTrend", "TrueRange", "VolatilityIndex", "VolumeDelta", "VolumeSma",
    "Vwma", "WilliamsR", "bars_of", "in_python", "step", "whole_array",
]  # fmt: skip
