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
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from bot.simulator.errors import SimulatorError

HOST: Final = "127.0.0.1"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST


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
        self.port: int = self._socket.getsockname()[1]
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, app: Starlette) -> None:
        """Serve `app`; returns when connections are being accepted."""
        config = uvicorn.Config(
            app,
            ws="websockets-sansio",
            ws_per_message_deflate=False,  # clients on the same machine gain nothing from it
            ws_ping_interval=None,  # Bybit leaves pinging to the client
            lifespan="off",
            access_log=False,
            log_config=None,
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=1,
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
        """Close every connection and the port. Takes at most about 1.5 s."""
        if self._server is None or self._task is None:
            self.close()
            return
        self._server.should_exit = True
        await self._task

    def cut(self, client: tuple[str, int]) -> None:
        """Cut the TCP connection of a client with RST, whatever is still waiting to be sent."""
        for protocol in self._server.server_state.connections if self._server else ():
            if isinstance(protocol, WebSocketsSansIOProtocol) and protocol.client == client:
                transport = protocol.transport
                raw: Any = transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                transport.abort()


def _bind(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only for sockets that name TCP; with it, an answer whose head
    # and body are written one after the other takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A port whose last owner has just gone may be used again; one that is being listened on may not.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "it is already in use" if taken else str(error)
        raise SimulatorError(f"cannot listen on {HOST}:{port}: {reason}") from error
    return listening
