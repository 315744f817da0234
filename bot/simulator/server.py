"""A simulated exchange on two ports of 127.0.0.1: V5 REST and streams, and control."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from bot.simulator.auth import Credential, Keyring
from bot.simulator.build import make_exchange
from bot.simulator.connections import Connections
from bot.simulator.control import ControlDoor
from bot.simulator.errors import SimulatorError
from bot.simulator.listener import HOST, Listener
from bot.simulator.pacing import LockstepMarket, PacedMarket
from bot.simulator.ready import Endpoints
from bot.simulator.rest import RestDoor
from bot.simulator.settings import SimulatorSettings
from bot.simulator.streams import PRIVATE_PATH, PUBLIC_PATH, Streams, StreamSettings
from bot.simulator.venue import Venue

_log = logging.getLogger(__name__)
DEFAULT_PUSH_DELAY_MS = 5


class SimulatorServer:
    """Everything of one simulator, in one asyncio loop: nothing in it is shared with a thread.

    Construction reads the feed and binds both ports; `run` serves until `stop`.

    Raises:
        SimulatorError: a setting makes no sense, the feed cannot be read, a port is taken.
    """

    def __init__(self, settings: SimulatorSettings) -> None:
        settings.check()
        self._settings = settings
        self._stopped = asyncio.Event()
        self.exchange = make_exchange(settings)
        self._rest_port, self._control_port = _open_ports(settings)
        self.endpoints = Endpoints(
            rest=f"http://{HOST}:{self._rest_port.port}",
            ws=f"ws://{HOST}:{self._rest_port.port}",
            control=f"http://{HOST}:{self._control_port.port}",
            control_token=secrets.token_urlsafe(24),
            api_key=settings.api_key or secrets.token_hex(9),
            api_secret=settings.api_secret or secrets.token_hex(18),
            account=settings.account,
        )
        push_delay_ms = settings.push_delay_ms
        if push_delay_ms is None:
            push_delay_ms = 0 if settings.lockstep else DEFAULT_PUSH_DELAY_MS
        connections = Connections(push_delay_ms / 1000)
        self._market: PacedMarket | LockstepMarket
        if isinstance(settings.speed, str):
            self._market = LockstepMarket(self.exchange, connections)
        else:
            self._market = PacedMarket(self.exchange, connections, settings.speed)
        self._venue = Venue(self.exchange, connections, self._market)

    def stop(self) -> None:
        """Ask `run` to end; returns at once."""
        self._stopped.set()

    async def run(self, ready: Callable[[Endpoints], None]) -> None:
        """Serve until stopped; `ready` is called when clients may connect. Writes the books at the end."""
        await self._rest_port.start(self._rest_app())
        await self._control_port.start(self._control_app())
        pacer = asyncio.create_task(self._market.run()) if isinstance(self._market, PacedMarket) else None
        if pacer is not None:
            pacer.add_done_callback(lambda _task: self.stop())
        try:
            ready(self.endpoints)
            await self._stopped.wait()
        finally:
            if pacer is not None:
                pacer.cancel()
            await asyncio.gather(self._rest_port.stop(), self._control_port.stop())
            if self._settings.books is not None:
                write_books(Path(self._settings.books), self.exchange.books(self._settings.account))
        if pacer is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await pacer  # a market that failed has stopped the server: say why

    def _keyring(self) -> Keyring:
        at = self.endpoints
        return Keyring([Credential(at.api_key, at.api_secret, at.account)])

    def _rest_app(self) -> Starlette:
        keyring = self._keyring()
        rest = RestDoor(self._venue, keyring)
        stream_settings = StreamSettings(
            ack_delay_s=self._settings.ack_delay_ms / 1000,
            max_queued_bytes=self._settings.max_queued_bytes,
        )
        streams = Streams(self._venue, keyring, stream_settings, self._rest_port.cut)
        return Starlette(
            routes=[
                WebSocketRoute(PUBLIC_PATH, streams.serve_public),
                WebSocketRoute(PRIVATE_PATH, streams.serve_private),
                Route("/{path:path}", rest.answer, methods=["GET", "POST"]),
            ]
        )

    def _control_app(self) -> Starlette:
        token, accounts = self.endpoints.control_token, (self.endpoints.account,)
        return ControlDoor(self._venue, self._market, token, accounts, self.stop).app()


def _open_ports(settings: SimulatorSettings) -> tuple[Listener, Listener]:
    rest_port = Listener(settings.port)
    try:
        return rest_port, Listener(settings.control_port)
    except SimulatorError:
        rest_port.close()
        raise


def write_books(path: Path, books: object) -> None:
    """Write a ledger as JSON, whole or not at all: a reader never sees half a file."""
    text = msgspec.json.format(msgspec.json.encode(books))
    handle, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def serve(settings: SimulatorSettings, ready: Callable[[Endpoints], None]) -> None:
    """Run a simulator in this process until a signal, the control port or the parent ends it.

    Call it in the main thread. SIGTERM and SIGINT stop it in good order; with `exit_with_parent` SIGINT is
    left to the parent (a terminal sends Ctrl-C to both) and the end of standard input stops it.
    """

    async def main() -> None:
        server = SimulatorServer(settings)
        with _ending(server.stop, with_parent=settings.exit_with_parent):
            await server.run(ready)

    asyncio.run(main())


@contextlib.contextmanager
def _ending(stop: Callable[[], None], *, with_parent: bool) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, (lambda: None) if with_parent else stop)
    if not with_parent:
        yield
        return
    stdin = sys.stdin.fileno()

    def at_input() -> None:
        if not os.read(stdin, 4096):
            loop.remove_reader(stdin)
            stop()

    try:
        loop.add_reader(stdin, at_input)
    except PermissionError:  # epoll takes no regular files
        raise SimulatorError("exit_with_parent: standard input is not a pipe of the parent") from None
    try:
        yield
    finally:
        loop.remove_reader(stdin)
