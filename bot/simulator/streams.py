"""The WebSocket doors: `/v5/public/linear` and `/v5/private`, operation by operation."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.websockets import WebSocket
from uvicorn.protocols.utils import ClientDisconnected

from bot.simulator.auth import Keyring, Refusal
from bot.simulator.connection import Connection
from bot.simulator.connections import Channel, as_text
from bot.simulator.delay_line import DelayLine
from bot.simulator.rest import wall_clock_ms
from bot.simulator.venue import Venue

_log = logging.getLogger(__name__)
_decode = msgspec.json.Decoder().decode

PUBLIC_PATH: Final = "/v5/public/linear"
PRIVATE_PATH: Final = "/v5/private"

# What a client may ask for on the private stream, and the topic under which the exchange pushes it.
PRIVATE_TOPICS: Final = {
    "order": "order",
    "execution": "execution",
    "position": "position",
    "wallet": "wallet",
    "order.linear": "order",
    "execution.linear": "execution",
    "position.linear": "position",
}
MAX_TOPIC_CHARS = 21_000  # Bybit V5 docs, WebSocket connect: total length of `args` on one connection
MAX_WAITING_OPERATIONS = 2_000


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How streams behave: answers to operations come after `ack_delay_s`, and a client that does not
    read is cut off when `max_queued_bytes` wait for it.
    """

    ack_delay_s: float
    max_queued_bytes: int


