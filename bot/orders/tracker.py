"""The bot's own orders of one symbol, from intent to the end."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bot.domain.messages import OrderUpdate, PlaceOrder
from bot.domain.values import ZERO, OrderLinkId, TimeInForce, TimeMs

SILENCE_AFTER_ACK_MS = 5_000
"""An acknowledged order of which the order stream says nothing for this long is asked about."""

ASK_AGAIN_AFTER_MS = (500, 500, 1_000, 2_000, 4_000, 7_000, 15_000, 15_000, 30_000)
"""Pauses between questions about an order of unknown outcome; the last one repeats."""

NOT_SENT = -2
"""Stands where Bybit's retCode would, for an order that never left."""

OVERDUE_AFTER_QUESTIONS = 8
"""An outcome that is still unknown after so many questions, some 45 s, is a person's business too."""

FILLS_MAY_LAG_MS = 1_000
"""Fills may come this much later than the order's final state before they are asked for."""

ABSENT_AFTER_MS = 35_000
"""An order not found until this long after it was decided can not arrive any more: recv_window (5 s) and 30 s more."""

EMPTY_ANSWERS_NEEDED = 3

PURPOSES_AT_MOST = 5_000
"""Of orders that are over; a fill does not come so many orders late."""


class OrderState(StrEnum):
    """Where an order of the bot's is on its way."""

    SENDING = "sending"
    """Committed; it may or may not have left."""
    ACKNOWLEDGED = "acknowledged"
    LIVE = "live"
    SETTLING = "settling"
    """Over, but not all of its fills are in the books yet."""
    UNKNOWN = "unknown"
    """It may or may not have reached the exchange; nothing is assumed until the exchange tells."""
    FINAL = "final"
    """Filled, cancelled, refused or proven absent: it can not change any more."""


class TrackedOrder:
    """One order intent and all that is known of it."""

    __slots__ = ("asked", "booked", "check_ms", "empty_answers", "filled", "intent", "restored", "state", "unwanted")

    def __init__(self, intent: PlaceOrder, state: OrderState, check_ms: TimeMs) -> None:
        self.intent = intent
        self.state = state
        self.check_ms = check_ms
        self.asked = 0
        self.empty_answers = 0
        self.restored = state is OrderState.UNKNOWN
        self.unwanted = False
        self.booked = ZERO
        self.filled = ZERO

    @property
    def rests(self) -> bool:
        """Whether the order may stay silent for long: it waits in the book for its price, and nobody wants it gone."""
        resting = {TimeInForce.GTC, TimeInForce.POST_ONLY}
        waits = self.intent.time_in_force in resting or self.intent.trigger_price is not None
        return self.state is OrderState.LIVE and waits and not self.unwanted


class Question(NamedTuple):
    """Something to ask the exchange about an order, and when to ask again."""

    intent: PlaceOrder
    again_ms: TimeMs
    about_fills: bool
    is_overdue: bool = False
    """Whether the outcome has been unknown for so long that a person should know; once per order."""


