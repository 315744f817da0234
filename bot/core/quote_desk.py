"""The part of a position manager that keeps the resting orders of a quoting strategy as it wants them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.core.contract import NOTHING
from bot.core.order_desk import OrderDesk
from bot.domain.instrument import Instrument
from bot.domain.messages import CancelOrder, EntryEnded, Message, QuotesWanted
from bot.domain.values import ZERO, OrderLinkId, Side, Symbol, TimeMs
from bot.orders.intents import IntentMaker
from bot.orders.quoting import WantedOrder, changes, orders_of

ASK_AGAIN_AFTER_MS = 900_000
"""The account is not asked every minute for leave that it has refused."""


class QuoteDesk:
    """Compares the wishes of a strategy with the orders on the book, whenever one of both has changed.

    The account approves once how large a position the quotes may build up. Orders are placed only while the position,
    everything that rests on the same side (also what is being withdrawn) and the new order stay within that. Each
    wished order is placed once per plan: one that was refused or filled waits for the next plan.
    """

    def __init__(self, symbol: Symbol, desk: OrderDesk, intents: IntentMaker) -> None:
        self._symbol = symbol
        self._desk = desk
        self._intents = intents
        self._plan: QuotesWanted | None = None
        self._orders: Sequence[WantedOrder] | None = None
        self._qty_max = ZERO
        self._ask_after_ms = TimeMs(0)
        self._placed: set[WantedOrder] = set()
        self._withdrawn: set[OrderLinkId] = set()

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to look after."""
        return self._plan is None

    @property
    def plan(self) -> QuotesWanted | None:
        """The newest wishes."""
        return self._plan

    def want(self, plan: QuotesWanted) -> None:
        """Take over new wishes."""
        self._plan = plan
        self._orders = None
        self._placed.clear()
        self._withdrawn.clear()

    def must_ask(self, now_ms: TimeMs) -> bool:
        """Whether the account has to be asked for leave first."""
        return self._plan is not None and bool(self._plan.quotes) and not self._qty_max and now_ms >= self._ask_after_ms

    def asked(self, now_ms: TimeMs) -> None:
        """The account was asked; if it refuses, it is asked again only after a while."""
        self._ask_after_ms = TimeMs(now_ms + ASK_AGAIN_AFTER_MS)

    def allow(self, qty: Decimal) -> None:
        """The account allows a position of up to ``qty`` (base coin) on either side."""
        self._qty_max = qty

    def forget_leave(self) -> None:
        """The account that gave leave may be gone."""
        self._qty_max = ZERO
        self._ask_after_ms = TimeMs(0)

    def pursue(
        self, position: Decimal, rules: Instrument | None, *, may_quote: bool, now_ms: TimeMs
    ) -> Sequence[Message]:
        """Withdraw what is not wanted any more, and place what is missing and has room."""
        plan = self._plan
        if plan is None or rules is None:
            return NOTHING
        if self._orders is None:
            self._orders = orders_of(plan.quotes, rules)
        wanted = self._orders if may_quote and self._qty_max else ()
        working = self._desk.quotes
        found = changes(wanted, working)
        out: list[Message] = []
        for order_link_id in found.withdraw:
            if order_link_id not in self._withdrawn:
                self._withdrawn.add(order_link_id)
                out.append(CancelOrder(self._symbol, order_link_id))
        out.extend(self._place(plan, rules, found.missing, position, now_ms))
        if not plan.quotes and not working and not position:
            self._plan = None
            if self._qty_max:
                out.append(EntryEnded(self._symbol))
            self.forget_leave()
        return out

    def _place(
        self,
        plan: QuotesWanted,
        rules: Instrument,
        missing: Sequence[WantedOrder],
        position: Decimal,
        now_ms: TimeMs,
    ) -> Sequence[Message]:
        out: list[Message] = []
        stops = intended_stops(plan, rules)
        room = {side: self._qty_max - position * side.sign - self._desk.resting_qty(side) for side in Side}
        for order in missing:
            if order in self._placed or order.qty > room[order.side]:
                continue
            self._placed.add(order)
            room[order.side] -= order.qty
            only_reduces = position * order.side.sign < 0 and order.qty <= abs(position)
            stop = None if only_reduces else stops[order.side]
            out.extend(self._desk.send(self._intents.quote(order, stop, now_ms), now_ms))
        return out


def intended_stops(plan: QuotesWanted, rules: Instrument) -> Mapping[Side, Decimal]:
    """The stop of a position on either side that a plan's quotes may open."""
    return {
        Side.BUY: rules.stop_price(plan.stop_long, Side.BUY),
        Side.SELL: rules.stop_price(plan.stop_short, Side.SELL),
    }
