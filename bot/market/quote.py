"""The ticker of one symbol, merged from frames that hold only what changed."""

from bot.domain.messages import TickerUpdate
from bot.domain.values import TimeMs


class Quote:
    """Last, mark, best bid and best ask price, in quote per base; 0 until first seen.

    ``funding_rate`` (per funding interval), ``next_funding_ms`` and ``turnover_24h`` (quote coin) are None until then.
    """

    __slots__ = (
        "ask_price",
        "bid_price",
        "funding_rate",
        "last_price",
        "mark_price",
        "next_funding_ms",
        "turnover_24h",
    )

    def __init__(self) -> None:
        self.last_price = self.mark_price = self.bid_price = self.ask_price = 0.0
        self.funding_rate: float | None = None
        self.next_funding_ms: TimeMs | None = None
        self.turnover_24h: float | None = None

    def merge(self, update: TickerUpdate) -> None:
        """Take over the fields that ``update`` carries; a missing field keeps its value."""
        for name in self.__slots__:
            value = getattr(update, name)
            if value is not None:
                setattr(self, name, value)

    @property
    def is_complete(self) -> bool:
        """Whether the last price and both best prices were seen at least once."""
        return self.last_price > 0 and self.bid_price > 0 and self.ask_price > 0
