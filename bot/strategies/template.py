"""What `new-strategy` writes: a strategy and its test, in both styles. NAME and CLASS are filled in."""

_STRATEGY = '''"""CLASS: breaks out of the range of the last bars, with a stop measured in ATR.

Start from this and make it yours. Rules that keep a strategy honest:
  * decide() sees only bars that have closed, and must depend on nothing else: no clock, no file, no network.
  * what it remembers belongs into attributes of self; every symbol has a strategy object of its own.
"""

from typing import ClassVar

from pydantic import Field

from bot.domain.messages import Direction
from bot.indicators import Atr, Donchian
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters


class CLASSParameters(StrategyParameters):
    """Settings under "strategy": {"params": {...}}; values out of bounds are refused with a clear message."""

    channel_bars: int = Field(20, ge=2, le=500, description="Bars of the range that has to be left.")
    atr_period: int = Field(14, ge=2, le=200, description="Bars of the ATR.")
    stop_atr: float = Field(2.0, gt=0, le=20, description="Distance of the stop-loss, in ATR.")
    target_atr: float = Field(4.0, gt=0, le=50, description="Distance of the take-profit, in ATR.")


class CLASS(Strategy):
    """Long above the highest high of the last bars, short below the lowest low."""

    name: ClassVar[str] = "NAME"
    Parameters: ClassVar[type[StrategyParameters]] = CLASSParameters

    def __init__(self, parameters: CLASSParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        # use() registers an indicator: it is kept up to date with every closed bar, before decide() is called.
        # A higher timeframe is one argument away: self.use(Atr(14), interval="60").
        self._channel = self.use(Donchian(parameters.channel_bars))
        self._atr = self.use(Atr(parameters.atr_period))
        self._upper: float | None = None
        self._lower: float | None = None

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in view. It is asked only when all indicators have enough history."""
        close, atr = view.candle.close, self._atr.value
        # The range of the bars before this one: that of today contains the close itself, and is never left.
        upper, lower = self._upper, self._lower
        self._upper, self._lower = self._channel.upper, self._channel.lower
        if upper is None or lower is None:
            return Signal(reason="the first bar")
        # What contributed is shown by `python -m bot why SYMBOL`.
        breakdown = (("close", close), ("upper", upper), ("lower", lower), ("atr", atr))
        sign = 1 if close > upper else -1 if close < lower else 0
        if sign == 0 or atr == 0:
            return Signal(breakdown=breakdown, reason="inside the range")
        return Signal(
            Direction.LONG if sign > 0 else Direction.SHORT,
            stop_price=close - sign * self._parameters.stop_atr * atr,
            target_price=close + sign * self._parameters.target_atr * atr,
            breakdown=breakdown,
            reason="left the range",
        )
'''

_TEST = '''"""CLASS does what its rules say, on bars made up for it."""

from bot.core.analyzer import AnalyzerCore
from bot.domain.messages import BarClosed, Direction, SignalRaised
from bot.domain.values import Candle, Symbol, TimeMs
from NAME import CLASS, CLASSParameters

SYMBOL = Symbol("BTCUSDT")
MINUTE_MS = 60_000


def signals(closes: list[float]) -> list[SignalRaised]:
    """What the strategy asks for while the price goes from close to close."""
    core = AnalyzerCore(SYMBOL, "1", lambda: CLASS(CLASSParameters(channel_bars=5, atr_period=5)))
    found: list[SignalRaised] = []
    for index, close in enumerate(closes):
        start_ms = TimeMs(index * MINUTE_MS)
        bar = Candle(start_ms, close, close + 0.5, close - 0.5, close, 1.0)
        closed_ms = TimeMs(start_ms + MINUTE_MS)
        out = core.handle(BarClosed(SYMBOL, bar, closed_ms), closed_ms)
        found += [each for each in out if isinstance(each, SignalRaised)]
    return found


def test_a_quiet_market_gives_no_signal() -> None:
    assert not signals([100.0] * 50)


def test_leaving_the_range_upwards_goes_long_with_the_stop_below() -> None:
    first = signals([100.0] * 30 + [105.0])[0]
    assert first.direction is Direction.LONG
    assert first.stop_price is not None
    assert first.target_price is not None
    assert first.stop_price < first.price < first.target_price


def test_leaving_it_downwards_goes_short() -> None:
    assert signals([100.0] * 30 + [95.0])[0].direction is Direction.SHORT
'''

_FRAME_STRATEGY = '''"""CLASS: an average of closes and RSI, written as a function of a DataFrame."""

from typing import TYPE_CHECKING, ClassVar

import pandas_ta as ta

from bot.strategies.data_frame import DataFrameStrategy

if TYPE_CHECKING:
    from pandas import DataFrame


class CLASS(DataFrameStrategy):
    """Buys above the average while RSI is not stretched, sells below it."""

    name: ClassVar[str] = "NAME"
    window_bars: ClassVar[int] = 200  # how many closed bars generate_signals gets to see

    def generate_signals(self, df: "DataFrame") -> "DataFrame":
        """Fill the column signal with buy, sell, exit or hold; the last row is what counts.

        Look only backwards: shift(-1), centred windows and the like know the future, and `lookahead` finds them.
        """
        df["sma"] = ta.sma(df["close"], length=50)
        df["rsi"] = ta.rsi(df["close"], length=14)
        df["atr"] = ta.atr(df["high"], df["low"], df["close"], length=14)
        df["signal"] = "hold"
        above = df["close"] > df["sma"]
        df.loc[above & ~above.shift(1, fill_value=False) & (df["rsi"] < 70), "signal"] = "buy"
        df.loc[~above & above.shift(1, fill_value=True) & (df["rsi"] > 30), "signal"] = "sell"
        side = above.map({True: 1, False: -1})
        df["stop"] = df["close"] - 2 * side * df["atr"]
        df["target"] = df["close"] + 3 * side * df["atr"]
        return df
'''

_FRAME_TEST = '''"""CLASS does what its rules say, on bars made up for it."""

import numpy as np
import pandas as pd
from bot.strategies.base import StrategyParameters
from NAME import CLASS


def frame(closes: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> pd.DataFrame:
    """Bars of one minute with these closes."""
    index = pd.date_range("2026-01-01", periods=len(closes), freq="min", tz="UTC")
    columns = {"open": closes, "high": closes + 0.5, "low": closes - 0.5, "close": closes, "volume": 1.0}
    return pd.DataFrame(columns, index=index)


def last_signal(closes: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> str:
    return str(CLASS(StrategyParameters()).generate_signals(frame(closes))["signal"].iloc[-1])


def test_crossing_the_average_upwards_buys() -> None:
    swing = 100 + np.sin(np.arange(199) / 3)
    assert last_signal(np.append(np.append(swing[:-1], 98.0), 100.9)) == "buy"


def test_staying_above_it_holds() -> None:
    assert last_signal(100 + np.arange(200) * 0.1) == "hold"
'''

INCREMENTAL = (_STRATEGY, _TEST)
DATA_FRAME = (_FRAME_STRATEGY, _FRAME_TEST)
