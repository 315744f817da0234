"""Strategies as users write them, good and bad."""

GOOD = """
from typing import ClassVar
from bot.domain.messages import Direction
from bot.indicators.averages import Ema
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters

class Above(Strategy):
    name: ClassVar[str] = "above"
    def __init__(self, parameters):
        super().__init__(parameters)
        self._ema = self.use(Ema(5))
    def decide(self, view):
        up = view.candle.close > self._ema.value
        return Signal(Direction.LONG if up else Direction.SHORT, stop_price=view.candle.close * (0.98 if up else 1.02))
"""

PEEKING_FRAME = """
from bot.strategies.data_frame import DataFrameStrategy

class Peeks(DataFrameStrategy):
    window_bars = 60
    def generate_signals(self, df):
        rises = df["close"].shift(-1) > df["close"]
        df["signal"] = rises.map({True: "buy", False: "sell"})
        return df
"""

HONEST_FRAME = """
from bot.strategies.data_frame import DataFrameStrategy

class Honest(DataFrameStrategy):
    window_bars = 60
    def generate_signals(self, df):
        above = df["close"] > df["close"].rolling(20).mean()
        df["signal"] = above.map({True: "buy", False: "sell"})
        return df
"""

SHORT_WINDOW = """
from bot.strategies.data_frame import DataFrameStrategy

class Forgetful(DataFrameStrategy):
    window_bars = 30
    def generate_signals(self, df):
        above = df["close"] > df["close"].expanding().mean()
        df["signal"] = above.map({True: "buy", False: "sell"})
        return df
"""
