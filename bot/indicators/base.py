"""What every indicator can do."""

from typing import Protocol

from bot.domain.values import Candle


class Indicator(Protocol):
    """A number, or several, kept up to date one closed bar at a time, in constant time and space."""

    ready: bool
    """False while too little history was seen: until then no value may be used."""

    warmup_bars: int
    """How many bars it takes to become ready."""

    def update(self, candle: Candle) -> None:
        """Take the next closed bar."""
        ...
