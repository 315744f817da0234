"""One listening port on 127.0.0.1 and the uvicorn server behind it."""

import asyncio
import contextlib
import errno
import socket
import struct
from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from bot.simulator.errors import SimulatorError

HOST: Final = "127.0.0.1"
BACKLOG: Final = 128
KEEP_ALIVE_S: Final = 75
"""uvicorn's own 5 s meet clients that poll every 5 s: the request leaves while the connection is being closed."""
GRACE_S: Final = 0.5
"""Connections that are still there so long after the end began are cut."""
MAX_FRAME_BYTES: Final = 1 << 20
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST

type Peer = tuple[str, int]


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the process: two of them share one loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Listener:
    """Binds its port at once (so that the address is known) and serves from `start` to `stop`.

    Raises:
        SimulatorError: the port is taken or may not be bound.
    """

    def __init__(self, port: int) -> None:
        self._socket = _bind(port)
        _listen(self._socket)
        self.port: int = self._socket.getsockname()[1]
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._refusing = False

    async def start(self, app: Starlette) -> None:
        """Serve `app`; returns when connections are being accepted."""
        config = uvicorn.Config(
            app,
            http="h11",
            ws="websockets-sansio",
            ws_per_message_deflate=False,  # clients on the same machine gain nothing from it
            ws_max_size=MAX_FRAME_BYTES,
            ws_ping_interval=None,  # Bybit leaves pinging to the client
            lifespan="off",
            access_log=False,
            log_config=None,
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.001)

    def close(self) -> None:
        """Give the port back without ever having served."""
        self._socket.close()

    async def stop(self) -> None:
        """Close the port and every connection, by force if it does not go by itself. Takes at most about 1.5 s."""
        if self._server is None or self._task is None:
            self.close()
            return
        self._server.should_exit = True
        await asyncio.wait([self._task], timeout=GRACE_S)
        self.hang_up()
        await self._task
        self._socket.close()

    def transport(self, peer: Peer) -> asyncio.Transport | None:
        """The TCP connection of a client; None if it is gone."""
        for protocol in self._server.server_state.connections if self._server else ():
            if isinstance(protocol, WebSocketsSansIOProtocol | H11Protocol) and protocol.client == peer:
                return protocol.transport
        return None

    def hang_up(self, peer: Peer | None = None, *, reset: bool = True) -> None:
        """End the TCP connection of one client (None: all) with RST or FIN; what waits to be sent is lost."""
        for protocol in list(self._server.server_state.connections) if self._server else ():
            if isinstance(protocol, WebSocketsSansIOProtocol | H11Protocol) and peer in {None, protocol.client}:
                hang_up(protocol.transport, reset=reset)

    async def refuse(self, refusing: bool) -> None:
        """Refuse new connections, or accept them again. The port stays ours meanwhile: bound, but not listening."""
        if refusing == self._refusing or self._server is None:
            return
        self._refusing = refusing
        if refusing:
            for each in self._server.servers:
                each.close()  # closes the listening socket; connections live on
            self._socket = _bind(self.port)
        else:
            _listen(self._socket)
            server = self._server
            config, state = server.config, server.server_state

            def protocol() -> asyncio.Protocol:
                return H11Protocol(config=config, server_state=state, app_state={})

            server.servers = [await asyncio.get_running_loop().create_server(protocol, sock=self._socket)]


def hang_up(transport: asyncio.BaseTransport, *, reset: bool) -> None:
    """End a TCP connection at once."""
    if isinstance(transport, asyncio.Transport):
        raw: Any = transport.get_extra_info("socket")
        if reset and raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()


def _bind(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only for sockets that name TCP; with it, an answer whose head
    # and body are written one after the other takes 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A port whose last owner has just gone may be used again; one that is being listened on may not.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise _failed(port, error) from error
    return bound


def _listen(bound: socket.socket) -> None:
    port = bound.getsockname()[1]
    try:
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise _failed(port, error) from error


def _failed(port: int, error: OSError | OverflowError) -> SimulatorError:
    taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
    reason = "it is already in use" if taken else str(error)
    return SimulatorError(f"cannot listen on {HOST}:{port}: {reason}")
