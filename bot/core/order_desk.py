"""The part of a position manager that follows the bot's orders."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    AlertRaised,
    AmendAnswered,
    CancelAnswered,
    CancelOrder,
    EntryEnded,
    ExecutionReported,
    FetchExecutions,
    FetchOrder,
    LedgerLoaded,
    Message,
    OpenOrdersLoaded,
    OrderAcknowledged,
    OrderChanged,
    OrderLookedUp,
    OrderOutcomeUnknown,
    OrderProvenAbsent,
    OrderRefused,
    OrderUpdate,
    PlaceOrder,
    Severity,
    Stream,
    StreamSuspected,
    WakeAt,
    WorkingOrdersLoaded,
)
from bot.domain.values import ZERO, OrderLinkId, OrderType, Side, Symbol, TimeMs
from bot.orders.intents import purpose_of
from bot.orders.merge import NewestOrders
from bot.orders.quoting import WantedOrder
from bot.orders.shown import idx_of_order
from bot.orders.tracker import NOT_SENT, OrderState, OrderTracker

LOOK_BACK_MS = 600_000
"""Executions are read again from this long before they can have happened: the clocks may differ."""

QUOTE = "quote"
"""The purpose of orders that a quoting strategy wants on the book."""

YOUNG_MS = 2_000
"""An order this young may be missing from a list of open orders without meaning anything."""


class OrderDesk:
    """Every order of one symbol from its intent to its end, and the questions about those nobody hears of."""

    def __init__(self, symbol: Symbol, prefix: str, *, hedge: bool = False) -> None:
        self._hedge = hedge
        self._symbol = symbol
        self._prefix = prefix
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._orders = OrderTracker()
        self._newest = NewestOrders()
        self.rules: Instrument | None = None
        self.revision = 0
        """Of the configuration; every intent keeps the one that it was decided under."""

    @property
    def is_busy(self) -> bool:
        """Whether an order is on its way, working, or of unknown outcome; targets may rest for as long as they like."""
        return any(not _is_target(order.intent) for order in self._orders.working)

    @property
    def targets(self) -> Sequence[PlaceOrder]:
        """The resting orders that take a part of the position off."""
        return [order.intent for order in self._orders.working if _is_target(order.intent)]

    @property
    def has_openers(self) -> bool:
        """Whether an order that may still open a position is on its way, working, or of unknown outcome."""
        return any(not order.intent.reduce_only for order in self._orders.working)

    @property
    def openers(self) -> Sequence[tuple[PlaceOrder, Decimal]]:
        """Orders that may still open or enlarge a position, each with what it can still fill."""
        working = self._orders.working
        return [(each.intent, each.intent.qty - each.booked) for each in working if not each.intent.reduce_only]

    @property
    def has_entries(self) -> bool:
        """The same, orders of a quoting strategy aside."""
        return any(_is_entry(order.intent) for order in self._orders.working)

    @property
    def is_busy_beside_quotes(self) -> bool:
        """The same as ``is_busy``, orders of a quoting strategy aside."""
        return any(order.intent.purpose != QUOTE and not _is_target(order.intent) for order in self._orders.working)

    def is_working(self, order_link_id: OrderLinkId) -> bool:
        """Whether an order is not over, as far as is known: its last fills may still be missing."""
        return self._orders.get(order_link_id) is not None

    @property
    def quotes(self) -> Sequence[tuple[OrderLinkId, WantedOrder]]:
        """The resting orders of a quoting strategy as they were sent, by id; those that are being cancelled too."""
        return [
            (order.intent.order_link_id, WantedOrder(order.intent.side, order.intent.price, order.intent.qty))
            for order in self._orders.working
            if order.intent.purpose == QUOTE and order.intent.price is not None
        ]

    def resting_qty(self, side: Side) -> Decimal:
        """What orders on a side that may open a position can still fill, those of unknown outcome included."""
        rest = (
            order.intent.qty - order.booked
            for order in self._orders.working
            if order.intent.side is side and not order.intent.reduce_only
        )
        return sum(rest, ZERO)

    def is_closing(self, *, though_unknown: bool) -> bool:
        """Whether a close is under way; with ``though_unknown`` one of unknown outcome does not count.

        A second reduce-only order beside it could not open or flip a position, only be refused.
        """
        return any(
            order.intent.reduce_only
            and not _is_target(order.intent)
            and not (though_unknown and order.state is OrderState.UNKNOWN)
            for order in self._orders.working
        )

    def close_under(self, order_link_id: OrderLinkId) -> str | None:
        """What a close that is not over is for; None if the id is not that of one."""
        order = self._orders.get(order_link_id)
        is_close = order is not None and order.intent.reduce_only and not _is_target(order.intent)
        return order.intent.purpose if order is not None and is_close else None

    def intent(self, order_link_id: OrderLinkId) -> PlaceOrder | None:
        """The intent of an order that is not over; None if there is none under this id."""
        order = self._orders.get(order_link_id)
        return None if order is None else order.intent

    def is_own(self, execution: ExecutionReported) -> bool:
        """Whether an execution is of an order that the bot has sent, in this life or an earlier one."""
        return self._orders.purpose_of(execution.order_link_id) is not None

    def purpose_of(self, execution: ExecutionReported) -> str:
        """What an execution was for."""
        link_id = execution.order_link_id
        return purpose_of(execution, self._orders.purpose_of(link_id) if link_id else None)

    def restore(self, loaded: LedgerLoaded, now_ms: TimeMs) -> Iterable[Message]:
        """Take up what an earlier life left unfinished: its outcome is unknown."""
        self._orders.remember_purposes(loaded.purposes)
        wakes = [WakeAt(self._address, self._orders.restore(intent, now_ms)) for intent in loaded.open_intents]
        for fill in loaded.fills:
            self._orders.book(fill.order_link_id, fill.qty)
        for intent in loaded.open_intents:
            if _rests_to_open(intent):
                self._orders.withdraw(intent.order_link_id, now_ms)  # the cancel goes out once it is seen
        return wakes

    def wake_again(self) -> Iterable[Message]:
        """Ask for every alarm once more: the clock may have been replaced."""
        return [WakeAt(self._address, order.check_ms) for order in self._orders.working if not order.rests]

    def send(self, intent: PlaceOrder, now_ms: TimeMs) -> Sequence[Message]:
        """Send an order, and look after it if nothing is heard. One that breaks a rule of the exchange never leaves."""
        if self._hedge:
            idx = idx_of_order(intent.side, reduce_only=intent.reduce_only, hedge=True)
            intent = msgspec.structs.replace(intent, position_idx=idx)
        if self.revision:
            intent = msgspec.structs.replace(intent, revision=self.revision)
        broken = None if self.rules is None else _broken_rule(intent, self.rules)
        if broken is not None:
            self._orders.plan(intent, now_ms)
            return (OrderRefused(self._symbol, intent.order_link_id, now_ms, NOT_SENT, f"not sent: {broken}"),)
        return (intent, WakeAt(self._address, self._orders.plan(intent, now_ms)))

    def acknowledged(self, answer: OrderAcknowledged) -> None:
        """Bybit took the order for processing."""
        self._orders.acknowledged(answer.order_link_id)

    def refused(self, order_link_id: OrderLinkId) -> PlaceOrder | None:
        """Bybit did not take the order; its intent, unless it was over already."""
        return self._orders.refused(order_link_id)

    def unknown(self, outcome: OrderOutcomeUnknown, now_ms: TimeMs) -> Sequence[Message]:
        """Nobody knows whether the order arrived: ask."""
        at_ms = self._orders.unknown(outcome.order_link_id, now_ms)
        return NOTHING if at_ms is None else (WakeAt(self._address, at_ms),)

    def update(self, update: OrderUpdate, now_ms: TimeMs) -> Sequence[Message]:
        """News of an order, from the stream or from a list."""
        if not self._newest.is_news(update):
            return NOTHING
        return (OrderChanged(update), *self._follow(update, now_ms))

    def _follow(self, update: OrderUpdate, now_ms: TimeMs) -> Sequence[Message]:
        before = self._orders.get(update.order_link_id)
        was_live = before is not None and before.state is OrderState.LIVE
        ended = self._orders.update(update, now_ms)
        tracked = self._orders.get(update.order_link_id)
        if tracked is None:
            return self.after(ended)
        if tracked.state is OrderState.SETTLING:
            return (WakeAt(self._address, tracked.check_ms),)
        if tracked.unwanted and not was_live:  # a cancel that overtook the order did nothing
            return (CancelOrder(self._symbol, update.order_link_id),)
        return NOTHING

    def booked(self, execution: ExecutionReported) -> Sequence[Message]:
        """A fill is in the books; it may have been the last one of its order."""
        return self.after(self._orders.book(execution.order_link_id, execution.qty))

    def looked_up(self, answer: OrderLookedUp, now_ms: TimeMs) -> Sequence[Message]:
        """The answer to a question. What is news only now, the stream has withheld."""
        if answer.order is None:
            absent = self._orders.not_found(answer.order_link_id, now_ms)
            if absent is None:
                return NOTHING
            return (OrderProvenAbsent(self._symbol, absent.order_link_id, now_ms), *self.after(absent))
        tracked = self._orders.get(answer.order_link_id)
        expected = tracked is not None and not tracked.restored
        is_stuck = tracked is not None and tracked.unwanted and tracked.state is OrderState.LIVE
        if is_stuck and not answer.order.status.is_final:
            return (*self.update(answer.order, now_ms), CancelOrder(self._symbol, answer.order_link_id))
        news = self.update(answer.order, now_ms)
        if not news:
            return self._follow(answer.order, now_ms)
        if not expected:
            return news
        return (*news, StreamSuspected(Stream.PRIVATE, f"{answer.order_link_id} was found by asking, not told"))

    def listed(self, loaded: OpenOrdersLoaded, now_ms: TimeMs) -> Iterable[Message]:
        """All open orders: cancel entries that an earlier life left, ask about orders that should be there."""
        out: list[Message] = []
        for order in loaded.orders:
            out.extend(self.update(order, now_ms))
            own_entry = order.order_link_id.startswith(f"{self._prefix}-") and not order.reduce_only
            waits = order.order_type is OrderType.LIMIT or order.trigger_price is not None
            if own_entry and waits and self._orders.get(order.order_link_id) is None:
                out.append(CancelOrder(self._symbol, order.order_link_id))
        present = {order.order_link_id for order in loaded.orders}
        for tracked in self._orders.working:
            intent = tracked.intent
            cancel = CancelOrder(self._symbol, intent.order_link_id)
            if tracked.unwanted and intent.order_link_id in present and cancel not in out:
                out.append(cancel)
            if intent.order_link_id not in present and now_ms - intent.time_ms >= YOUNG_MS:
                out.append(FetchOrder(self._symbol, intent.order_link_id))
        return out

    def checked(self, loaded: WorkingOrdersLoaded, now_ms: TimeMs) -> Sequence[Message]:
        """The regular look at what is open everywhere, which shows an order whose news the stream has withheld.

        Orders younger than the question prove nothing by being absent.
        """
        mine = tuple(order for order in loaded.orders if order.symbol == self._symbol)
        if not mine and not self._orders.working:
            return NOTHING
        since_ms = min(now_ms, loaded.asked_ms)
        return tuple(self.listed(OpenOrdersLoaded(self._symbol, mine), since_ms))

    def amend_answered(self, answer: AmendAnswered) -> Sequence[Message]:
        """An amend that was not taken: the order may be over, or it may be other than thought."""
        return (FetchOrder(self._symbol, answer.order_link_id),) if answer.code else NOTHING

    def cancel_answered(self, answer: CancelAnswered) -> Sequence[Message]:
        """A cancel that was not taken: the order may be over."""
        return (FetchOrder(self._symbol, answer.order_link_id),) if answer.code else NOTHING

    def cancel_entries(self, now_ms: TimeMs, *, quotes: bool = True, keep: Side | None = None) -> Sequence[Message]:
        """Cancel what could still open a position, but for one on the side ``keep``, with or without quotes."""
        out: list[Message] = []
        for order in self._orders.working:
            intent = order.intent
            if _rests_to_open(intent) and intent.side is not keep and (quotes or intent.purpose != QUOTE):
                out += self.cancel(intent.order_link_id, now_ms)
        return out

    def cancel(self, order_link_id: OrderLinkId, now_ms: TimeMs) -> Sequence[Message]:
        """Cancel an order, once: until it is over it is looked after, and cancelled again where it is found alive."""
        check_ms = self._orders.withdraw(order_link_id, now_ms)
        if check_ms is None:
            return NOTHING
        return (CancelOrder(self._symbol, order_link_id), WakeAt(self._address, check_ms))

    def is_being_cancelled(self, order_link_id: OrderLinkId) -> bool:
        """Whether a cancel of the order has been sent."""
        order = self._orders.get(order_link_id)
        return order is not None and order.unwanted

    def questions(self, now_ms: TimeMs) -> Iterable[Message]:
        """Ask about orders of which nothing was heard for too long, and for fills that should be there."""
        out: list[Message] = []
        for intent, again_ms, about_fills, is_overdue in self._orders.questions(now_ms):
            if is_overdue:
                text = f"{intent.order_link_id}: what became of it is still not known; it is asked for until it is"
                out.append(AlertRaised(Severity.WARNING, now_ms, f"{self._symbol} order of unknown outcome", text))
            since_ms = TimeMs(intent.time_ms - LOOK_BACK_MS)
            asked = FetchExecutions(self._symbol, since_ms) if about_fills else None
            out += [asked or FetchOrder(self._symbol, intent.order_link_id), WakeAt(self._address, again_ms)]
        return out

    def after(self, ended: PlaceOrder | None) -> Sequence[Message]:
        """What the end of an order means for the account: an entry in several orders ends with the last of them."""
        if ended is None or not _is_entry(ended) or ended.plan_id or self.has_entries:
            return NOTHING  # of an entry in several orders its plan knows the end
        return (EntryEnded(self._symbol),)


def _broken_rule(intent: PlaceOrder, rules: Instrument) -> str | None:
    prices = (intent.price, intent.trigger_price, intent.stop_loss, intent.take_profit)
    return rules.broken_rule(
        intent.order_type, intent.time_in_force, intent.qty, prices, reduce_only=intent.reduce_only
    )


def _is_target(intent: PlaceOrder) -> bool:
    return intent.reduce_only and intent.order_type is OrderType.LIMIT


def _is_entry(intent: PlaceOrder) -> bool:
    return not intent.reduce_only and intent.purpose != QUOTE


def _rests_to_open(intent: PlaceOrder) -> bool:
    waits = intent.order_type is OrderType.LIMIT or intent.trigger_price is not None
    return waits and not intent.reduce_only
