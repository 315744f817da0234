"""What stops, targets and sizes may be measured by, read beside a strategy's own indicators."""

from math import nan

from bot.config.exits import ExitsConfig
from bot.domain.messages import Levels
from bot.indicators.channels import Donchian
from bot.indicators.volatility import Atr
from bot.strategies.base import Strategy


class LevelReader:
    """ATR and extremes of one symbol. They live in the strategy's set of indicators: one compiled call for all."""

    def __init__(self, strategy: Strategy, exits: ExitsConfig) -> None:
        self._atr = strategy.use(Atr(exits.atr_period))
        self._extremes = strategy.use(Donchian(exits.bars)) if exits.needs_extremes else None

    def read(self) -> Levels:
        """As they are after the last bar."""
        if self._extremes is None:
            return Levels(self._atr.value, nan, nan)
        return Levels(self._atr.value, self._extremes.upper, self._extremes.lower)
