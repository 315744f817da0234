"""The order book topics: a snapshot first, then what has changed (Bybit V5 docs, websocket public orderbook)."""

from collections.abc import Sequence
from typing import Any

from bot.simulator.market.book import CYCLE, Book, Look, Side, drawn_in
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import FramePush

BOOK_DEPTHS = (1, 50, 200, 1000)
REPEAT_MS = 3000
"""Depth 1 is sent again when nothing has changed for so long."""


class BookTopic:
    """One depth of one market's book, as its subscribers have it.

    Depth 1 is sent whole every time, the others as changes. `u` counts the changes of one depth; `seq` is the
    time of the book, so that it puts the frames of all depths in one order.
    """

    def __init__(self, market: SymbolMarket, book: Book, depth: int) -> None:
        self._market = market
        self._book = book
        self._depth = depth
        self._topic = f"orderbook.{depth}.{market.symbol}"
        self._update_id = 1
        self._own_changes = book.follow()
        self._seen = book.look()
        self._tick_size = market.instrument.tick_size
        self._restarts = False
        self._at_ms = self._sent_ms = market.clock.now_ms
        self._tops = self._top_lines() if depth == 1 else None

    def close(self) -> None:
        """Nobody subscribes any more."""
        self._book.unfollow(self._own_changes)

    def snapshot(self) -> FramePush:
        """The book that subscribers have got so far: updates continue from it."""
        self._follow_rules()
        return self._push("snapshot", self._whole("Buy"), self._whole("Sell"))

    def update(self) -> Sequence[FramePush]:
        """What has changed since the last push, if anything."""
        if self._depth == 1:
            return self._update_top()
        self._follow_rules()
        if self._restarts:
            return self._restart()
        look = self._book.look()
        bids, asks = self._changes("Buy", look), self._changes("Sell", look)
        self._seen = look
        if not bids and not asks:
            return ()
        self._count_update()
        return (self._push("delta", bids, asks),)

    def _follow_rules(self) -> None:
        """After a change of the tick size, what was seen is counted in ticks that are no more: all begins anew."""
        tick_size = self._market.instrument.tick_size
        if self._tick_size != tick_size:
            self._tick_size, self._restarts = tick_size, True
            self._look_anew()

    def _restart(self) -> Sequence[FramePush]:
        """Another snapshot takes the place of everything that subscribers have."""
        self._restarts = False
        self._look_anew()
        self._count_update()
        return (self.snapshot(),)

    def _look_anew(self) -> None:
        self._seen = self._book.look()
        for changes in self._own_changes.values():
            changes.clear()

    def _update_top(self) -> Sequence[FramePush]:
        now_ms = self._market.clock.now_ms
        self._look_anew()
        tops = self._top_lines()
        if tops != self._tops:
            self._tops = tops
            self._count_update()
        elif now_ms - self._sent_ms < REPEAT_MS:
            return ()
        self._sent_ms = now_ms
        return (self._push("snapshot", *tops),)

    def _count_update(self) -> None:
        self._at_ms = self._market.clock.now_ms
        self._update_id += 1

    def _top_lines(self) -> tuple[list[list[str]], list[list[str]]]:
        return self._whole("Buy"), self._whole("Sell")

    def _whole(self, side: Side) -> list[list[str]]:
        book, before = self._book, self._own_changes[side]
        own = book.own(side)
        if before:
            own = {ticks: qty for ticks, qty in {**own, **before}.items() if qty}
        return book.lines(self._seen, side, self._seen.window(side, self._depth), own)

    def _changes(self, side: Side, look: Look) -> list[list[str]]:
        """Deletes for what has left the window, sizes of what has come in and of what is new within."""
        seen, own_changes, depth = self._seen, self._own_changes[side], self._depth
        (old_low, old_high), (low, high) = seen.bounds(side, depth), look.bounds(side, depth)
        drawn = look.slot != seen.slot or look.sizes is not seen.sizes
        if low == old_low and high == old_high and not drawn and not own_changes:
            return []
        book = self._book
        lines = book.deletes(_outside(old_low, old_high, low, high))
        told = _outside(low, high, old_low, old_high)
        low, high = max(low, old_low), min(high, old_high)
        if low <= high:
            if drawn:
                told += self._drawn(look, low, high)
            for best in (seen.best(side), look.best(side)) if seen.bid != look.bid else ():
                if low <= best <= high:
                    told.append(best)
            if own_changes:
                told += [each for each in own_changes if low <= each <= high]
        own_changes.clear()
        return lines + book.lines(look, side, dict.fromkeys(told), book.own(side))

    def _drawn(self, look: Look, low: int, high: int) -> list[int]:
        """Prices from `low` to `high` that got new sizes since the last look."""
        slots = look.slot - self._seen.slot
        if look.sizes is not self._seen.sizes or slots >= CYCLE:
            return list(range(low, high + 1))
        prices: list[int] = []
        for slot in range(self._seen.slot + 1, look.slot + 1):
            prices += range(low + (drawn_in(slot) - low) % CYCLE, high + 1, CYCLE)
        return prices

    def _push(self, kind: str, bids: list[list[str]], asks: list[list[str]]) -> FramePush:
        data: dict[str, Any] = {
            "s": self._market.symbol, "b": bids, "a": asks, "u": self._update_id, "seq": self._at_ms,
        }  # fmt: skip
        now_ms = self._market.clock.now_ms
        frame = {"topic": self._topic, "type": kind, "ts": now_ms, "data": data, "cts": self._at_ms}
        return FramePush(self._topic, None, frame, self._market.category)


def _outside(low: int, high: int, other_low: int, other_high: int) -> list[int]:
    """Prices from `low` to `high` that are not from `other_low` to `other_high`."""
    if low == other_low and high == other_high:
        return []
    return [*range(low, min(high, other_low - 1) + 1), *range(max(low, other_high + 1), high + 1)]
