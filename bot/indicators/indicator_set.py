"""All indicators of one symbol and interval, kept up to date together."""

from collections.abc import Sequence

from bot.domain.values import Candle
from bot.indicators.base import Indicator


class IndicatorSet:
    """Indicators that see the same bars. ``update`` once per closed bar; then read the values from the indicators."""

    __slots__ = ("indicators", "ready")

    def __init__(self, indicators: Sequence[Indicator]) -> None:
        self.indicators = tuple(indicators)
        self.ready = not self.indicators

    @property
    def warmup_bars(self) -> int:
        """How many bars it takes until every indicator is ready."""
        return max((each.warmup_bars for each in self.indicators), default=0)

    def update(self, candle: Candle) -> None:
        """Take the next closed bar."""
        for each in self.indicators:
            each.update(candle)
        self.ready = all(each.ready for each in self.indicators)
