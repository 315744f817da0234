"""The ticker of one symbol, merged from frames that hold only what changed."""

from bot.domain.messages import TickerUpdate


class Quote:
    """Last, best bid and best ask price, in quote per base; 0 until first seen."""

    __slots__ = ("ask_price", "bid_price", "last_price")

    def __init__(self) -> None:
        self.last_price = 0.0
        self.bid_price = 0.0
        self.ask_price = 0.0

    def merge(self, update: TickerUpdate) -> None:
        """Take over the fields that ``update`` carries; a missing field keeps its value."""
        if update.last_price is not None:
            self.last_price = update.last_price
        if update.bid_price is not None:
            self.bid_price = update.bid_price
        if update.ask_price is not None:
            self.ask_price = update.ask_price

    @property
    def is_complete(self) -> bool:
        """Whether every field was seen at least once."""
        return self.last_price > 0 and self.bid_price > 0 and self.ask_price > 0
