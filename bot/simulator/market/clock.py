"""Virtual time of the whole exchange."""

from dataclasses import dataclass


@dataclass(slots=True)
class MarketClock:
    """Where virtual time stands; only the exchange moves it.

    Attributes:
        now_ms: time of the last thing that happened, ms UTC.
        opened: False while bars that close at `now_ms` are being closed; True once the bars that open at
            `now_ms` have begun. It splits the one millisecond in which one bar ends and the next begins.
    """

    now_ms: int
    opened: bool = False

    def has_passed(self, start_ms: int) -> bool:
        """Whether a bar that opens at `start_ms` has begun."""
        return self.now_ms > start_ms or (self.opened and self.now_ms == start_ms)
