"""What the actor ``rate_limiter`` decides: which request leaves when. It is the only door to the exchange."""

import heapq
from collections import deque
from collections.abc import Sequence
from enum import IntEnum
from typing import assert_never

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    ExecuteRequest,
    FetchBestPrices,
    FetchCandles,
    FetchContracts,
    FetchExecutions,
    FetchFeeRates,
    FetchInstrument,
    FetchOpenOrders,
    FetchOrder,
    FetchPosition,
    FetchPositions,
    FetchTickers,
    FetchTransfers,
    FetchWallet,
    FetchWorkingOrders,
    Message,
    OrderIntentSaved,
    OrderRefused,
    PlaceOrder,
    Request,
    SetLeverage,
    SetTradingStop,
    Started,
    SwitchMarginMode,
    SwitchPositionMode,
    TimePassed,
    WakeAt,
    WorkerIdle,
)
from bot.domain.values import TimeMs
from bot.orders.intents import ENTRY_VALID_FOR_MS
from bot.orders.tracker import NOT_SENT

WINDOW_MS = 1_000
"""Bybit counts requests per account and endpoint over a rolling second (Bybit V5 docs, rate limit)."""

type Accepted = (
    OrderIntentSaved
    | AmendOrder
    | CancelOrder
    | CancelAllOrders
    | SetTradingStop
    | SetLeverage
    | SwitchPositionMode
    | SwitchMarginMode
    | FetchInstrument
    | FetchCandles
    | FetchPosition
    | FetchOpenOrders
    | FetchPositions
    | FetchWorkingOrders
    | FetchOrder
    | FetchBestPrices
    | FetchExecutions
    | FetchWallet
    | FetchTransfers
    | FetchFeeRates
    | FetchTickers
    | FetchContracts
    | WorkerIdle
    | Started
    | TimePassed
)


class Priority(IntEnum):
    """What goes first when not everything can go."""

    PROTECTION = 0
    CANCEL = 1
    EXIT = 2
    ENTRY = 3
    QUERY = 4
    BACKGROUND = 5


def priority_of(request: Request) -> Priority:
    """Protection before cancels, amends, exits, entries, and at last questions and settings; checks can wait."""
    match request:
        case SetTradingStop():
            return Priority.PROTECTION
        case AmendOrder(trigger_price=trigger_price) if trigger_price is not None:
            return Priority.PROTECTION  # a stop is moved
        case CancelOrder() | CancelAllOrders() | AmendOrder():
            return Priority.CANCEL
        case PlaceOrder():
            if request.purpose == "protection":
                return Priority.PROTECTION
            return Priority.EXIT if request.reduce_only else Priority.ENTRY
        case FetchTransfers():
            return Priority.EXIT  # everything may have to be closed, and waits for this answer
        case FetchTickers() | FetchContracts() | FetchCandles(is_check=True):
            return Priority.BACKGROUND
        case _:
            return Priority.QUERY


REQUESTS_PER_SECOND: dict[type[Message], int] = {
    PlaceOrder: 10,
    AmendOrder: 10,
    CancelOrder: 10,
    CancelAllOrders: 10,
    SetTradingStop: 10,
    SetLeverage: 10,
    SwitchPositionMode: 10,
    SwitchMarginMode: 5,
    FetchPosition: 45,  # position/list, together with the next
    FetchPositions: 5,
    FetchOpenOrders: 20,  # order/realtime, together with the next two
    FetchWorkingOrders: 5,  # several pages each, if there are many
    FetchOrder: 25,  # two questions each: open orders, then history
    FetchBestPrices: 50,
    FetchExecutions: 50,
    FetchWallet: 50,
    FetchTransfers: 5,  # two questions a week of them
    FetchFeeRates: 5,
    FetchInstrument: 50,  # market data has no limit per account; 600 requests in 5 s per address
    FetchCandles: 50,
    FetchTickers: 5,
    FetchContracts: 5,
}
"""Limits of an ordinary account (Bybit V5 docs, rate limit, 2026-07)."""


SPARED = 2
"""So many orders and amends of a second are left to those that protect, close or move a stop."""


def _spared(priority: Priority, request: Request) -> int:
    """How many requests of its kind must still fit after this one: a flood of entries, or of quotes, delays no stop."""
    is_waiting_well = isinstance(request, PlaceOrder) and priority is Priority.ENTRY
    is_waiting_well = is_waiting_well or (isinstance(request, AmendOrder) and priority is not Priority.PROTECTION)
    return SPARED if is_waiting_well else 0


def _leaves_a_worker(request: Request) -> bool:
    """Market data comes in bulk, and one answer may take seconds: the last idle worker is kept for what is urgent."""
    return isinstance(request, FetchCandles | FetchTickers | FetchContracts)


