"""A small exchange that loses, delays and reorders everything it is allowed to, for walks of a position manager."""

from collections import deque
from decimal import Decimal
from random import Random

import msgspec

from bot.domain.messages import (
    AmendAnswered,
    AmendOrder,
    BestPricesLoaded,
    CancelAnswered,
    CancelOrder,
    ExecutionReported,
    ExecutionsLoaded,
    FetchBestPrices,
    FetchExecutions,
    FetchInstrument,
    FetchOpenOrders,
    FetchOrder,
    FetchPosition,
    InstrumentLoaded,
    LeverageAnswered,
    Message,
    OpenOrdersLoaded,
    OrderAcknowledged,
    OrderLookedUp,
    OrderOutcomeUnknown,
    OrderUpdate,
    PlaceOrder,
    PositionUpdate,
    SetLeverage,
    SetTradingStop,
    TradingStopAnswered,
)
from bot.domain.values import ZERO, OrderStatus, OrderType, Side, TimeInForce, TimeMs
from tests.core.samples import BTC, RULES, execution, order_update

ARRIVES_WITHIN_MS = 5_000


class WildExchange:
    """Orders, fills, one position with its stop. ``streams`` hold what is pushed, each in order, until it is taken."""

    def __init__(self, random: Random, now_ms: TimeMs) -> None:
        self._random = random
        self.now_ms = now_ms
        self.price = Decimal(100)
        self.orders: dict[str, PlaceOrder] = {}
        self.states: dict[str, OrderUpdate] = {}
        self.executions: list[ExecutionReported] = []
        self.size = ZERO
        self.stop: Decimal | None = None
        self.largest = ZERO
        self.requests = 0
        self.is_wild = True
        self.streams: tuple[deque[Message], ...] = (deque(), deque(), deque())
        self.answers: deque[Message] = deque()
        self._late: list[tuple[int, PlaceOrder]] = []

    # --- requests

    def request(self, message: Message) -> None:  # noqa: C901, PLR0912 - one arm a request
        """Do what is asked, or lose it, or answer nothing."""
        self.requests += 1
        fails = self.is_wild and self._random.random() < 0.15
        match message:
            case PlaceOrder():
                self._on_place(message, fails)
            case CancelOrder():
                if fails:
                    return  # lost with the worker that had it
                known = message.order_link_id in self.orders
                if known:
                    self._finish(self.orders[message.order_link_id], OrderStatus.CANCELLED)
                self.answers.append(CancelAnswered(BTC, message.order_link_id, 0 if known else 110001, ""))
            case AmendOrder():
                self._on_amend(message, fails)
            case FetchBestPrices():
                if not fails:
                    spread = Decimal("0.1")
                    self.answers.append(BestPricesLoaded(BTC, self.price - spread, self.price + spread))
            case FetchOrder():
                state = self.states.get(message.order_link_id)
                self.answers.append(OrderLookedUp(BTC, message.order_link_id, self.now_ms, state))
            case FetchOpenOrders():
                self.answers.append(OpenOrdersLoaded(BTC, tuple(self.states[each] for each in self.orders)))
            case FetchExecutions():
                self.answers.append(ExecutionsLoaded(BTC, tuple(self.executions)))
            case FetchPosition():
                self.answers.append(self._position(by_rest=True))
            case SetTradingStop():
                right = self.size and message.stop_loss and (self.price - message.stop_loss) * self.size > 0
                self.stop = message.stop_loss if right else self.stop
                self.answers.append(TradingStopAnswered(BTC, 0 if right else 10001, ""))
            case SetLeverage():
                self.answers.append(LeverageAnswered(BTC, 0, ""))
            case FetchInstrument():
                self.answers.append(InstrumentLoaded(BTC, RULES))
            case _:
                raise TypeError(type(message))

    def _on_place(self, order: PlaceOrder, fails: bool) -> None:
        if not fails:
            self.answers.append(OrderAcknowledged(BTC, order.order_link_id, "id", self.now_ms))
            self._take(order)
            return
        self.answers.append(OrderOutcomeUnknown(BTC, order.order_link_id, self.now_ms, "timeout"))
        if self._random.random() < 0.7:
            self._late.append((self.now_ms + self._random.randrange(ARRIVES_WITHIN_MS), order))

    def _on_amend(self, request: AmendOrder, fails: bool) -> None:
        """Done and answered, done without an answer, or lost; refused where the order is over."""
        order = self.orders.get(request.order_link_id)
        if fails and self._random.random() < 0.5:
            return
        if order is None:
            self.answers.append(AmendAnswered(BTC, request.order_link_id, 110001, "order not exists"))
            return
        assert order.trigger_price is None
        assert order.price is not None
        moved = msgspec.structs.replace(order, price=request.price)
        self.orders[order.order_link_id] = moved
        if not fails:
            self.answers.append(AmendAnswered(BTC, request.order_link_id, 0, ""))
        self._rest(moved)

    def _take(self, order: PlaceOrder) -> None:
        if order.trigger_price is not None:
            ahead = (order.trigger_price - self.price) * (1 if order.rises else -1)
            if ahead <= 0:
                self._finish_unseen(order)
                return
            self.orders[order.order_link_id] = order
            self._tell(order, OrderStatus.UNTRIGGERED)
            return
        if order.order_type is OrderType.MARKET:
            qty = min(order.qty, abs(self.size)) if order.reduce_only else order.qty
            if order.reduce_only and self.size * order.side.sign >= 0:
                qty = ZERO
            self.orders[order.order_link_id] = order
            if qty:
                self._fill(order, self.price, qty)
            self._finish(order, OrderStatus.FILLED if qty == order.qty else OrderStatus.CANCELLED)
            return
        self.orders[order.order_link_id] = order
        self._rest(order)

    def _finish_unseen(self, order: PlaceOrder) -> None:
        """A trigger behind the price: Bybit refuses; here the order ends at once."""
        self.orders[order.order_link_id] = order
        self._finish(order, OrderStatus.REJECTED)

    def _rest(self, order: PlaceOrder) -> None:
        takes = (self.price - (order.price or ZERO)) * order.side.sign <= 0
        if takes and order.time_in_force is TimeInForce.POST_ONLY:
            self._finish(order, OrderStatus.CANCELLED)
        elif takes:
            self._hit(order, self.price)
        else:
            self._tell(order, OrderStatus.NEW)

    # --- the market

    def pass_time(self, ms: int) -> None:
        """Later; what is late arrives."""
        self.now_ms = TimeMs(self.now_ms + ms)
        due = [order for at_ms, order in self._late if at_ms <= self.now_ms]
        self._late = [each for each in self._late if each[0] > self.now_ms]
        for order in due:
            self._take(order)

    def move(self, price: Decimal) -> None:
        """The price jumps: resting orders on the way are filled, wholly or first in part, then stops."""
        self.price = price
        for order in list(self.orders.values()):
            if order.trigger_price is not None:
                if (price - order.trigger_price) * (1 if order.rises else -1) >= 0:
                    self._fill(order, price, order.qty)
                    self._finish(order, OrderStatus.FILLED)
                continue
            assert order.price is not None
            if (price - order.price) * order.side.sign < 0:
                self._hit(order, order.price)
        if self.stop is not None and (price - self.stop) * self.size <= 0:
            side = Side.SELL if self.size > 0 else Side.BUY
            self._execute("", side, price, abs(self.size), "StopLoss")

    def _hit(self, order: PlaceOrder, price: Decimal) -> None:
        rest = order.qty - self._filled(order)
        part = RULES.floor_qty(rest / 3)
        if part and self._random.random() < 0.4:
            self._fill(order, price, part)
            self._tell(order, OrderStatus.PARTIALLY_FILLED)
            return
        self._fill(order, price, rest)
        self._finish(order, OrderStatus.FILLED)

    def _filled(self, order: PlaceOrder) -> Decimal:
        mine = (each.qty for each in self.executions if each.order_link_id == order.order_link_id)
        return sum(mine, ZERO)

    def _fill(self, order: PlaceOrder, price: Decimal, qty: Decimal) -> None:
        before = self.size
        self._execute(order.order_link_id, order.side, price, qty, "")
        if self.size * order.side.sign > 0 and order.stop_loss is not None:
            self.stop = order.stop_loss
        elif before * self.size <= 0:
            self.stop = None
        self._push(self._position())

    def _execute(self, link_id: str, side: Side, price: Decimal, qty: Decimal, stop_type: str) -> None:
        name = f"x{len(self.executions)}"
        done = execution(name, side, str(qty), str(price), order_link_id=link_id, stop_order_type=stop_type)
        self.executions.append(done)
        self.size += qty * side.sign
        self.largest = max(self.largest, abs(self.size))
        if stop_type:
            self.stop = None
            self._push(self._position())
        self._push(done)

    def _finish(self, order: PlaceOrder, status: OrderStatus) -> None:
        self._tell(order, status)
        del self.orders[order.order_link_id]

    def _tell(self, order: PlaceOrder, status: OrderStatus) -> None:
        state = order_update(order, status, filled=str(self._filled(order)), updated_ms=self.now_ms)
        state = msgspec.structs.replace(state, price=order.price or ZERO, trigger_price=order.trigger_price)
        self.states[order.order_link_id] = state
        self._push(state)

    def _position(self, *, by_rest: bool = False) -> PositionUpdate:
        side = None if not self.size else Side.BUY if self.size > 0 else Side.SELL
        return PositionUpdate(
            BTC, side, abs(self.size), Decimal(100), Decimal(5), self.stop, None, self.now_ms, by_rest=by_rest
        )

    def _push(self, message: Message) -> None:
        kinds = (OrderUpdate, ExecutionReported, PositionUpdate)
        self.streams[kinds.index(type(message))].append(message)
