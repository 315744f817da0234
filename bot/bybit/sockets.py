"""One WebSocket connection through pybit, made safe to live with.

pybit connects, signs, subscribes and pings. What it would do when something goes wrong is replaced: one connection is
one object, which never reconnects; whoever owns it makes a new one (see StreamKeeper).
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import websocket
from pybit.unified_trading import WebSocket

from bot.bybit.one_connection import ATTEMPTS, AUTH_VALID_FOR_S, GONE, HANDSHAKE_TIMEOUT_S, OneConnection
from bot.bybit.venues import Credentials, VenueEndpoints
from bot.domain.messages import Stream

UNKNOWN_TOPIC = "handler not found"
"""What the exchange says of a topic that it does not have (Bybit V5 docs, WebSocket, Connect): of a contract that was
delisted, say. There is no code to go by."""


def _never(_text: str) -> bool:
    return False


class VenueSocket(OneConnection, WebSocket):  # type: ignore[misc]  # pybit has no types
    """One connection to the public or the private stream.

    Making one blocks until it is connected, or raises whatever websocket-client raises. Frames arrive on a thread of
    the connection's own: ``on_data`` gets every frame with a topic and must not raise; ``on_garbage`` hears of text
    that is no frame; ``on_change`` is called when an operation was answered or the connection ended.
    """

    def __init__(
        self,
        stream: Stream,
        endpoints: VenueEndpoints,
        credentials: Credentials | None,
        on_data: Callable[[Mapping[str, Any]], None],
        on_garbage: Callable[[str], None],
        on_change: Callable[[], None],
        ping_interval_s: float = 5.0,
        ping_timeout_s: float = 4.0,
        monotonic: Callable[[], float] = time.monotonic,
        takes_text: Callable[[str], bool] = _never,
    ) -> None:
        """``takes_text`` sees every text before it is read, and says whether it took it; it must not raise."""
        self._takes_text = takes_text
        self._base = endpoints.ws_base
        self._gate = threading.Lock()
        self._subscriber: int | None = None
        self._on_data = on_data
        self._on_garbage = on_garbage
        self._on_change = on_change
        self._monotonic = monotonic
        self.conn_id: str | None = None
        self.is_authorised = False
        self.refusal: str | None = None
        self.ended_because: str | None = None
        self.acked: set[str] = set()
        self.unknown: set[str] = set()
        self._to_leave: dict[str, frozenset[str]] = {}
        self.pong_heard_s = monotonic()
        websocket.setdefaulttimeout(HANDSHAKE_TIMEOUT_S)  # otherwise a peer that accepts and then says nothing hangs us
        is_private = stream is Stream.PRIVATE
        super().__init__(
            "private" if is_private else endpoints.category,
            testnet=endpoints.is_testnet,
            demo=is_private and endpoints.is_demo,
            api_key=credentials.api_key if credentials else None,
            api_secret=credentials.api_secret if credentials else None,
            ping_interval=ping_interval_s,
            ping_timeout=ping_timeout_s,
            retries=ATTEMPTS,
            private_auth_expire=AUTH_VALID_FOR_S,
            callback_function=self._on_frame,
        )

    def subscribe_topics(self, topics: Iterable[str]) -> None:
        """Ask for topics in one request; ``acked`` has them once the exchange agreed. ConnectionError if down."""
        with self._gate:
            self._subscriber = threading.get_ident()
            try:
                # pybit fills each "symbol" into the topic: this way one request carries any topics.
                self.subscribe("{symbol}", self._on_frame, list(topics))
            except GONE as error:
                raise ConnectionError(str(error)) from error
            finally:
                self._subscriber = None

    def leave_topics(self, topics: Iterable[str]) -> None:
        """Want no more of these topics; ``acked`` loses them once the exchange agreed. ConnectionError if down."""
        wanted = frozenset(topics)
        req_id = str(uuid.uuid4())
        with self._gate:
            self._to_leave[req_id] = wanted
            for topic in wanted:
                self.callback_directory.pop(topic, None)  # otherwise pybit refuses to subscribe to it ever again
            try:
                self.ws.send(json.dumps({"op": "unsubscribe", "req_id": req_id, "args": sorted(wanted)}))
            except GONE as error:
                raise ConnectionError(str(error)) from error

    def is_connected(self) -> bool:
        """As pybit has it, but raises ConnectionError for a subscriber: pybit would wait for ever."""
        if super().is_connected():
            return True
        if self._subscriber == threading.get_ident():
            raise ConnectionError("the connection is down")
        return False

    def _on_message(self, message: str) -> None:
        if self._takes_text(message):
            return
        try:
            super()._on_message(message)
        except Exception as error:  # noqa: BLE001 - pybit reads it first, and what it can not read would end the thread
            self._on_garbage(f"{type(error).__name__}: {error} in {message!r:.200}")

    def _on_frame(self, frame: Mapping[str, Any]) -> None:
        if "topic" in frame:
            self._on_data(frame)
        else:
            self._on_answer(frame)

    def _on_answer(self, frame: Mapping[str, Any]) -> None:
        """The reply to an operation (Bybit V5 docs, WebSocket, Connect)."""
        operation = frame.get("op")
        if operation not in {"auth", "subscribe", "unsubscribe"}:
            self._on_garbage(f"neither topic nor known operation in {json.dumps(frame):.200}")
            return
        self.conn_id = frame.get("conn_id") or frame.get("connId") or self.conn_id
        if operation == "unsubscribe":
            with self._gate:
                self.acked -= self._to_leave.pop(str(frame.get("req_id")), frozenset())  # refused: there was nothing
        elif not frame.get("success"):
            if UNKNOWN_TOPIC in str(frame.get("ret_msg")):
                self.unknown.update(self._topics_of(str(frame.get("req_id"))))
            self.refusal = f"{operation} refused: {frame.get('ret_msg') or frame.get('retMsg')}"
        elif operation == "auth":
            self.is_authorised = True
        else:
            self.acked.update(self._topics_of(str(frame.get("req_id"))))
        self._on_change()

    def _topics_of(self, req_id: str) -> Iterable[str]:
        with self._gate:  # pybit notes a request after sending it: the answer may be here first
            request = self.subscriptions.get(req_id)
        return () if request is None else json.loads(request)["args"]

    def _on_pong(self) -> None:
        self.pong_heard_s = self._monotonic()
        super()._on_pong()

    def _on_end(self) -> None:
        self._on_change()
