"""Making order intents: ids that are never used twice, and the few shapes of order the bot sends."""

from decimal import Decimal

from bot.domain.messages import EntryApproved, ExecutionReported, PlaceOrder
from bot.domain.values import OrderLinkId, OrderType, Side, Symbol, TimeInForce, TimeMs
from bot.orders.algorithms.plan import Place, Plan
from bot.orders.quoting import WantedOrder

ORDER_LINK_ID_LENGTH = 36
"""Bybit V5 docs, order/create: at most 36 of letters, digits, ``-`` and ``_``."""

ENTRY_VALID_FOR_MS = 30_000
"""A signal, and an entry that waits to be sent, is worth acting on for this long. It must be shorter than the time
after which an order that nobody finds counts as absent."""

TARGET = "take profit"
"""The purpose of an order that takes a part of a position off at its target."""

_PURPOSE_BY_STOP_TYPE = {
    "StopLoss": "stop loss",
    "PartialStopLoss": "stop loss",
    "TakeProfit": "take profit",
    "PartialTakeProfit": "take profit",
    "TrailingStop": "trailing stop",
}

_PURPOSE_BY_EXEC_TYPE = {
    "Funding": "funding",
    "BustTrade": "liquidation",
    "AdlTrade": "auto-deleveraging",
    "Settle": "settlement",
    "Delivery": "settlement",
}


def purpose_of(execution: ExecutionReported, own_purpose: str | None) -> str:
    """What an execution was for: ``own_purpose`` if the order was the bot's, else what the exchange says of it."""
    by_exchange = _PURPOSE_BY_EXEC_TYPE.get(execution.exec_type)
    if by_exchange is not None:
        return by_exchange
    return own_purpose or _PURPOSE_BY_STOP_TYPE.get(execution.stop_order_type, "external")


class IntentMaker:
    """Numbers the orders of one symbol: ``prefix-epoch-symbol-sequence`` and one letter for the purpose.

    The epoch counts the runs on one database and the sequence goes on where the database says: no id ever repeats.
    """

    def __init__(self, prefix: str, epoch: int, symbol: Symbol) -> None:
        self._stem = f"{prefix}-{epoch}-{symbol}"
        self._symbol = symbol
        self.next_sequence = 1

    def entry(self, approved: EntryApproved, now_ms: TimeMs, *, slippage_fraction: Decimal | None = None) -> PlaceOrder:
        """A market order that opens a position, with its stop and target attached."""
        wanted = approved.wanted
        return PlaceOrder(
            self._symbol,
            self._new_id("e"),
            now_ms,
            "entry",
            wanted.side,
            OrderType.MARKET,
            approved.qty,
            stop_loss=wanted.stop_price,
            take_profit=wanted.target_price,
            slippage_fraction=slippage_fraction,
        )

    def plan_id(self, time_ms: TimeMs) -> str:
        """The name of the logical order that the signal of a moment leads to."""
        return f"{self._stem}-{time_ms}"

    def child(self, plan: Plan, wanted: Place, qty: Decimal, now_ms: TimeMs) -> PlaceOrder:
        """One order of an entry in several, with stop and target attached as every entry has them."""
        return PlaceOrder(
            self._symbol,
            self._new_id("e"),
            now_ms,
            "entry",
            plan.side,
            wanted.order_type,
            qty,
            price=wanted.price,
            time_in_force=wanted.time_in_force,
            stop_loss=plan.stop_price,
            take_profit=plan.target_price,
            trigger_price=wanted.trigger_price,
            rises=wanted.rises,
            slippage_fraction=wanted.slippage_fraction,
            plan_id=plan.plan_id,
        )

    def quote(self, order: WantedOrder, stop_price: Decimal | None, now_ms: TimeMs) -> PlaceOrder:
        """A resting order of a quoting strategy."""
        return self._resting("quote", order, stop_price, None, now_ms)

    def _resting(
        self, purpose: str, order: WantedOrder, stop: Decimal | None, target: Decimal | None, now_ms: TimeMs
    ) -> PlaceOrder:
        return PlaceOrder(
            self._symbol,
            self._new_id(purpose[0]),
            now_ms,
            purpose,
            order.side,
            OrderType.LIMIT,
            order.qty,
            price=order.price,
            time_in_force=TimeInForce.POST_ONLY,
            stop_loss=stop,
            take_profit=target,
        )

    def target(self, side: Side, price: Decimal, qty: Decimal, now_ms: TimeMs) -> PlaceOrder:
        """A resting order that takes a part of a position off; it can never open or flip one."""
        link_id = self._new_id("t")
        return PlaceOrder(
            self._symbol,
            link_id,
            now_ms,
            TARGET,
            side,
            OrderType.LIMIT,
            qty,
            price=price,
            time_in_force=TimeInForce.GTC,
            reduce_only=True,
        )

    def close(self, size: Decimal, purpose: str, now_ms: TimeMs) -> PlaceOrder:
        """A reduce-only market order against a position of signed ``size``; it can never open or flip one."""
        side = Side.SELL if size > 0 else Side.BUY
        letter = purpose[0]
        return PlaceOrder(
            self._symbol, self._new_id(letter), now_ms, purpose, side, OrderType.MARKET, abs(size), reduce_only=True
        )

    def _new_id(self, letter: str) -> OrderLinkId:
        order_link_id = f"{self._stem}-{self.next_sequence}{letter}"
        if len(order_link_id) > ORDER_LINK_ID_LENGTH:
            raise ValueError(f"order id {order_link_id} is longer than {ORDER_LINK_ID_LENGTH}")
        self.next_sequence += 1
        return OrderLinkId(order_link_id)
