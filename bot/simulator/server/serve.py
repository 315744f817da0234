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

from bot.simulator.build import make_exchange
from bot.simulator.core import ExchangeCore
from bot.simulator.errors import SimulatorError
from bot.simulator.frames.frame_exchange import FrameExchange
from bot.simulator.frames.mirror import MirrorMarket
from bot.simulator.frames.mirror_feed import MirrorFeed
from bot.simulator.ready import Endpoints
from bot.simulator.server.auth import Keyring
from bot.simulator.server.connections import Connections
from bot.simulator.server.control.door import Action, ControlDoor
from bot.simulator.server.control.faults import FaultActions
from bot.simulator.server.control.hands import HandActions
from bot.simulator.server.control.market import Market, MarketActions
from bot.simulator.server.faults.rest import FaultyDoor
from bot.simulator.server.faults.schedule import Schedule
from bot.simulator.server.gateway import Gateway
from bot.simulator.server.limits.addresses import AddressLimits
from bot.simulator.server.limits.users import UserLimits
from bot.simulator.server.listener import HOST, Listener
from bot.simulator.server.pacing import LockstepMarket, PacedMarket
from bot.simulator.server.past import Past
from bot.simulator.server.port_keeper import PortKeeper
from bot.simulator.server.rest import RestDoor
from bot.simulator.server.streams.door import StreamDoor, StreamSettings
from bot.simulator.server.streams.replies import PRIVATE_PATH, PUBLIC_CATEGORIES, STATUS_PATH, TRADE_PATH
from bot.simulator.server.streams.subscriptions import Subscriptions
from bot.simulator.server.streams.trade import TradeStream
from bot.simulator.server.venue import Venue
from bot.simulator.server.wall_clock import WallClock
from bot.simulator.settings import SimulatorSettings

_log = logging.getLogger(__name__)
DEFAULT_PUSH_DELAY_MS = 5
STREAM_PATHS = (*(f"/v5/public/{each}" for each in PUBLIC_CATEGORIES), STATUS_PATH, PRIVATE_PATH, TRADE_PATH)


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
        self._schedule = Schedule()
        for fault in settings.faults:
            self._schedule.add(fault, self.exchange.now_ms)
        self._past = Past(self.exchange, lambda: self._schedule.longest_lag_ms(self._now_ms()))
        self._past.note()
        self._clock = WallClock(lambda: self._schedule.skew_ms(self._now_ms()))
        self._keyring = Keyring(settings.credentials(self.endpoints.api_key, self.endpoints.api_secret))
        connections = Connections(push_delay_ms / 1000, self._schedule, self._now_ms, self._past.note)
        self._market = _market(self.exchange, connections, settings)
        self._upstream = self._market.queries if isinstance(self._market, MirrorMarket) else None
        self._venue = Venue(self.exchange, connections, self._market, self._past)

    def stop(self) -> None:
        """Ask `run` to end; returns at once."""
        self._stopped.set()

    async def run(self, ready: Callable[[Endpoints], None]) -> None:
        """Serve until stopped; `ready` is called when clients may connect. Writes the books at the end."""
        await self._rest_port.start(self._rest_app())
        await self._control_port.start(self._control_app())
        tasks = [asyncio.create_task(PortKeeper(self._rest_port, self._schedule, self._now_ms).run())]
        if not isinstance(self._market, LockstepMarket):
            tasks.append(asyncio.create_task(self._market.run()))
        for each in tasks:
            each.add_done_callback(lambda _task: self.stop())
        try:
            if isinstance(self._market, MirrorMarket):
                await self._market.wait_until_live()
            ready(self.endpoints)
            await self._stopped.wait()
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(self._rest_port.stop(), self._control_port.stop())
            if self._settings.books is not None:
                write_books(Path(self._settings.books), self.exchange.books(self._settings.account))
        for each in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await each  # one that failed has stopped the server: say why

    def _now_ms(self) -> int:
        return self.exchange.now_ms

    def _rest_app(self) -> Starlette:
        limits = UserLimits(enforced=self._settings.limited)
        addresses = AddressLimits(self._settings.address_limits.rules(), enforced=self._settings.limited)
        gateway = Gateway(self._venue, self._keyring, limits)
        rest = FaultyDoor(
            RestDoor(gateway, self._keyring, addresses, self._clock, self._upstream),
            self._schedule,
            self._now_ms,
            self._clock,
            lambda peer, reset: self._rest_port.hang_up(peer, reset=reset),
        )
        streams = self._stream_door(gateway, addresses)
        return Starlette(
            routes=[
                *(WebSocketRoute(path, streams.serve) for path in STREAM_PATHS),
                Route("/{path:path}", rest.answer, methods=["GET", "POST"]),
            ]
        )

    def _stream_door(self, gateway: Gateway, addresses: AddressLimits) -> StreamDoor:
        settings = StreamSettings(
            ack_delay_s=self._settings.ack_delay_ms / 1000,
            max_queued_bytes=self._settings.max_queued_bytes,
            idle_s=self._settings.idle_timeout_s,
        )
        return StreamDoor(
            self._venue.connections,
            Subscriptions(self._venue, self._keyring, self._schedule, self._clock),
            TradeStream(gateway, self._keyring, addresses, self._schedule, self._clock, self._now_ms),
            addresses,
            self._schedule,
            settings,
            self._clock,
            self._now_ms,
            self._rest_port.transport,
        )

    def _control_actions(self) -> tuple[Action, ...]:
        accounts = tuple(self._settings.balances())
        market = MarketActions(self._venue, self._market, accounts, self.stop)
        faults = FaultActions(self._schedule, self._keyring, self._clock, self._now_ms, self._past.note)
        return (*market.actions(), *faults.actions(), *HandActions(self._venue, accounts).actions())

    def _control_app(self) -> Starlette:
        return ControlDoor(self.endpoints.control_token, self._control_actions()).app()


def _market(exchange: ExchangeCore, connections: Connections, settings: SimulatorSettings) -> Market:
    if isinstance(settings.speed, str):
        return LockstepMarket(exchange, connections)
    if isinstance(exchange, FrameExchange) and isinstance(exchange.feed, MirrorFeed):
        return MirrorMarket(exchange, exchange.feed, connections, settings.upstream.ws, settings.speed)
    return PacedMarket(exchange, connections, settings.speed)


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
