"""Lets WebSocket clients in, reads them, and sees them out."""

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.simulator.server.connection import Connection
from bot.simulator.server.connections import Connections
from bot.simulator.server.delay_line import DelayLine
from bot.simulator.server.faults.kinds import HttpStatus, RequestDelayed, RequestLost
from bot.simulator.server.faults.schedule import Event, Schedule
from bot.simulator.server.limits.addresses import AddressLimits
from bot.simulator.server.listener import Peer, hang_up
from bot.simulator.server.streams.replies import PRIVATE_PATH, TRADE_PATH
from bot.simulator.server.streams.subscriptions import Subscriptions
from bot.simulator.server.streams.trade import TradeStream
from bot.simulator.server.wall_clock import WallClock

GOING_AWAY: Final = 1001
CLOSE_WITHIN_S: Final = 10.0
"""A client that does not read gets no close frame; its connection is cut after so long."""
MAX_WAITING_OPERATIONS = 2_000
IDLE_LOOKS = 10
_DURATION = re.compile(r"(\d{1,4})(s|m)", re.ASCII)
ACTIVE_MIN_S, ACTIVE_MAX_S = 30, 600


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How streams behave.

    Attributes:
        ack_delay_s: how long after an operation its answer leaves.
        max_queued_bytes: what may wait for a client that does not read before it is cut off.
        idle_s: after so long without data or a ping the connection is closed.
    """

    ack_delay_s: float
    max_queued_bytes: int
    idle_s: float = 600.0


class Operator(Protocol):
    """What answers the operations of one kind of stream."""

    def operate(self, connection: Connection, text: str, ip: str) -> None: ...


class SocketWire:
    """A client's socket: data goes straight to its transport, the closing handshake through uvicorn."""

    def __init__(self, transport: asyncio.Transport, websocket: WebSocket) -> None:
        self._transport = transport
        self._websocket = websocket
        self._closing: asyncio.Task[None] | None = None

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():  # uvicorn has answered a close frame: nothing may follow that
            self._transport.write(data)

    def waiting_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def close(self) -> None:
        self._closing = asyncio.create_task(self._close())

    def hang_up(self, *, reset: bool) -> None:
        hang_up(self._transport, reset=reset)

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._websocket.close(GOING_AWAY)
        except TimeoutError:
            self.hang_up(reset=True)
        except (RuntimeError, WebSocketDisconnect):
            pass  # it has gone by itself meanwhile


class StreamDoor:
    """Serves WebSocket clients of every path.

    Operations of a client are answered in the order they came, each `ack_delay_s` after it came. Data of
    topics already subscribed flows on meanwhile. Belongs to the asyncio loop.
    """

    def __init__(
        self,
        connections: Connections,
        subscriptions: Subscriptions,
        trade: TradeStream,
        addresses: AddressLimits,
        schedule: Schedule,
        settings: StreamSettings,
        clock: WallClock,
        now_ms: Callable[[], int],
        transport: Callable[[Peer], asyncio.Transport | None],
    ) -> None:
        self._connections = connections
        self._subscriptions = subscriptions
        self._trade = trade
        self._addresses = addresses
        self._schedule = schedule
        self._settings = settings
        self._clock = clock
        self._now_ms = now_ms
        self._transport = transport

    async def serve(self, websocket: WebSocket) -> None:
        """One client, from the handshake to the end."""
        path, peer = websocket.url.path, websocket.client
        transport = self._transport((peer.host, peer.port)) if peer else None
        if peer is None or transport is None:
            return
        with contextlib.suppress(WebSocketDisconnect):  # it may have gone before it was let in
            if self._schedule and not await self._handshake(websocket, transport, path):
                return
            if not self._addresses.connect(peer.host, path, self._clock.now_ms()):
                await _deny(websocket, Response("access too frequent", HTTPStatus.FORBIDDEN))
                return
            try:
                await websocket.accept()
                wire = SocketWire(transport, websocket)
                await self._attend(websocket, Connection(path, wire, self._settings.max_queued_bytes), peer.host)
            finally:
                self._addresses.leave(peer.host, path)

    async def _handshake(self, websocket: WebSocket, transport: asyncio.Transport, path: str) -> bool:
        """Whether the schedule lets the client in."""
        match self._schedule.strike(Event("request", path), self._now_ms()):
            case RequestLost(how=how):
                if how != "silence":
                    hang_up(transport, reset=how == "reset")
                while (await websocket.receive())["type"] != "websocket.disconnect":
                    pass
                return False
            case HttpStatus(status=status, body=body):
                await _deny(websocket, Response(body or "", status))
                return False
            case RequestDelayed(delay_ms=delay_ms):
                await asyncio.sleep(delay_ms / 1000)
            case _:
                pass
        return True

    async def _attend(self, websocket: WebSocket, connection: Connection, ip: str) -> None:
        operator: Operator = self._trade if connection.path == TRADE_PATH else self._subscriptions
        self._connections.add(connection)
        inbox = DelayLine[str](self._settings.ack_delay_s, lambda text: operator.operate(connection, text, ip))
        watch = asyncio.create_task(_close_when_idle(connection, self._idle_s(websocket)))
        try:
            await _read(websocket, connection, inbox)
        finally:
            watch.cancel()
            inbox.close()
            connection.gone()
            self._subscriptions.leave(connection)

    def _idle_s(self, websocket: WebSocket) -> float:
        wanted = parse_qs(websocket.url.query).get("max_active_time")
        if wanted and websocket.url.path in {PRIVATE_PATH, TRADE_PATH}:
            return active_time_s(wanted[0]) or self._settings.idle_s
        return self._settings.idle_s


async def _deny(websocket: WebSocket, response: Response) -> None:
    await websocket.send_denial_response(response)
    await asyncio.sleep(0)  # uvicorn logs an error if we end before it has noticed that it closed the connection


async def _read(websocket: WebSocket, connection: Connection, inbox: DelayLine[str]) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if len(inbox) >= MAX_WAITING_OPERATIONS:
            connection.hang_up()
            return
        connection.active = True
        inbox.put(message.get("text") or "")


async def _close_when_idle(connection: Connection, idle_s: float) -> None:
    """Bybit V5 docs, WebSocket connect: neither data nor a ping for so long, and the connection is closed."""
    quiet = 0
    while quiet < IDLE_LOOKS:
        connection.active = False
        await asyncio.sleep(idle_s / IDLE_LOOKS)
        quiet = 0 if connection.active else quiet + 1
    connection.close()


def active_time_s(text: str) -> int | None:
    """`max_active_time` such as "30s" or "5m": 30 to 600 s; None if it is anything else."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    seconds = int(match[1]) * (60 if match[2] == "m" else 1)
    return seconds if ACTIVE_MIN_S <= seconds <= ACTIVE_MAX_S else None
