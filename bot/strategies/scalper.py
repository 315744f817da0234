"""Scalper: quick trades out of oversold and overbought."""

from typing import ClassVar, Self

from msgspec import structs
from pydantic import Field, model_validator

from bot.domain.messages import Direction
from bot.indicators import Atr, FibonacciPivots, StochRsi
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import AtrExits, Readings, enter


class ScalperParameters(AtrExits):
    """Parameters of the scalper."""

    rsi_period: int = Field(14, ge=2, le=200, description="Bars of the RSI.")
    stoch_period: int = Field(14, ge=2, le=200, description="Bars of the stochastic of the RSI.")
    oversold: float = Field(20.0, ge=0, le=50, description="Below this %K is oversold.")
    overbought: float = Field(80.0, ge=50, le=100, description="Above this it is overbought.")
    pivot_filter: bool = Field(False, description="Long only at a Fibonacci support, short only at a resistance.")
    pivot_atr: float = Field(1.0, gt=0, le=20, description="At a level means within this many ATR of it.")
    amount_quote: float = Field(200.0, gt=0, le=1e9, description="Value of every trade, in quote coin.")
    atr_fraction_max: float = Field(0.02, gt=0, le=1, description="No entry where ATR / price is above this.")

    @model_validator(mode="after")
    def _sides(self) -> Self:
        if self.oversold >= self.overbought:
            raise ValueError("oversold must be below overbought")
        if self.atr_fraction_min >= self.atr_fraction_max:
            raise ValueError("atr_fraction_min must be below atr_fraction_max")
        return self


class Scalper(Strategy):
    """Buys when StochRSI leaves oversold, sells when it leaves overbought; a fixed amount per trade.

    1. Long when %K crosses above %D having been below ``oversold`` on the bar before; short when it crosses below %D
       from above ``overbought``.
    2. With ``pivot_filter`` a long needs a support of the day's Fibonacci pivots (pivot, S1 to S3) within ``pivot_atr``
       ATR of the close, a short a resistance (pivot, R1 to R3).
    3. ATR-aware: stop and target are in ATR, and a market whose ATR / price is not between ``atr_fraction_min`` and
       ``atr_fraction_max`` is not entered.
    4. The cross on the other side ends a position.
    """

    name: ClassVar[str] = "scalper"
    Parameters: ClassVar[type[StrategyParameters]] = ScalperParameters

    def __init__(self, parameters: ScalperParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._stoch = self.use(StochRsi(parameters.stoch_period, parameters.rsi_period))
        self._atr = self.use(Atr(parameters.atr_period))
        self._pivots = self.use(FibonacciPivots()) if parameters.pivot_filter else None
        self._was: tuple[float, float] | None = None

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        parameters, stoch, close, atr = self._parameters, self._stoch, view.candle.close, self._atr.value
        was, self._was = self._was, (stoch.k, stoch.d)
        breakdown: Readings = (("stoch_k", stoch.k), ("stoch_d", stoch.d), ("atr", atr))
        side = _cross(was, (stoch.k, stoch.d), parameters.oversold, parameters.overbought)
        if side == 0:
            return Signal(breakdown=breakdown, reason="no cross out of oversold or overbought")
        crossed = f"crossed out of {'oversold' if side > 0 else 'overbought'}"
        if view.position.size * side < 0:
            return Signal(Direction.FLAT, breakdown=breakdown, reason=crossed)
        if atr > parameters.atr_fraction_max * close:
            return Signal(breakdown=breakdown, reason=f"{crossed}, but the market is too wild")
        if self._pivots is not None and not self._at_a_level(self._pivots, side, close, atr):
            return Signal(breakdown=breakdown, reason=f"{crossed}, but at no level")
        found = enter(parameters, side, close, atr, crossed, breakdown)
        return structs.replace(found, amount_quote=parameters.amount_quote)

    def _at_a_level(self, pivots: FibonacciPivots, side: int, close: float, atr: float) -> bool:
        supports, resistances = (pivots.s1, pivots.s2, pivots.s3), (pivots.r1, pivots.r2, pivots.r3)
        levels = (pivots.pivot, *(supports if side > 0 else resistances))
        return any(abs(close - level) <= self._parameters.pivot_atr * atr for level in levels)


def _cross(was: tuple[float, float] | None, now: tuple[float, float], oversold: float, overbought: float) -> int:
    """1 for %K above %D out of oversold, -1 below it out of overbought, 0 for neither."""
    if was is None:
        return 0
    if was[0] <= was[1] and now[0] > now[1] and was[0] < oversold:
        return 1
    return -1 if was[0] >= was[1] and now[0] < now[1] and was[0] > overbought else 0
