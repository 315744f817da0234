"""What an exchange made of frames needs to know before the first of them."""

from decimal import Decimal
from typing import Protocol

from bot.simulator.feeds.contract import MarketFeed


class FrameFeed(MarketFeed, Protocol):
    """The markets of a capture or of a mirror; `bars` are candles from before the first frame, of one minute."""

    def first_price(self, symbol: str) -> Decimal:
        """What the last price is until a frame tells of it, quote coin."""
        ...

    def book_topic(self, symbol: str) -> str:
        """The topic that tells of the book that orders trade with; "" = there is none."""
        ...

    def has_topic(self, symbol: str, topic: str) -> bool:
        """Whether frames of a topic come, so that they are passed on as they are."""
        ...

    def want(self, symbol: str, topic: str) -> None:
        """Somebody has subscribed to a topic of which frames come."""
        ...
