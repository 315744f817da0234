"""The part of a position manager that gets out: of a position, of a symbol, of the market when the bot stops."""

from collections.abc import Sequence

from bot.core.contract import NOTHING
from bot.core.order_desk import OrderDesk
from bot.core.position_books import PositionBooks
from bot.domain.address import Role, address_of
from bot.domain.messages import Drained, DrainWanted, Message, SymbolIdle, WakeAt
from bot.domain.values import ZERO, OrderType, Symbol, TimeMs
from bot.orders.intents import IntentMaker

CLOSE_AGAIN_AFTER_MS = 2_000
PROTECTION = "protection"


class WayOut:
    """Pursues a wish to be flat, however many orders that takes, and says when nothing is left to wait for."""

    def __init__(self, symbol: Symbol, desk: OrderDesk, books: PositionBooks, intents: IntentMaker) -> None:
        self._symbol = symbol
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._desk = desk
        self._books = books
        self._intents = intents
        self._again_ms = TimeMs(0)
        self._leaves = ZERO
        """What the close that was sent last leaves of the position, by absolute value, when it is filled."""
        self._draining: DrainWanted | None = None
        self._told_drained = False
        self._told_idle = False
        self.is_leaving = False
        self.wants_flat: str | None = None
        """The purpose of the close that is pursued; None while there is no such wish."""

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to pursue."""
        return self.wants_flat is None and self._draining is None and not self.is_leaving

    @property
    def no_entry_because(self) -> str | None:
        """Why nothing new may be begun, None if it may."""
        if self._draining is not None:
            return "the bot is stopping"
        if self.is_leaving:
            return "the symbol has left the universe"
        return None if self.wants_flat is None else "the position is being closed"

    def wish(self, purpose: str) -> None:
        """Be flat from now on; a wish that is there already keeps its purpose unless the new one is more urgent."""
        if self.wants_flat is None or purpose == PROTECTION:
            self.wants_flat = purpose

    def drain(self, wanted: DrainWanted) -> None:
        """The bot is stopping."""
        self._draining = wanted
        if wanted.close_positions and not self._books.is_left_alone:
            self.wish("stop")

    def leave(self, *, leaving: bool) -> None:
        """The symbol is given up once it is flat, or stays after all."""
        self.is_leaving, self._told_idle = leaving, False

    def pursue(self, now_ms: TimeMs) -> Sequence[Message]:
        """Send a close while there is something to close and none is under way.

        A position larger than one order is closed by one after the other; where one was not filled, the next follows
        after 2 s. What only reduces is cut to the position (Bybit V5 docs, order/create), so it may be rounded up.
        """
        if self._draining is not None and self._draining.close_positions and not self._books.is_left_alone:
            self.wish("stop")
        purpose = self.wants_flat
        if purpose is None:
            return NOTHING
        size = self._books.size_to_close if purpose == PROTECTION else self._books.size
        if not size:
            is_behind = self._books.differ and not self._books.is_left_alone
            if not self._desk.has_openers and not is_behind:  # one that is being cancelled may be filled before that
                self.wants_flat = None
            return NOTHING
        if self._desk.is_closing(though_unknown=purpose == PROTECTION):
            return NOTHING
        if now_ms < self._again_ms and abs(size) > self._leaves:
            return (WakeAt(self._address, self._again_ms),)
        rules = self._desk.rules
        qty = abs(size) if rules is None else min(rules.closing_qty(size), rules.largest_qty(OrderType.MARKET))
        self._again_ms, self._leaves = TimeMs(now_ms + CLOSE_AGAIN_AFTER_MS), max(abs(size) - qty, ZERO)
        return self._desk.send(self._intents.close(qty.copy_sign(size), purpose, now_ms), now_ms)

    def drained(self) -> Sequence[Message]:
        """While stopping: say once that nothing is left to wait for."""
        if self._draining is None or self._told_drained or self._desk.is_busy or self._has_targets_of_none:
            return NOTHING
        if self._draining.close_positions and self._books.size and not self._books.is_left_alone:
            return NOTHING
        self._told_drained = True
        return (Drained(self._symbol),)

    @property
    def _has_targets_of_none(self) -> bool:
        """Whether targets are still being cancelled whose position is gone."""
        return not self._books.size and bool(self._desk.targets)

    def left(self, *, news_is_missing: bool) -> Sequence[Message]:
        """While leaving: say once that nothing is open any more, neither by the books nor at the exchange."""
        is_open = self._books.size or self._books.size_to_close or self._books.differ or self._desk.is_busy
        is_open = is_open or self._has_targets_of_none
        if not self.is_leaving or self._told_idle or news_is_missing or is_open:
            return NOTHING
        self._told_idle = True
        return (SymbolIdle(self._symbol),)
