"""Orders that wait for a price: by price, and by time at each price."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from bot.simulator.trading.order import Order


class Ladder:
    """Orders of all accounts on one side of one market, each at a level (ticks).

    Adding and taking away cost the same however many wait; the order of one level is that of adding.
    """

    __slots__ = ("_orders", "_ticks")

    def __init__(self) -> None:
        self._orders: dict[int, dict[Order, None]] = {}
        self._ticks: list[int] = []

    def add(self, order: Order, ticks: int) -> None:
        """Put an order, which waits nowhere else, last in the line of a level."""
        order.place, order.level = self, ticks
        waiting = self._orders.get(ticks)
        if waiting is None:
            self._orders[ticks] = {order: None}
            insort(self._ticks, ticks)
        else:
            waiting[order] = None

    def remove(self, order: Order) -> None:
        """Take an order away that waits here."""
        ticks = order.level
        order.place = None
        waiting = self._orders[ticks]
        del waiting[order]
        if not waiting:
            del self._orders[ticks]
            del self._ticks[bisect_left(self._ticks, ticks)]

    @property
    def lowest(self) -> int | None:
        return self._ticks[0] if self._ticks else None

    @property
    def highest(self) -> int | None:
        return self._ticks[-1] if self._ticks else None

    def first_at(self, ticks: int) -> Order:
        """Who is first in the line of a level that is not empty."""
        return next(iter(self._orders[ticks]))

    def from_below(self) -> Iterator[Order]:
        """Lowest level first, oldest first at each; nothing may change meanwhile."""
        for ticks in self._ticks:
            yield from self._orders[ticks]

    def from_above(self) -> Iterator[Order]:
        """Highest level first, oldest first at each; nothing may change meanwhile."""
        for ticks in reversed(self._ticks):
            yield from self._orders[ticks]
