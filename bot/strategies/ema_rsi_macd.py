"""Votes of EMA cross, RSI, MACD cross and Bollinger touch."""

from typing import ClassVar, Self

from msgspec import structs
from pydantic import Field, model_validator

from bot.domain.messages import Direction
from bot.indicators import Atr, Bollinger, Ema, Macd, Rsi
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import AtrExits, enter


class EmaRsiMacdParameters(AtrExits):
    """Parameters of the votes."""

    fast_period: int = Field(9, ge=2, le=500, description="Bars of the fast average.")
    slow_period: int = Field(21, ge=3, le=1000, description="Bars of the slow average.")
    rsi_period: int = Field(14, ge=2, le=200, description="Bars of the RSI.")
    rsi_oversold: float = Field(35.0, ge=0, le=50, description="An RSI up to this votes long.")
    rsi_overbought: float = Field(65.0, ge=50, le=100, description="An RSI from this votes short.")
    band_period: int = Field(20, ge=2, le=500, description="Bars of the Bollinger bands.")
    remember_bars: int = Field(3, ge=1, le=100, description="A cross votes for so many bars.")
    strength_min: float = Field(
        2.0, gt=0, le=3.5, description="Votes on one side, less those on the other, for a trade."
    )

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Self:
        if self.fast_period >= self.slow_period:
            raise ValueError("fast_period must be smaller than slow_period")
        return self


class EmaRsiMacd(Strategy):
    """Counts four votes and trades at a strength of 2.

    1. EMA cross: a vote for its side, on the bar of the cross and for ``remember_bars`` in all.
    2. RSI: a vote for long up to ``rsi_oversold``, for short from ``rsi_overbought``.
    3. MACD cross of line and signal: a vote for its side, for ``remember_bars``.
    4. Bollinger touch: half a vote for long if the low reached the lower band, for short if the high reached the upper.
    5. The strength is the sum, long votes positive. At ``strength_min`` it asks for long, at minus that for short,
       once: the strength must have been less before. The same strength on the other side ends a position.
    """

    name: ClassVar[str] = "ema_rsi_macd"
    Parameters: ClassVar[type[StrategyParameters]] = EmaRsiMacdParameters

    def __init__(self, parameters: EmaRsiMacdParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._fast = self.use(Ema(parameters.fast_period))
        self._slow = self.use(Ema(parameters.slow_period))
        self._rsi = self.use(Rsi(parameters.rsi_period))
        self._macd = self.use(Macd())
        self._bands = self.use(Bollinger(parameters.band_period))
        self._atr = self.use(Atr(parameters.atr_period))
        self._ema_cross = Cross(parameters.remember_bars)
        self._macd_cross = Cross(parameters.remember_bars)
        self._was = 0.0

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        parameters, least = self._parameters, self._parameters.strength_min
        breakdown = (
            ("ema_cross", self._ema_cross.vote(self._fast.value - self._slow.value)),
            ("rsi", self._by_rsi()),
            ("macd_cross", self._macd_cross.vote(self._macd.histogram)),
            ("bollinger", self._by_touch(view)),
        )
        strength = sum(vote for _, vote in breakdown)
        side = 1 if strength >= least else -1 if strength <= -least else 0
        was, self._was = self._was, side
        if side in {0, was}:
            found = Signal(breakdown=breakdown, reason="too few votes" if side == 0 else "the same as before")
        elif view.position.size * side < 0:
            found = Signal(Direction.FLAT, breakdown=breakdown, reason="voted for the other side")
        else:
            found = enter(parameters, side, view.candle.close, self._atr.value, "voted for", breakdown)
        return structs.replace(found, score=strength, threshold=least)

    def _by_rsi(self) -> float:
        rsi = self._rsi.value
        return float((rsi <= self._parameters.rsi_oversold) - (rsi >= self._parameters.rsi_overbought))

    def _by_touch(self, view: MarketView) -> float:
        bar, bands = view.candle, self._bands
        return 0.5 * ((bar.low <= bands.lower) - (bar.high >= bands.upper))


class Cross:
    """The side of the last change of sign, for as long as it is remembered."""

    def __init__(self, remember_bars: int) -> None:
        self._remember_bars = remember_bars
        self._last: float | None = None
        self._side = 0.0
        self._age = 0

    def vote(self, difference: float) -> float:
        """1 or -1 for a recent change of sign of ``difference`` up or down, 0 for none."""
        last, self._last = self._last, difference
        self._age += 1
        if last is not None and (last <= 0 < difference or last >= 0 > difference):
            self._side, self._age = (1.0 if difference > 0 else -1.0), 0
        return self._side if self._age < self._remember_bars else 0.0
