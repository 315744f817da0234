"""One connection to the trade stream through pybit: orders by WebSocket, each awaited, none sent twice."""

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import websocket
from pybit.unified_trading import WebSocketTrading

from bot.bybit.one_connection import ATTEMPTS, AUTH_VALID_FOR_S, GONE, HANDSHAKE_TIMEOUT_S, OneConnection
from bot.bybit.venues import Credentials, VenueEndpoints

type TradeFrame = Mapping[str, Any]


class TradeSocket(OneConnection, WebSocketTrading):  # type: ignore[misc]  # pybit has no types
    """Sends orders and gives back Bybit's answers (Bybit V5 docs, WebSocket, Trade).

    Making one blocks until the exchange has accepted the key; ConnectionError if it does not within ``timeout_s``.
    Answers arrive on a thread of the connection's own. One thread at a time may ask.
    """

    def __init__(
        self,
        endpoints: VenueEndpoints,
        credentials: Credentials,
        timeout_s: float,
        ping_interval_s: float = 5.0,
        ping_timeout_s: float = 4.0,
    ) -> None:
        self._base = endpoints.ws_base
        self.ended_because: str | None = None
        self._gate = threading.RLock()
        self._login: Future[TradeFrame] = Future()
        self._waiting: set[Future[TradeFrame]] = {self._login}
        websocket.setdefaulttimeout(HANDSHAKE_TIMEOUT_S)  # otherwise a peer that accepts and then says nothing hangs us
        try:
            super().__init__(
                testnet=endpoints.is_testnet,
                api_key=credentials.api_key,
                api_secret=credentials.api_secret,
                ping_interval=ping_interval_s,
                ping_timeout=ping_timeout_s,
                retries=ATTEMPTS,
                private_auth_expire=AUTH_VALID_FOR_S,
            )
        except GONE as error:
            raise ConnectionError(f"the trade stream can not be reached: {error}") from error
        self._log_in(timeout_s)

    def ask(self, method: str, params: Mapping[str, Any], timeout_s: float) -> TradeFrame:
        """Send one order operation, named as pybit names it, and wait for its answer.

        ConnectionError if the connection ended, TimeoutError if no answer came in time. Either way the operation may
        have been carried out; this connection must not be used again, because answers could be behind.
        """
        reply: Future[TradeFrame] = Future()
        with self._gate:
            if self.ended_because is not None:
                raise ConnectionError(self.ended_because)
            self._waiting.add(reply)
        try:
            getattr(self, method)(reply.set_result, reply.set_result, **params)
            return reply.result(timeout_s)
        except GONE as error:
            if isinstance(error, TimeoutError | ConnectionError):
                raise
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
        finally:
            with self._gate:
                self._waiting.discard(reply)

    def _log_in(self, timeout_s: float) -> None:
        try:
            frame = self._login.result(timeout_s)
        except (TimeoutError, ConnectionError) as error:
            self.abandon()
            raise ConnectionError(f"the trade stream took no login: {error}") from error
        if frame.get("retCode") != 0:
            self.abandon()
            raise ConnectionError(f"the trade stream refused the key: {frame.get('retCode')} {frame.get('retMsg')}")

    def _send_order_operation(self, *args: object, **kwargs: object) -> None:
        with self._gate:  # pybit notes a request after sending it: the answer may be here first
            super()._send_order_operation(*args, **kwargs)

    def _handle_incoming_message(self, message: TradeFrame) -> None:
        # Not pybit's handling, which ends the thread for a refused login and writes every refused order to the log.
        if message.get("op") == "auth":
            if not self._login.done():
                self._login.set_result(message)
            return
        with self._gate:
            on_answer, _ = self._pop_callback(message.get("reqId"))
        if on_answer is not None:
            on_answer(message)

    def _on_end(self) -> None:
        with self._gate:
            waiting, self._waiting = self._waiting, set()
        for reply in waiting:
            if not reply.done():
                reply.set_exception(ConnectionError(self.ended_because))
