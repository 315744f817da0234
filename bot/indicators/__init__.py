"""Indicators: one definition each, fed one bar at a time."""

from bot.indicators.averages import Ema
from bot.indicators.indicator_set import IndicatorSet
from bot.indicators.momentum import Rsi
from bot.indicators.volatility import Atr

__all__ = ["Atr", "Ema", "IndicatorSet", "Rsi"]
