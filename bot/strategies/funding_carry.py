"""Funding carry: on the side that is paid, when the other side pays a lot."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from bot.domain.messages import Direction
from bot.indicators import Atr, Ema
from bot.market.needs import MarketNeeds
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import AtrExits, enter


class FundingCarryParameters(AtrExits):
    """Parameters of funding carry."""

    enter_rate: float = Field(0.0003, gt=0, le=0.05, description="Least funding rate, either way, for an entry.")
    exit_rate: float = Field(0.0001, ge=0, le=0.05, description="A position ends when the rate is below this.")
    trend_period: int = Field(100, ge=2, le=1000, description="Bars of the EMA.")
    stretch_atr: float = Field(
        1.0, ge=0, le=50, description="How far the price must be from the EMA, on the crowd's side, in ATR."
    )

    @model_validator(mode="after")
    def _rates(self) -> Self:
        if self.exit_rate >= self.enter_rate:
            raise ValueError("exit_rate must be below enter_rate")
        return self


class FundingCarry(Strategy):
    """Leans against a crowd that pays much to stay in its position.

    1. With a funding rate of ``enter_rate`` or more longs pay: it goes short, if the close is at least ``stretch_atr``
       ATR above the EMA, so that the crowd has something to lose; with a rate as far below zero, long and mirrored.
    2. A position ends when the rate has come back to ``exit_rate``, or turned: nobody pays for it any more.
    3. Stop and target are in ATR. Without a known rate nothing is begun.
    """

    name: ClassVar[str] = "funding_carry"
    Parameters: ClassVar[type[StrategyParameters]] = FundingCarryParameters

    def __init__(self, parameters: FundingCarryParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._average = self.use(Ema(parameters.trend_period))
        self._atr = self.use(Atr(parameters.atr_period))

    @property
    def needs(self) -> MarketNeeds:
        """The funding rate."""
        return MarketNeeds(ticker=True)

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        parameters, rate, close, atr = self._parameters, view.funding_rate, view.candle.close, self._atr.value
        if rate is None:
            return Signal(reason="the funding rate is not known")
        stretch = (close - self._average.value) / atr if atr > 0 else 0.0
        breakdown = (("funding_rate", rate), ("stretch_atr", stretch))
        held, side = view.position.size, -1 if rate > 0 else 1
        if held:
            paid = held * side > 0 and abs(rate) > parameters.exit_rate
            if not paid:
                return Signal(Direction.FLAT, breakdown=breakdown, reason="funding pays no longer")
            return Signal(breakdown=breakdown, reason="in position")
        if abs(rate) < parameters.enter_rate:
            return Signal(breakdown=breakdown, reason="funding is not extreme")
        if -stretch * side < parameters.stretch_atr:
            return Signal(breakdown=breakdown, reason="funding is extreme, but the price is not stretched")
        return enter(parameters, side, close, atr, "against a crowd that pays", breakdown)