def _stale_entry(request: Request, now_ms: TimeMs) -> OrderRefused | None:
    """A refusal, if the request is an entry that has waited for so long that its price and stop mean nothing."""
    if not isinstance(request, PlaceOrder) or request.reduce_only:
        return None
    if now_ms - request.time_ms <= ENTRY_VALID_FOR_MS:
        return None
    return OrderRefused(request.symbol, request.order_link_id, now_ms, NOT_SENT, "not sent: it had to wait too long")


class _Budget:
    """The moments of the newest requests of one kind."""

    __slots__ = ("_moments", "_per_window", "_window_ms")

    def __init__(self, per_window: int, window_ms: int) -> None:
        self._per_window = per_window
        self._window_ms = window_ms
        self._moments: deque[TimeMs] = deque(maxlen=per_window)

    def free_at(self, now_ms: TimeMs, spared: int) -> TimeMs:
        """When one more request fits, and ``spared`` others after it."""
        most = self._per_window - spared
        if len(self._moments) < most:
            return now_ms
        return max(now_ms, TimeMs(self._moments[-most] + self._window_ms))

    def take(self, now_ms: TimeMs) -> None:
        self._moments.append(now_ms)


class RateLimiterCore:
    """Hands requests to idle workers by priority, within Bybit's budgets, and holds still when Bybit says so.

    ``speed`` is how many seconds of the exchange's time pass in one of the wall clock, which is what requests are
    counted by: on a simulated exchange that runs sixty times as fast a second of that is a minute of the market's.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._waiting: list[tuple[Priority, int, Request]] = []
        self._asked = 0
        self._idle: deque[int] = deque()
        self._workers: set[int] = set()
        window_ms = int(WINDOW_MS * max(speed, 1.0))
        self._budgets = {kind: _Budget(limit, window_ms) for kind, limit in REQUESTS_PER_SECOND.items()}
        self._silent_until_ms = TimeMs(0)
        self._alarm_ms: TimeMs | None = None
        self._address = address_of(Role.RATE_LIMITER)

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case OrderIntentSaved():
                self._queue(message.order)
            case WorkerIdle():
                self._on_idle(message, now_ms)
            case Started():
                return NOTHING
            case TimePassed():
                self._alarm_ms = None
            case (
                AmendOrder()
                | CancelOrder()
                | CancelAllOrders()
                | SetTradingStop()
                | SetLeverage()
                | SwitchPositionMode()
                | SwitchMarginMode()
                | FetchInstrument()
                | FetchCandles()
                | FetchPosition()
                | FetchOpenOrders()
                | FetchPositions()
                | FetchWorkingOrders()
                | FetchOrder()
                | FetchBestPrices()
                | FetchExecutions()
                | FetchWallet()
                | FetchTransfers()
                | FetchFeeRates()
                | FetchTickers()
                | FetchContracts()
            ):
                self._queue(message)
            case _:
                assert_never(message)
        return self._dispatch(now_ms)

    def _queue(self, request: Request) -> None:
        self._asked += 1
        heapq.heappush(self._waiting, (priority_of(request), self._asked, request))

    def _on_idle(self, idle: WorkerIdle, now_ms: TimeMs) -> None:
        self._workers.add(idle.worker)
        if idle.worker not in self._idle:
            self._idle.append(idle.worker)
        if idle.retry_after_ms is not None:
            self._silent_until_ms = max(self._silent_until_ms, TimeMs(now_ms + idle.retry_after_ms))

    def _dispatch(self, now_ms: TimeMs) -> Sequence[Message]:
        if not self._waiting or not self._idle:
            return NOTHING
        if now_ms < self._silent_until_ms:
            return self._wake_at(self._silent_until_ms, now_ms)
        out: list[Message] = []
        held_back: list[tuple[Priority, int, Request]] = []
        next_ms: TimeMs | None = None
        while self._waiting and self._idle:
            entry = heapq.heappop(self._waiting)
            stale = _stale_entry(entry[2], now_ms)
            if stale is not None:
                out.append(stale)
                continue
            priority, _, request = entry
            if _leaves_a_worker(request) and len(self._idle) == 1 < len(self._workers):
                held_back.append(entry)  # until another one is idle
                continue
            budget = self._budgets[type(request)]
            free_ms = budget.free_at(now_ms, _spared(priority, request))
            if free_ms > now_ms:
                held_back.append(entry)
                next_ms = free_ms if next_ms is None else min(next_ms, free_ms)
                continue
            budget.take(now_ms)
            out.append(ExecuteRequest(self._idle.popleft(), request))
        for entry in held_back:
            heapq.heappush(self._waiting, entry)
        if next_ms is not None:
            out.extend(self._wake_at(next_ms, now_ms))
        return out

    def _wake_at(self, at_ms: TimeMs, now_ms: TimeMs) -> Sequence[Message]:
        # An alarm that has passed without a word was lost with the clock.
        if self._alarm_ms is not None and now_ms <= self._alarm_ms <= at_ms:
            return NOTHING
        self._alarm_ms = at_ms
        return (WakeAt(self._address, at_ms),)
