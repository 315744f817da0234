"""MACD cross."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from bot.domain.messages import Direction
from bot.indicators import Atr, Ema, Macd
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import AtrExits, enter


class MacdCrossParameters(AtrExits):
    """Parameters of the MACD cross."""

    fast_period: int = Field(12, ge=2, le=500, description="Bars of the fast average.")
    slow_period: int = Field(26, ge=3, le=1000, description="Bars of the slow average.")
    signal_period: int = Field(9, ge=2, le=500, description="Bars of the signal line.")
    trend_period: int = Field(100, ge=0, le=1000, description="Only with the side of this EMA; 0: both sides.")

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Self:
        if self.fast_period >= self.slow_period:
            raise ValueError("fast_period must be smaller than slow_period")
        if self.trend_period == 1:
            raise ValueError("trend_period must be 0, for none, or at least 2")
        return self


class MacdCross(Strategy):
    """Goes with the MACD line when it crosses its signal line.

    1. Long when the histogram turns from not above zero to above it, short when it turns below.
    2. With ``trend_period`` only in the direction of the side on which the close is of that EMA; a cross against it
       ends a position, but opens none.
    3. Stop and target are multiples of the ATR; the next cross the other way ends the position.
    """

    name: ClassVar[str] = "macd_cross"
    Parameters: ClassVar[type[StrategyParameters]] = MacdCrossParameters

    def __init__(self, parameters: MacdCrossParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._macd = self.use(Macd(parameters.fast_period, parameters.slow_period, parameters.signal_period))
        self._atr = self.use(Atr(parameters.atr_period))
        self._trend = self.use(Ema(parameters.trend_period)) if parameters.trend_period else None
        self._was: float | None = None

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        histogram = self._macd.histogram
        was, self._was = self._was, histogram
        close, trend = view.candle.close, self._trend.value if self._trend is not None else None
        breakdown = (
            ("macd", self._macd.macd),
            ("signal", self._macd.signal),
            ("histogram", histogram),
            *((("trend", trend),) if trend is not None else ()),
        )
        side = 0 if was is None else 1 if was <= 0 < histogram else -1 if was >= 0 > histogram else 0
        if side == 0:
            return Signal(breakdown=breakdown, reason="no cross")
        crossed = f"MACD crossed {'up' if side > 0 else 'down'}"
        if trend is not None and (close - trend) * side <= 0:
            return Signal(Direction.FLAT, breakdown=breakdown, reason=f"{crossed}, against the trend")
        return enter(self._parameters, side, close, self._atr.value, crossed, breakdown)
