"""Momentum: MACD, an RSI band and the side of an SMA, counted together."""

from typing import ClassVar, Self

from msgspec import structs
from pydantic import Field, model_validator

from bot.domain.messages import Direction
from bot.indicators import Atr, Macd, Rsi, Sma
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import AtrExits, enter


class MomentumParameters(AtrExits):
    """Parameters of the momentum strategy."""

    rsi_period: int = Field(14, ge=2, le=200, description="Bars of the RSI.")
    rsi_low: float = Field(
        50.0, ge=0, le=100, description="Long only with the RSI above this (short: below 100 less it)."
    )
    rsi_high: float = Field(70.0, ge=0, le=100, description="and below this: beyond it the move is nearly over.")
    sma_period: int = Field(50, ge=2, le=1000, description="Bars of the average.")
    score_min: int = Field(3, ge=1, le=3, description="How many of the three must agree.")

    @model_validator(mode="after")
    def _band(self) -> Self:
        if self.rsi_low >= self.rsi_high:
            raise ValueError("rsi_low must be below rsi_high")
        return self


class MomentumStrategy(Strategy):
    """Goes with a move that MACD, RSI and SMA agree on.

    1. Each gives a point to one side: the MACD histogram by its sign; the RSI if it is inside its band (``rsi_low`` to
       ``rsi_high`` for long, mirrored at 50 for short); the close by the side of the SMA on which it is.
    2. With ``score_min`` points on one side, and more than on the other, it asks for a position there, once per move:
       it must have had fewer points before.
    3. A position ends when the points of the other side are more, or at stop and target, which are in ATR.
    """

    name: ClassVar[str] = "momentum"
    Parameters: ClassVar[type[StrategyParameters]] = MomentumParameters

    def __init__(self, parameters: MomentumParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._macd = self.use(Macd())
        self._rsi = self.use(Rsi(parameters.rsi_period))
        self._sma = self.use(Sma(parameters.sma_period))
        self._atr = self.use(Atr(parameters.atr_period))
        self._was = 0

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        parameters, close = self._parameters, view.candle.close
        parts = (("macd", self._by_macd()), ("rsi_band", self._by_rsi()), ("sma", _sign(close - self._sma.value)))
        score = sum(part for _, part in parts)
        points = max(sum(part > 0 for _, part in parts), sum(part < 0 for _, part in parts))
        side = _sign(score) if points >= parameters.score_min else 0
        was, self._was = self._was, side
        breakdown = tuple((name, float(part)) for name, part in parts)
        if side not in {0, was}:
            found = enter(parameters, side, close, self._atr.value, "the three agree", breakdown)
        elif view.position.size * score < 0:
            found = Signal(Direction.FLAT, breakdown=breakdown, reason="more speaks for the other side")
        else:
            found = Signal(breakdown=breakdown, reason="nothing new" if side else "they do not agree")
        return structs.replace(found, score=float(score), threshold=float(parameters.score_min))

    def _by_macd(self) -> int:
        return _sign(self._macd.histogram)

    def _by_rsi(self) -> int:
        rsi, low, high = self._rsi.value, self._parameters.rsi_low, self._parameters.rsi_high
        if low < rsi < high:
            return 1
        return -1 if 100 - high < rsi < 100 - low else 0


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
