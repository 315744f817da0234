"""The part of a position manager that keeps the resting orders of a quoting strategy as it wants them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from bot.core.contract import NOTHING
from bot.core.order_desk import OrderDesk
from bot.domain.instrument import Instrument
from bot.domain.messages import EntryEnded, Message, QuotesWanted
from bot.domain.values import ZERO, OrderLinkId, Side, Symbol, TimeMs
from bot.orders.intents import IntentMaker
from bot.orders.quoting import WantedOrder, changes, orders_of

ASK_AGAIN_AFTER_MS = 900_000
"""The account is not asked every minute for leave that it has refused."""


class QuoteDesk:
    """Compares the wishes of a strategy with the orders on the book, whenever one of both has changed.

    The account approves once how large a position the quotes may build up. Orders are placed only while the position,
    everything that rests on the same side (also what is being withdrawn) and the new order stay within that. Each
    wished order is placed once per plan, and not at all beyond its stop: one that was refused or filled waits for the
    next plan.
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
        self._account_may_reserve = True
        """Also at the start: an earlier actor under this address may have had leave."""

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to look after."""
        return self._plan is None

    def want(self, plan: QuotesWanted) -> None:
        """Take over new wishes."""
        self._plan = plan
        self._orders = None
        self._placed.clear()

    def want_nothing(self) -> None:
        """The newest wishes are not known or make no sense: better no quotes than those of before."""
        if self._plan is not None:
            self.want(msgspec.structs.replace(self._plan, quotes=()))

    def must_ask(self, now_ms: TimeMs) -> bool:
        """Whether the account has to be asked for leave first."""
        return self._plan is not None and bool(self._plan.quotes) and not self._qty_max and now_ms >= self._ask_after_ms

    def asked(self, now_ms: TimeMs) -> None:
        """The account was asked; if it refuses, it is asked again only after a while."""
        self._ask_after_ms = TimeMs(now_ms + ASK_AGAIN_AFTER_MS)

    def allow(self, qty: Decimal) -> None:
        """The account allows a position of up to ``qty`` (base coin) on either side."""
        self._qty_max = qty
        self._account_may_reserve = True

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
        working = self._desk.quotes
        wanted = self._wanted(plan, rules, working) if may_quote and self._qty_max else ()
        found = changes(wanted, working)
        out: list[Message] = []
        for order_link_id in found.withdraw:
            out.extend(self._desk.cancel(order_link_id, now_ms))
        out.extend(self._place(plan, rules, found.missing, position, now_ms))
        if not plan.quotes and not working and not position:
            out.extend(self._end())
        return out

    def _wanted(
        self, plan: QuotesWanted, rules: Instrument, working: Iterable[tuple[OrderLinkId, WantedOrder]]
    ) -> Sequence[WantedOrder]:
        """A plan's orders. What is on the book already when they are first looked at counts as placed for it."""
        if self._orders is None:
            self._orders = orders_of(plan.quotes, rules)
            stay = {order for order_link_id, order in working if not self._desk.is_being_cancelled(order_link_id)}
            self._placed.update(stay.intersection(self._orders))
        return self._orders

    def _end(self) -> Sequence[Message]:
        """Nothing is wanted and nothing is left: the account gets back what it keeps for quotes."""
        self._plan = None
        self.forget_leave()
        reserved, self._account_may_reserve = self._account_may_reserve, False
        return (EntryEnded(self._symbol),) if reserved else NOTHING

    def _place(
        self,
        plan: QuotesWanted,
        rules: Instrument,
        missing: Sequence[WantedOrder],
        position: Decimal,
        now_ms: TimeMs,
    ) -> Sequence[Message]:
        out: list[Message] = []
        if not missing:
            return out
        stops = intended_stops(plan, rules)
        qty_max = min(self._qty_max, _inventory_max(plan, rules))
        ahead = {side: position * side.sign + self._desk.resting_qty(side) for side in Side}
        for order in missing:
            after = ahead[order.side] + order.qty
            stop = None if after <= 0 else stops[order.side]  # what only reduces needs none
            is_beyond_stop = stop is not None and (order.price - stop) * order.side.sign <= 0
            if order in self._placed or after > qty_max or is_beyond_stop:
                continue
            self._placed.add(order)
            ahead[order.side] = after
            out.extend(self._desk.send(self._intents.quote(order, stop, now_ms), now_ms))
        return out


def _inventory_max(plan: QuotesWanted, rules: Instrument) -> Decimal:
    return rules.qty_worth(rules.exact_value(plan.inventory_max_quote), rules.nearest_price(plan.price))


def intended_stops(plan: QuotesWanted, rules: Instrument) -> Mapping[Side, Decimal]:
    """The stop of a position on either side that a plan's quotes may open."""
    return {
        Side.BUY: rules.stop_price(plan.stop_long, Side.BUY),
        Side.SELL: rules.stop_price(plan.stop_short, Side.SELL),
    }
