"""A session that sends orders over the trade stream and everything else by REST."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from bot.bybit.pybit_session import PybitSession, answer_of
from bot.bybit.session import Answer, NoAnswer, Reply
from bot.bybit.trade_socket import TradeSocket
from bot.bybit.venues import Credentials, VenueEndpoints

type Transport = Literal["rest", "websocket"]

BY_STREAM = frozenset(
    {"place_order", "amend_order", "cancel_order", "place_batch_order", "amend_batch_order", "cancel_batch_order"}
)
RESTARTING = 10019
"""The trade service wants a new connection (Bybit V5 docs, error codes)."""

SHORTEST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


class TradeSession:
    """Orders by WebSocket with the guarantees of REST: each leaves once, and no clear answer is no answer.

    While there is no connection orders go by REST, which is safe because they have not left yet. What protects or
    closes a position never waits for one to be made. After an answer that did not come, the connection is given up and
    a new one is made with the next call; between attempts that fail there are pauses. Use it from one thread at a time;
    calls block.
    """

    def __init__(
        self,
        rest: PybitSession,
        connect: Callable[[], TradeSocket],
        timeout_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects with the first call. ``timeout_s`` is the longest wait for the answer to an order."""
        self._rest = rest
        self._connect = connect
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._socket: TradeSocket | None = None
        self._pause_s = SHORTEST_PAUSE_S
        self._not_before_s = monotonic()
        self.by_stream = 0
        """How many operations have gone over the trade stream."""

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        """See VenueSession.call."""
        socket = self._connected(may_wait=not _is_urgent(method, params))
        if socket is None or method not in BY_STREAM:
            return self._rest.call(method, params)
        self.by_stream += 1
        try:
            frame = socket.ask(method, params, self._timeout_s)
            return self._answer(frame)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the order may have left: that is all we know
            self._give_up()
            return NoAnswer(f"trade stream: {type(error).__name__}: {error}")

    def close(self) -> None:
        """Close every connection."""
        self._give_up()
        self._rest.close()

    def _answer(self, frame: Mapping[str, Any]) -> Answer:
        answer = answer_of(frame, frame.get("data"), self._rest.wall_ms(), frame.get("header") or {})
        if answer.code == RESTARTING:
            self._give_up()
        return answer

    def _connected(self, *, may_wait: bool) -> TradeSocket | None:
        if self._socket is not None and not self._socket.is_alive:
            self._give_up()
        if self._socket is None and may_wait and self._monotonic() >= self._not_before_s:
            try:
                self._socket = self._connect()
                self._pause_s = SHORTEST_PAUSE_S
            except Exception:  # noqa: BLE001 - websocket-client and pybit raise many things; orders go by REST then
                self._not_before_s = self._monotonic() + self._pause_s
                self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        return self._socket

    def _give_up(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.abandon()


def _is_urgent(method: str, params: Mapping[str, Any]) -> bool:
    """Whether seconds count: an address that does not answer takes that long to be given up."""
    return method == "set_trading_stop" or (method == "place_order" and bool(params.get("reduceOnly")))


def open_session(
    transport: Transport, endpoints: VenueEndpoints, credentials: Credentials, timeout_s: float
) -> PybitSession | TradeSession:
    """A session for one worker, with orders over the transport that is configured."""
    rest = PybitSession(endpoints, credentials, timeout_s)
    if transport == "rest":
        return rest
    return TradeSession(rest, lambda: TradeSocket(endpoints, credentials, timeout_s), timeout_s)
