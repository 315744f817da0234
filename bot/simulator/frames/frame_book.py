"""The book that orders trade with when the market is made of frames."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from bot.simulator.frames.frame import BookData
from bot.simulator.instruments import MAX_PRICE_TICKS
from bot.simulator.market.book import DEPTH, PRICE_TEXTS_MAX, Book, Level, Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO, plain

NO_BID, NO_ASK = 0, MAX_PRICE_TICKS + 1
"""Best prices of an empty side: no order accepts them."""


class FrameBook(Book):
    """The levels of the deepest recorded book topic.

    What orders take from a level is gone until a frame tells of that level anew. A snapshot that repeats a level
    with the same size tells nothing new.
    """

    def __init__(self, market: SymbolMarket) -> None:
        super().__init__(market, seed=0)
        self._street: dict[Side, dict[int, str]] = {"Buy": {}, "Sell": {}}  # most sizes are never reckoned with
        self._ladder: dict[Side, list[int]] = {"Buy": [], "Sell": []}
        self._gone: dict[Side, dict[int, Decimal]] = {"Buy": {}, "Sell": {}}
        self._tick_size = market.instrument.tick_size
        self._known_ticks: dict[str, int] = {}

    def clear(self) -> None:
        """Nothing is known of the street."""
        for side in self._street:
            self._street[side], self._ladder[side], self._gone[side] = {}, [], {}

    def apply(self, data: BookData, *, is_snapshot: bool) -> None:
        """Follow a frame that continues what is known."""
        self._refresh()
        changes: tuple[tuple[Side, list[tuple[str, str]]], ...] = (("Buy", data.b), ("Sell", data.a))
        for side, levels in changes:
            if is_snapshot:
                self._replace(side, levels)
            else:
                self._change(side, levels)

    def best(self, side: Side) -> int:
        level = next(self.levels(side, 1), None)
        if level is not None:
            return level.ticks
        return NO_BID if side == "Buy" else NO_ASK

    def middle(self) -> int | None:
        """Between the best prices as the frames tell them, ticks; None = a side is empty."""
        bids, asks = self._ladder["Buy"], self._ladder["Sell"]
        return (bids[-1] + asks[0]) // 2 if bids and asks else None

    def levels(self, side: Side, depth: int = DEPTH) -> Iterator[Level]:
        self._refresh()
        return islice(self._left(side), depth)

    def take(self, side: Side, ticks: int, qty: Decimal) -> None:
        gone = self._gone[side]
        gone[ticks] = gone.get(ticks, ZERO) + qty

    def shown(self, side: Side, depth: int) -> list[list[str]]:
        self._refresh()
        own = self._own[side]
        away = -1 if side == "Buy" else 1
        street = {level.ticks: level.qty for level in islice(self._left(side), depth)}
        prices = sorted({*street, *own}, key=lambda ticks: away * ticks)[:depth]
        return [[self.price_text(each), plain(street.get(each, ZERO) + own.get(each, ZERO))] for each in prices]

    def _left(self, side: Side) -> Iterator[Level]:
        """What is left of the street, best first."""
        street, gone, ladder = self._street[side], self._gone[side], self._ladder[side]
        for ticks in reversed(ladder) if side == "Buy" else ladder:
            qty = Decimal(street[ticks])
            if gone:
                qty -= gone.get(ticks, ZERO)
            if qty > 0:
                yield Level(ticks, qty)

    def _replace(self, side: Side, levels: list[tuple[str, str]]) -> None:
        before, gone = self._street[side], self._gone[side]
        told = {self._ticks(price): size for price, size in levels}  # if it names a level twice, the last word counts
        street = {ticks: size for ticks, size in told.items() if float(size)}
        self._street[side], self._ladder[side] = street, sorted(street)
        self._gone[side] = {ticks: qty for ticks, qty in gone.items() if street.get(ticks) == before.get(ticks)}

    def _change(self, side: Side, levels: list[tuple[str, str]]) -> None:
        street, ladder, gone, known = self._street[side], self._ladder[side], self._gone[side], self._known_ticks
        for price, size in levels:
            ticks = known.get(price) or self._ticks(price)
            if gone:
                gone.pop(ticks, None)
            if not float(size):
                if street.pop(ticks, None) is not None:
                    del ladder[bisect_left(ladder, ticks)]
                continue
            if ticks not in street:
                insort(ladder, ticks)
            street[ticks] = size

    def _ticks(self, price: str) -> int:
        ticks = self._known_ticks.get(price)
        if ticks is None:
            if len(self._known_ticks) > PRICE_TEXTS_MAX:
                self._known_ticks.clear()
            ticks = self._known_ticks[price] = int((Decimal(price) / self._tick_size).to_integral_value())
        return ticks

    def _refresh(self) -> None:
        """Ticks of another size: the levels keep their prices."""
        tick_size = self._market.instrument.tick_size
        if tick_size == self._tick_size:
            return
        ratio, self._tick_size = self._tick_size / tick_size, tick_size
        self._known_ticks, self._price_texts, self._own = {}, {}, {"Buy": {}, "Sell": {}}
        for side, street in self._street.items():
            moved: dict[int, Decimal] = {}
            for ticks, qty in street.items():
                new = int((ticks * ratio).to_integral_value())
                moved[new] = moved.get(new, ZERO) + Decimal(qty)
            self._street[side] = {ticks: plain(qty) for ticks, qty in moved.items()}
            self._ladder[side], self._gone[side] = sorted(moved), {}
