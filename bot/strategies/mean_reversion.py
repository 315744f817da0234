"""Mean reversion: against what has gone too far, back to the average."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from bot.domain.messages import Direction
from bot.indicators import Adx, Atr, Bollinger, Rsi
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import obstacle


class MeanReversionParameters(StrategyParameters):
    """Parameters of mean reversion."""

    period: int = Field(20, ge=2, le=500, description="Bars of the Bollinger bands.")
    deviations: float = Field(2.0, gt=0, le=10, description="Their distance from the average, in standard deviations.")
    rsi_period: int = Field(14, ge=2, le=200, description="Bars of the RSI.")
    rsi_oversold: float = Field(30.0, ge=0, le=50, description="Long only with an RSI up to this.")
    rsi_overbought: float = Field(70.0, ge=50, le=100, description="Short only with an RSI from this.")
    adx_max: float = Field(30.0, gt=0, le=100, description="No entry against a trend stronger than this.")
    atr_period: int = Field(14, ge=2, le=200, description="Bars of the ATR.")
    stop_atr: float = Field(2.0, gt=0, le=50, description="Distance of the stop-loss, in ATR.")
    reward_min: float = Field(
        0.5, ge=0, le=20, description="Least way to the average, as a multiple of the way to the stop."
    )
    bars_max: int = Field(30, ge=1, le=10_000, description="A position that has not come back by then is closed.")

    @model_validator(mode="after")
    def _sides(self) -> Self:
        if self.rsi_oversold >= self.rsi_overbought:
            raise ValueError("rsi_oversold must be below rsi_overbought")
        return self


class MeanReversion(Strategy):
    """Buys below the lower Bollinger band and sells above the upper one, for the way back to the average.

    1. Long when a bar closes below the lower band with an RSI of ``rsi_oversold`` or less; short mirrored.
    2. Not against a trend: ADX up to ``adx_max`` only.
    3. Target is the average as it is at the entry, the stop ``stop_atr`` ATR away; an entry whose way to the target is
       less than ``reward_min`` times that to the stop is left alone.
    4. A position ends when a close is back at the average, or after ``bars_max`` bars.
    """

    name: ClassVar[str] = "mean_reversion"
    Parameters: ClassVar[type[StrategyParameters]] = MeanReversionParameters

    def __init__(self, parameters: MeanReversionParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._bands = self.use(Bollinger(parameters.period, parameters.deviations))
        self._rsi = self.use(Rsi(parameters.rsi_period))
        self._adx = self.use(Adx())
        self._atr = self.use(Atr(parameters.atr_period))
        self._bars_held = 0

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        bands, close = self._bands, view.candle.close
        breakdown = (("percent_b", bands.percent_b), ("rsi", self._rsi.value), ("adx", self._adx.adx))
        size = view.position.size
        self._bars_held = self._bars_held + 1 if size else 0
        if size:
            return self._hold(size * (close - bands.middle) >= 0, breakdown)
        side = 1 if close < bands.lower else -1 if close > bands.upper else 0
        if side == 0:
            return Signal(breakdown=breakdown, reason="inside the bands")
        return self._enter(side, close, breakdown)

    def take_over(self, earlier: Strategy) -> None:
        """A position does not become younger."""
        if isinstance(earlier, MeanReversion):
            self._bars_held = earlier._bars_held  # noqa: SLF001 - its own kind

    def _hold(self, back: bool, breakdown: tuple[tuple[str, float], ...]) -> Signal:
        if back:
            return Signal(Direction.FLAT, breakdown=breakdown, reason="back at the average")
        if self._bars_held >= self._parameters.bars_max:
            return Signal(Direction.FLAT, breakdown=breakdown, reason="it did not come back in time")
        return Signal(breakdown=breakdown, reason="in position")

    def _enter(self, side: int, close: float, breakdown: tuple[tuple[str, float], ...]) -> Signal:
        parameters, atr = self._parameters, self._atr.value
        rsi = self._rsi.value
        stretched = rsi <= parameters.rsi_oversold if side > 0 else rsi >= parameters.rsi_overbought
        if not stretched:
            return Signal(breakdown=breakdown, reason="beyond the band, but the RSI is not stretched")
        if self._adx.adx > parameters.adx_max:
            return Signal(breakdown=breakdown, reason="beyond the band, but with a strong trend")
        risk, reward = parameters.stop_atr * atr, (self._bands.middle - close) * side
        if not reward >= parameters.reward_min * risk or not risk > 0:
            return Signal(breakdown=breakdown, reason="too little way back for the risk")
        why_not = obstacle(side, close, close - side * risk, self._bands.middle)
        if why_not:
            return Signal(breakdown=breakdown, reason=f"beyond the band, but {why_not}")
        return Signal(
            Direction.LONG if side > 0 else Direction.SHORT,
            stop_price=close - side * risk,
            target_price=self._bands.middle,
            breakdown=breakdown,
            reason="stretched beyond the band",
        )
