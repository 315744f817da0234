"""One market as orders meet it: its price, its street, and everybody who waits in it."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import get_args

from bot.simulator.market.book import Book, Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.walk import Levels
from bot.simulator.numbers import ZERO
from bot.simulator.trading.ladder import Ladder
from bot.simulator.trading.order import FALL, RISE, Order, TriggerBy

NO_LEVELS = Levels(None, None)
TRIGGERS: tuple[TriggerBy, ...] = get_args(TriggerBy)


class Counter:
    """Resting and untriggered orders of all accounts in one market.

    A resting bid trades with the street when the best ask comes down to it, which is when the last price is a
    tick lower. An untriggered order waits until the last, mark or index price is at its trigger or past it.
    """

    def __init__(self, market: SymbolMarket, book: Book) -> None:
        self.market = market
        self.book = book
        self._bids, self._asks = Ladder(), Ladder()
        self._resting: dict[Side, Ladder] = {"Buy": self._bids, "Sell": self._asks}
        self._rising = {each: Ladder() for each in TRIGGERS}
        self._falling = {each: Ladder() for each in TRIGGERS}
        self._priorities = count(1)
        self.trailing: dict[Order, None] = {}
        """Trailing stops that follow the price by now."""

    def resting(self, side: Side) -> Ladder:
        """Bids ("Buy") or asks ("Sell") of accounts."""
        return self._resting[side]

    def best(self, side: Side) -> int | None:
        """Best resting price of a side (ticks)."""
        ladder = self._resting[side]
        return ladder.highest if side == "Buy" else ladder.lowest

    def best_of_all(self, side: Side) -> int:
        """Best price of a side (ticks), the street's included."""
        ours, street = self.best(side), self.book.best(side)
        if ours is None:
            return street
        return max(ours, street) if side == "Buy" else min(ours, street)

    def rest(self, order: Order) -> None:
        """Put an order into the book, behind those that are at its price."""
        order.priority = next(self._priorities)
        self._resting[order.side].add(order, order.limit_ticks)
        self.show(order)

    def wait(self, order: Order) -> None:
        """Let an untriggered order wait for its trigger, or a trailing stop for the price where it begins to trail."""
        order.priority = next(self._priorities)
        direction, ticks = order.trigger_direction, order.trigger_ticks
        if order.active_ticks is not None:
            direction, ticks = RISE + FALL - direction, order.active_ticks
        elif order.trail_ticks:
            self.trailing[order] = None
        ladders = self._rising if direction == RISE else self._falling
        ladders[order.trigger_by or "LastPrice"].add(order, ticks)

    def reprice(self, order: Order, tick_size_before: Decimal) -> None:
        """Put an order to where its prices are in ticks of a new size."""
        waits = order.place is not None
        order.shown = ZERO  # the book has forgotten it with the old ticks
        self.remove(order)
        rules, away = self.market.instrument, -1 if order.side == "Sell" else 1
        if order.price:
            order.limit_ticks = max(away * int(away * order.price // rules.tick_size), 1)
            order.price = self.market.price_of(order.limit_ticks)
        ratio = tick_size_before / rules.tick_size
        if order.trail_ticks:
            order.trail_ticks = max(round(order.trail_ticks * ratio), 1)
        if order.active_ticks is not None:
            order.active_ticks = max(round(order.active_ticks * ratio), 1)
        if order.trigger_price is not None:
            order.trigger_ticks = max(self.market.ticks_of(order.trigger_price), 1)
        if waits:
            self.wait(order) if order.is_waiting else self.rest(order)

    def start_trailing(self, order: Order) -> None:
        """Let a trailing stop follow the last price from here on."""
        order.active_ticks = None
        self.remove(order)
        self._trail(order, self.market.quote.ticks)

    def ratchet(self) -> None:
        """Trailing stops follow a price that has gone their way; they never go back."""
        now = self.market.quote.ticks
        for order in tuple(self.trailing):
            best = order.trigger_ticks + (order.trail_ticks if order.trigger_direction == FALL else -order.trail_ticks)
            if now > best if order.trigger_direction == FALL else now < best:
                self.remove(order)
                self._trail(order, now)

    def _trail(self, order: Order, best_ticks: int) -> None:
        behind = -order.trail_ticks if order.trigger_direction == FALL else order.trail_ticks
        order.trigger_ticks = max(best_ticks + behind, 1)
        order.trigger_price = self.market.price_of(order.trigger_ticks)
        self.wait(order)

    def remove(self, order: Order) -> None:
        """Take an order away, wherever it waits."""
        if order.place is None:
            return
        order.place.remove(order)
        if order.shown:
            self.show(order)
        elif order.trail_ticks:
            self.trailing.pop(order, None)

    def show(self, order: Order) -> None:
        """Let the public book show what is left of a resting order, and nothing of one that rests no longer."""
        visible = order.left if order.place is not None else ZERO
        self.book.rest(order.side, order.level, visible - order.shown)
        order.shown = visible

    def ticks(self, trigger_by: TriggerBy) -> int:
        """One of the three prices now."""
        if trigger_by == "LastPrice":
            return self.market.quote.ticks
        return self.market.mark_ticks if trigger_by == "MarkPrice" else self.market.index_ticks

    def levels(self) -> tuple[Levels, Levels, Levels]:
        """The nearest last, mark and index prices (ticks) at which something happens."""
        bid, ask = self._bids.highest, self._asks.lowest
        fall, rise = self._falling["LastPrice"].highest, self._rising["LastPrice"].lowest
        if bid is not None and (fall is None or bid - 1 > fall):
            fall = bid - 1
        if ask is not None and (rise is None or ask + 1 < rise):
            rise = ask + 1
        return Levels(fall, rise), self._levels_of("MarkPrice"), self._levels_of("IndexPrice")

    def _levels_of(self, trigger_by: TriggerBy) -> Levels:
        fall, rise = self._falling[trigger_by].highest, self._rising[trigger_by].lowest
        return NO_LEVELS if fall is None and rise is None else Levels(fall, rise)

    def due(self) -> list[Order]:
        """Whose price has come: what the price has passed by farthest was reached first; then by time."""
        floor, ceiling = self.market.bids_filled_above, self.market.asks_filled_below
        found: list[tuple[int, int, Order]] = []
        for order in self._resting["Buy"].from_above():
            if order.level <= floor:
                break
            found.append((floor + 1 - order.level, order.priority, order))
        for order in self._resting["Sell"].from_below():
            if order.level >= ceiling:
                break
            found.append((order.level + 1 - ceiling, order.priority, order))
        for each in TRIGGERS:
            found += self._triggered(each)
        found.sort(key=lambda entry: entry[:2])
        return [order for _, _, order in found]

    def _triggered(self, trigger_by: TriggerBy) -> Iterator[tuple[int, int, Order]]:
        rising, falling = self._rising[trigger_by], self._falling[trigger_by]
        if rising.lowest is None and falling.highest is None:
            return
        now = self.ticks(trigger_by)
        for order in rising.from_below():
            if order.level > now:
                break
            yield order.level - now, order.priority, order
        for order in falling.from_above():
            if order.level < now:
                break
            yield now - order.level, order.priority, order
