"""EMA cross, filtered by RSI and ATR."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from bot.domain.messages import Direction
from bot.indicators.averages import Ema
from bot.indicators.momentum import Rsi
from bot.indicators.volatility import Atr
from bot.strategies import base
from bot.strategies.exits import obstacle


class EmaCrossParameters(base.StrategyParameters):
    """Parameters of the EMA cross."""

    fast_period: int = Field(9, ge=2, le=500, description="Bars of the fast average.")
    slow_period: int = Field(21, ge=3, le=1000, description="Bars of the slow average.")
    rsi_period: int = Field(14, ge=2, le=200, description="Bars of the RSI.")
    rsi_long_max: float = Field(70.0, ge=50, le=100, description="No long entry above this RSI.")
    rsi_short_min: float = Field(30.0, ge=0, le=50, description="No short entry below this RSI.")
    atr_period: int = Field(14, ge=2, le=200, description="Bars of the ATR.")
    atr_fraction_min: float = Field(0.0002, ge=0, le=1, description="No entry where ATR / price is below this.")
    stop_atr: float = Field(2.0, gt=0, le=50, description="Distance of the stop-loss, in ATR.")
    target_atr: float = Field(3.0, gt=0, le=100, description="Distance of the take-profit, in ATR.")

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Self:
        if self.fast_period >= self.slow_period:
            raise ValueError("fast_period must be smaller than slow_period")
        return self


class EmaCross(base.Strategy):
    """Long when the fast average crosses above the slow one, short when it crosses below.

    A cross against RSI (already stretched that way) or in a market too quiet to pay for its fees (ATR) opens nothing,
    but it still ends a position on the other side.
    """

    name: ClassVar[str] = "ema_cross"
    Parameters: ClassVar[type[base.StrategyParameters]] = EmaCrossParameters

    def __init__(self, parameters: EmaCrossParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._fast = self.use(Ema(parameters.fast_period))
        self._slow = self.use(Ema(parameters.slow_period))
        self._rsi = self.use(Rsi(parameters.rsi_period))
        self._atr = self.use(Atr(parameters.atr_period))
        self._was_above: bool | None = None

    def decide(self, view: base.MarketView) -> base.Signal:
        """The decision after the bar in ``view``."""
        above = self._fast.value > self._slow.value
        was_above, self._was_above = self._was_above, above
        if above is was_above or was_above is None:
            return base.Signal(breakdown=self._readings(), reason="no cross")
        return self._enter(view.candle.close, above)

    def _readings(self) -> tuple[tuple[str, float], ...]:
        return (
            ("ema_fast", self._fast.value),
            ("ema_slow", self._slow.value),
            ("rsi", self._rsi.value),
            ("atr", self._atr.value),
        )

    def _enter(self, close: float, above: bool) -> base.Signal:
        parameters, rsi, atr = self._parameters, self._rsi.value, self._atr.value
        stretched = rsi > parameters.rsi_long_max if above else rsi < parameters.rsi_short_min
        quiet = atr < close * parameters.atr_fraction_min
        crossed = f"crossed {'up' if above else 'down'}"
        if stretched or quiet:
            why = "RSI is stretched" if stretched else "the market is too quiet"
            return base.Signal(Direction.FLAT, breakdown=self._readings(), reason=f"{crossed}, but {why}")
        sign = 1 if above else -1
        stop, target = close - sign * parameters.stop_atr * atr, close + sign * parameters.target_atr * atr
        why_not = obstacle(sign, close, stop, target)
        if why_not:
            return base.Signal(Direction.FLAT, breakdown=self._readings(), reason=f"{crossed}, but {why_not}")
        return base.Signal(
            Direction.LONG if above else Direction.SHORT,
            stop_price=stop,
            target_price=target,
            breakdown=self._readings(),
            reason=crossed,
        )
