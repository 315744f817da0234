"""Trend following: out of a Donchian channel, and out again at the chandelier."""

from typing import ClassVar

from pydantic import Field

from bot.domain.messages import Direction
from bot.indicators import Atr, Chandelier, Donchian
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import obstacle


class TrendFollowingParameters(StrategyParameters):
    """Parameters of trend following."""

    channel_bars: int = Field(55, ge=2, le=2000, description="Bars of the channel that has to be left.")
    chandelier_bars: int = Field(22, ge=2, le=2000, description="Bars of the chandelier exit's highest high.")
    chandelier_atr: float = Field(3.0, gt=0, le=50, description="Distance of the chandelier exit, in ATR.")
    atr_period: int = Field(22, ge=2, le=500, description="Bars of the ATR.")
    stop_atr: float = Field(3.0, gt=0, le=50, description="Distance of the stop-loss, in ATR.")


class TrendFollowing(Strategy):
    """Goes with a close beyond the highest high or lowest low of the last bars, and stays until the trend gives way.

    1. Long when a bar closes above the upper line of the Donchian channel of the bars before it; short below the lower.
    2. No target: a position ends when a bar closes beyond the chandelier exit of its side (the highest high less
       ``chandelier_atr`` ATR for long), or with a breakout on the other side.
    3. The stop-loss is ``stop_atr`` ATR from the entry.
    """

    name: ClassVar[str] = "trend_following"
    Parameters: ClassVar[type[StrategyParameters]] = TrendFollowingParameters

    def __init__(self, parameters: TrendFollowingParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._channel = self.use(Donchian(parameters.channel_bars))
        self._exit = self.use(Chandelier(parameters.chandelier_bars, parameters.chandelier_atr, parameters.atr_period))
        self._atr = self.use(Atr(parameters.atr_period))
        self._before: tuple[float, float] | None = None

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        close, size = view.candle.close, view.position.size
        before, self._before = self._before, (self._channel.upper, self._channel.lower)
        if before is None:
            return Signal(reason="the first bar")
        upper, lower = before
        stop = self._exit.long if size >= 0 else self._exit.short
        breakdown = (("upper", upper), ("lower", lower), ("chandelier", stop), ("atr", self._atr.value))
        side = 1 if close > upper else -1 if close < lower else 0
        if size and (close - stop) * size < 0 and side * size <= 0:
            return Signal(Direction.FLAT, breakdown=breakdown, reason="closed beyond the chandelier exit")
        if side == 0 or side * size > 0:
            return Signal(breakdown=breakdown, reason="inside the channel" if side == 0 else "in position already")
        if not self._atr.value > 0:
            return Signal(breakdown=breakdown, reason="the market does not move")
        stop_price = close - side * self._parameters.stop_atr * self._atr.value
        why_not = obstacle(side, close, stop_price)
        if why_not:
            return Signal(breakdown=breakdown, reason=why_not)
        return Signal(
            Direction.LONG if side > 0 else Direction.SHORT,
            stop_price=stop_price,
            breakdown=breakdown,
            reason=f"closed {'above' if side > 0 else 'below'} the channel",
        )
