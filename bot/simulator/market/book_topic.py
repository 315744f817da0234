"""The order book topics: a snapshot first, then what has changed."""

from typing import Any

from bot.simulator.market.book import Book, Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import plain
from bot.simulator.push import FramePush

BOOK_DEPTHS = (1, 50, 200, 1000)
"""As on Bybit; there are only 50 levels, so deeper topics carry those."""

type SideLevels = dict[str, str]


def book_side(book: Book, side: Side, depth: int) -> SideLevels:
    """Price to size of one side, best first."""
    return {book.price_text(level.ticks): plain(level.qty) for level in book.levels(side, depth)}


class BookTopic:
    """One depth of one symbol's book, as its subscribers have it."""

    def __init__(self, market: SymbolMarket, book: Book, depth: int) -> None:
        self._market = market
        self._book = book
        self._depth = depth
        self._topic = f"orderbook.{depth}.{market.symbol}"
        self._update_id = 1
        self._bids, self._asks = self._levels()
        self._at_ms = market.clock.now_ms

    def snapshot(self) -> FramePush:
        """The book that subscribers have got so far: updates continue from it."""
        return self._push("snapshot", self._bids, self._asks)

    def update(self) -> FramePush | None:
        """What has changed since the last push; None = nothing."""
        bids, asks = self._levels()
        bid_changes, ask_changes = _changes(self._bids, bids), _changes(self._asks, asks)
        if not bid_changes and not ask_changes:
            return None
        self._bids, self._asks = bids, asks
        self._at_ms = self._market.clock.now_ms
        self._update_id += 1
        if self._depth == 1:
            return self.snapshot()
        return self._push("delta", bid_changes, ask_changes)

    def _levels(self) -> tuple[SideLevels, SideLevels]:
        return book_side(self._book, "Buy", self._depth), book_side(self._book, "Sell", self._depth)

    def _push(self, kind: str, bids: SideLevels, asks: SideLevels) -> FramePush:
        data: dict[str, Any] = {
            "s": self._market.symbol,
            "b": [list(level) for level in bids.items()],
            "a": [list(level) for level in asks.items()],
            "u": self._update_id,
            "seq": self._at_ms,
        }
        now_ms = self._market.clock.now_ms
        frame = {"topic": self._topic, "type": kind, "ts": now_ms, "data": data, "cts": self._at_ms}
        return FramePush(self._topic, None, frame, self._market.category)


def _changes(before: SideLevels, now: SideLevels) -> SideLevels:
    """New and changed levels, and size 0 for those that are gone."""
    changed = {price: "0" for price in before if price not in now}
    changed.update({price: size for price, size in now.items() if before.get(price) != size})
    return changed
