"""What a strategy is."""

from abc import ABC, abstractmethod
from typing import ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict

from bot.domain.messages import Direction
from bot.domain.values import Candle, Symbol
from bot.indicators.base import Indicator


class Parameters(BaseModel):
    """Base of a strategy's parameters: typed, bounded, with defaults; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What a strategy wants after a bar. Prices are absolute and unrounded; ``strength`` is 0 to 1."""

    direction: Direction
    strength: float = 1.0
    stop_price: float | None = None
    target_price: float | None = None
    breakdown: tuple[tuple[str, float], ...] = ()


class MarketView:
    """What a strategy sees when it decides. One object per analyzer, renewed in place for every bar."""

    __slots__ = ("candle", "symbol")

    def __init__(self, symbol: Symbol, candle: Candle) -> None:
        self.symbol = symbol
        self.candle = candle


class Strategy(ABC):
    """Decides after every closed bar of one symbol, from its indicators and the view.

    Indicators are registered with ``use`` in ``__init__``; the analyzer updates them before every ``decide`` and calls
    ``decide`` only once all are ready. While history is loaded ``decide`` is called as well, so that a strategy that
    remembers something is in the same state as if it had been running, but its answer is not acted on.
    """

    name: ClassVar[str]
    Parameters: ClassVar[type[Parameters]]

    def __init__(self) -> None:
        self.indicators: list[Indicator] = []

    def use[I: Indicator](self, indicator: I) -> I:
        """Register an indicator and return it."""
        self.indicators.append(indicator)
        return indicator

    @property
    def warmup_bars(self) -> int:
        """How many bars of history the strategy asks for: enough for smoothed indicators to forget their start."""
        return 5 * max((indicator.warmup_bars for indicator in self.indicators), default=1)

    @abstractmethod
    def decide(self, view: MarketView) -> Decision | None:
        """The decision after the bar in ``view``; None where there is nothing to do."""
