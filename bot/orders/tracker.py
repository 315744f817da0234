"""The bot's own orders of one symbol, from intent to the end."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from bot.domain.messages import OrderUpdate, PlaceOrder
from bot.domain.values import OrderLinkId, TimeMs

SILENCE_AFTER_ACK_MS = 5_000
"""An acknowledged order of which the order stream says nothing for this long is asked about."""

ASK_AGAIN_AFTER_MS = (500, 500, 1_000, 2_000, 4_000, 7_000, 15_000, 15_000, 30_000)
"""Pauses between questions about an order of unknown outcome; the last one repeats."""

ABSENT_AFTER_MS = 35_000
"""An order not found until this long after it was decided can not arrive any more: recv_window (5 s) and 30 s more."""

EMPTY_ANSWERS_NEEDED = 3


class OrderState(StrEnum):
    """Where an order of the bot's is on its way."""

    SENDING = "sending"
    """Committed; it may or may not have left."""
    ACKNOWLEDGED = "acknowledged"
    LIVE = "live"
    UNKNOWN = "unknown"
    """It may or may not have reached the exchange; nothing is assumed until the exchange tells."""
    FINAL = "final"
    """Filled, cancelled, refused or proven absent: it can not change any more."""


class TrackedOrder:
    """One order intent and all that is known of it."""

    __slots__ = ("asked", "check_ms", "empty_answers", "intent", "latest", "state")

    def __init__(self, intent: PlaceOrder, state: OrderState, check_ms: TimeMs) -> None:
        self.intent = intent
        self.state = state
        self.latest: OrderUpdate | None = None
        self.check_ms = check_ms
        self.asked = 0
        self.empty_answers = 0


class OrderTracker:
    """Follows every order of one symbol until it is over.

    An order whose outcome is unknown stays unknown until the exchange shows it, or until it was looked for and not
    found three times, the last time when it could not have arrived any more. It is never sent again.
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
        return check_ms

    def remember_purposes(self, purposes: Iterable[tuple[OrderLinkId, str]]) -> None:
        """Purposes of orders that were over before this life of the bot."""
        self._purposes.update(purposes)

    def purpose_of(self, order_link_id: OrderLinkId) -> str | None:
        """What an order of the bot's is or was for; None if the order is not the bot's."""
        return self._purposes.get(order_link_id)

    @property
    def working(self) -> Sequence[TrackedOrder]:
        """Orders that are not over, as far as is known."""
        return tuple(self._orders.values())

    def get(self, order_link_id: OrderLinkId) -> TrackedOrder | None:
        """The order under this id, unless it is over."""
        return self._orders.get(order_link_id)

    def acknowledged(self, order_link_id: OrderLinkId) -> None:
        """Bybit took the order for processing. The stream may have been faster: then nothing changes."""
        order = self._orders.get(order_link_id)
        if order is not None and order.state in {OrderState.SENDING, OrderState.UNKNOWN}:
            order.state = OrderState.ACKNOWLEDGED

    def unknown(self, order_link_id: OrderLinkId, now_ms: TimeMs) -> TimeMs | None:
        """The outcome is unknown; returns when to ask. None where the stream has already told."""
        order = self._orders.get(order_link_id)
        if order is None or order.state is OrderState.LIVE:
            return None
        order.state = OrderState.UNKNOWN
        order.check_ms = TimeMs(now_ms + ASK_AGAIN_AFTER_MS[0])
        return order.check_ms

    def refused(self, order_link_id: OrderLinkId) -> PlaceOrder | None:
        """Bybit did not take the order: it is over. None if it was over already."""
        order = self._orders.pop(order_link_id, None)
        return None if order is None else order.intent

    def update(self, update: OrderUpdate) -> PlaceOrder | None:
        """Take over what the exchange says of an order; the intent if that ended it, else None."""
        order = self._orders.get(update.order_link_id)
        if order is None:
            return None
        order.latest = update
        order.state = OrderState.LIVE
        if not update.status.is_final:
            return None
        order.state = OrderState.FINAL
        del self._orders[update.order_link_id]
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

    def questions(self, now_ms: TimeMs) -> Sequence[tuple[PlaceOrder, TimeMs]]:
        """The orders that it is time to ask about, each with the time to ask again. A live order needs no question."""
        due: list[tuple[PlaceOrder, TimeMs]] = []
        for order in self._orders.values():
            if order.check_ms > now_ms or order.state is OrderState.LIVE:
                continue
            pause = ASK_AGAIN_AFTER_MS[min(order.asked, len(ASK_AGAIN_AFTER_MS) - 1)]
            order.asked += 1
            order.check_ms = TimeMs(now_ms + pause)
            due.append((order.intent, order.check_ms))
        return due