class OrderTracker:
    """Follows every order of one symbol until it is over.

    An order whose outcome is unknown stays unknown until the exchange shows it, or until it was looked for and not
    found three times, the last time when it could not have arrived any more. It is never sent again. An order is over
    when its last fill is in the books: until then what it reserved may still be needed.
    """

    def __init__(self) -> None:
        self._orders: dict[OrderLinkId, TrackedOrder] = {}
        self._purposes: dict[OrderLinkId, str] = {}

    def plan(self, intent: PlaceOrder, now_ms: TimeMs) -> TimeMs:
        """Follow a new intent; returns when to look after it (see ``questions``)."""
        return self._follow(intent, OrderState.SENDING, TimeMs(now_ms + SILENCE_AFTER_ACK_MS))

    def restore(self, intent: PlaceOrder, now_ms: TimeMs) -> TimeMs:
        """Follow an unfinished intent of an earlier life of the bot: its outcome is unknown."""
        return self._follow(intent, OrderState.UNKNOWN, now_ms)

    def _follow(self, intent: PlaceOrder, state: OrderState, check_ms: TimeMs) -> TimeMs:
        self._orders[intent.order_link_id] = TrackedOrder(intent, state, check_ms)
        self._purposes[intent.order_link_id] = intent.purpose
        if len(self._purposes) > PURPOSES_AT_MOST:
            del self._purposes[next(iter(self._purposes))]
        return check_ms

    def remember_purposes(self, purposes: Iterable[tuple[OrderLinkId, str]]) -> None:
        """Purposes of orders that were over before this life of the bot."""
        self._purposes.update(purposes)

    def purpose_of(self, order_link_id: OrderLinkId) -> str | None:
        """What an order of the bot's is or was for; None if the order is not the bot's."""
        order = self._orders.get(order_link_id)
        return self._purposes.get(order_link_id) if order is None else order.intent.purpose

    @property
    def working(self) -> Sequence[TrackedOrder]:
        """Orders that are not over, as far as is known."""
        return tuple(self._orders.values())

    def get(self, order_link_id: OrderLinkId) -> TrackedOrder | None:
        """The order under this id, unless it is over."""
        return self._orders.get(order_link_id)

    def withdraw(self, order_link_id: OrderLinkId, now_ms: TimeMs) -> TimeMs | None:
        """A cancel is being sent; returns when to look after it. None if the order is over or being cancelled."""
        order = self._orders.get(order_link_id)
        if order is None or order.unwanted:
            return None
        order.unwanted, order.asked = True, 0
        if order.state in {OrderState.SENDING, OrderState.ACKNOWLEDGED, OrderState.LIVE}:
            order.check_ms = TimeMs(now_ms + SILENCE_AFTER_ACK_MS)
        return order.check_ms

    def acknowledged(self, order_link_id: OrderLinkId) -> None:
        """Bybit took the order for processing. The stream may have been faster: then nothing changes."""
        order = self._orders.get(order_link_id)
        if order is not None and order.state in {OrderState.SENDING, OrderState.UNKNOWN}:
            order.state = OrderState.ACKNOWLEDGED

    def unknown(self, order_link_id: OrderLinkId, now_ms: TimeMs) -> TimeMs | None:
        """The outcome is unknown; returns when to ask. None where the stream has already told."""
        order = self._orders.get(order_link_id)
        if order is None or order.state in {OrderState.LIVE, OrderState.SETTLING}:
            return None
        order.state = OrderState.UNKNOWN
        order.check_ms = TimeMs(now_ms + ASK_AGAIN_AFTER_MS[0])
        return order.check_ms

    def refused(self, order_link_id: OrderLinkId) -> PlaceOrder | None:
        """Bybit did not take the order: it is over. None if it was over already."""
        order = self._orders.pop(order_link_id, None)
        return None if order is None else order.intent

    def update(self, update: OrderUpdate, now_ms: TimeMs) -> PlaceOrder | None:
        """Take over what the exchange says of an order; the intent if that ended it, else None.

        A final state that tells of more fills than are booked leaves the order settling until they are there.
        """
        order = self._orders.get(update.order_link_id)
        if order is None:
            return None
        order.filled = max(order.filled, update.cum_exec_qty)
        if not update.status.is_final:
            order.state = OrderState.LIVE
            return None
        if order.state is not OrderState.SETTLING:
            order.state = OrderState.SETTLING
            order.check_ms = TimeMs(now_ms + FILLS_MAY_LAG_MS)
        return self._end_if_settled(order)

    def book(self, order_link_id: OrderLinkId, qty: Decimal) -> PlaceOrder | None:
        """A fill of the order is in the books; the intent if it was the last one of an order that is over."""
        order = self._orders.get(order_link_id)
        if order is None:
            return None
        order.booked += qty
        return self._end_if_settled(order)

    def _end_if_settled(self, order: TrackedOrder) -> PlaceOrder | None:
        if order.state is not OrderState.SETTLING or order.booked < order.filled:
            return None
        order.state = OrderState.FINAL
        del self._orders[order.intent.order_link_id]
        return order.intent

    def not_found(self, order_link_id: OrderLinkId, now_ms: TimeMs) -> PlaceOrder | None:
        """The exchange does not know the order; the intent once that proves that it never arrived, else None."""
        order = self._orders.get(order_link_id)
        if order is None:
            return None
        order.empty_answers += 1
        late_enough = now_ms > order.intent.time_ms + ABSENT_AFTER_MS
        if order.empty_answers < EMPTY_ANSWERS_NEEDED or not late_enough:
            return None
        order.state = OrderState.FINAL
        del self._orders[order_link_id]
        return order.intent

    def questions(self, now_ms: TimeMs) -> Sequence[Question]:
        """What it is time to ask: after orders nobody hears of, and after fills that are missing."""
        due: list[Question] = []
        for order in self._orders.values():
            if order.check_ms > now_ms or order.rests:
                continue
            pause = ASK_AGAIN_AFTER_MS[min(order.asked, len(ASK_AGAIN_AFTER_MS) - 1)]
            order.asked += 1
            is_overdue = order.state is OrderState.UNKNOWN and order.asked == OVERDUE_AFTER_QUESTIONS
            order.check_ms = TimeMs(now_ms + pause)
            due.append(Question(order.intent, order.check_ms, order.state is OrderState.SETTLING, is_overdue))
        return due