class Streams:
    """Serves WebSocket clients.

    Operations of a client are answered in the order they came, each `ack_delay_s` after it came; a
    subscription's ack goes out before its first data frame, and a snapshot before everything else.
    Data of topics already subscribed flows on meanwhile. Belongs to the asyncio loop.
    """

    def __init__(
        self,
        venue: Venue,
        keyring: Keyring,
        settings: StreamSettings,
        cut: Callable[[tuple[str, int]], None],
        wall_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._venue = venue
        self._keyring = keyring
        self._settings = settings
        self._cut = cut
        self._wall_ms = wall_ms

    async def serve_public(self, websocket: WebSocket) -> None:
        await self._serve(websocket, PUBLIC_PATH)

    async def serve_private(self, websocket: WebSocket) -> None:
        await self._serve(websocket, PRIVATE_PATH)

    async def _serve(self, websocket: WebSocket, path: str) -> None:
        client = websocket.client
        peer = (client.host, client.port) if client else ("", 0)
        await websocket.accept()
        connection = Connection(path, lambda: self._cut(peer), self._settings.max_queued_bytes)
        self._venue.connections.add(connection)
        inbox = DelayLine[str](self._settings.ack_delay_s, lambda text: self.operate(connection, text))
        writer = asyncio.create_task(connection.write_forever(websocket.send))
        try:
            await self._read(websocket, connection, inbox)
        finally:
            inbox.close()
            connection.close()
            for account, topic in self._venue.connections.remove(connection):
                if account is None:
                    self._venue.exchange.unsubscribe(topic)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ClientDisconnected, RuntimeError):
                await writer  # RuntimeError: Starlette's word for a send after the close

    async def _read(self, websocket: WebSocket, connection: Connection, inbox: DelayLine[str]) -> None:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if len(inbox) >= MAX_WAITING_OPERATIONS:
                connection.reset()
                return
            inbox.put(message.get("text") or "")

    def operate(self, connection: Connection, text: str) -> None:
        """Do what one frame of a client asks for and queue the answer."""
        try:
            frame = _decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            frame = None
        frame = frame if isinstance(frame, dict) else {}
        req_id = frame.get("req_id", "")
        match frame.get("op"):
            case "ping":
                connection.send(as_text(self._pong(connection, req_id)))
            case "auth" if connection.path == PRIVATE_PATH:
                connection.send(as_text(self._authenticate(connection, frame.get("args"))))
            case "subscribe" | "unsubscribe" as operation:
                channels = self._channels(connection, frame.get("args"))
                if isinstance(channels, str):
                    connection.send(_ack(connection, operation, req_id, channels))
                elif operation == "subscribe":
                    self._subscribe(connection, req_id, channels)
                else:
                    self._unsubscribe(connection, req_id, channels)
            case operation:
                name = operation if isinstance(operation, str) else ""
                connection.send(_ack(connection, name, req_id, "Params Error"))

    def _pong(self, connection: Connection, req_id: object) -> dict[str, Any]:
        if connection.path == PRIVATE_PATH:
            stamp = str(self._wall_ms())
            return {"req_id": req_id, "op": "pong", "args": [stamp], "conn_id": connection.conn_id}
        head = {"success": True, "ret_msg": "pong"}
        return head | {"conn_id": connection.conn_id, "req_id": req_id, "op": "ping"}

    def _authenticate(self, connection: Connection, args: object) -> dict[str, Any]:
        caller = self._keyring.check_stream(args, self._wall_ms())
        conn_id = connection.conn_id
        match caller:
            case Refusal(ret_code=10003, ret_msg=text):
                head = {"op": "auth", "success": False, "retCode": 10003, "retMsg": text}
                return head | {"ret_msg": text, "connId": conn_id, "conn_id": conn_id}
            case Refusal(ret_msg=text):
                return {"success": False, "ret_msg": text, "op": "auth", "conn_id": conn_id}
            case credential:
                connection.account = credential.account
                return {"success": True, "ret_msg": "", "op": "auth", "conn_id": conn_id}

    def _channels(self, connection: Connection, args: object) -> dict[str, Channel] | str:
        """The channels a request names, by the client's name for them; or why it is refused."""
        if not isinstance(args, list) or not args or not all(isinstance(each, str) for each in args):
            return "Params Error"
        if connection.path == PUBLIC_PATH:
            return {name: (None, name) for name in args}
        if connection.account is None:
            return "Request not authorized"
        unknown = [name for name in args if name not in PRIVATE_TOPICS]
        if unknown:
            return _not_found(unknown[0])
        if len({"." in name for name in args}) > 1:  # all-in-one and categorised topics in one request
            return "Params Error"
        return {name: (connection.account, PRIVATE_TOPICS[name]) for name in args}

    def _subscribe(self, connection: Connection, req_id: object, channels: dict[str, Channel]) -> None:
        connections, exchange = self._venue.connections, self._venue.exchange
        chars = connection.topic_chars + sum(map(len, channels))
        if chars > MAX_TOPIC_CHARS:
            connection.send(_ack(connection, "subscribe", req_id, "args size exceeds 21000"))
            return
        for name, channel in channels.items():
            if connections.subscribed(connection, channel, name):
                refusal = f"error:already subscribed,topic:{name}"
                connection.send(_ack(connection, "subscribe", req_id, refusal))
                return
        taken: list[str] = []
        for name, (account, topic) in channels.items():
            if account is None and not exchange.subscribe(topic):
                for each in taken:
                    exchange.unsubscribe(each)
                connection.send(_ack(connection, "subscribe", req_id, _not_found(name)))
                return
            taken.append(topic)
        connection.topic_chars = chars
        connection.send(_ack(connection, "subscribe", req_id))
        for name, channel in channels.items():
            connections.subscribe(connection, channel, name)
            snapshot = exchange.snapshot(name) if channel[0] is None else None
            if snapshot is not None:
                connection.send_data(as_text(snapshot.frame()))

    def _unsubscribe(self, connection: Connection, req_id: object, channels: dict[str, Channel]) -> None:
        connections = self._venue.connections
        for name, channel in channels.items():
            if not connections.subscribed(connection, channel, name):
                connection.send(_ack(connection, "unsubscribe", req_id, _not_found(name)))
                return
        for name, channel in channels.items():
            connections.unsubscribe(connection, channel, name)
            connection.topic_chars -= len(name)
            if channel[0] is None:
                self._venue.exchange.unsubscribe(name)
        connection.send(_ack(connection, "unsubscribe", req_id))


def _not_found(topic: str) -> str:
    return f"error:handler not found,topic:{topic}"


def _ack(connection: Connection, operation: str, req_id: object, refusal: str = "") -> str:
    frame = {"success": not refusal, "ret_msg": refusal, "conn_id": connection.conn_id}
    return as_text(frame | {"req_id": req_id, "op": operation})
