"""The whole bot: which actors there are, in which order they start and stop."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pykka

from actors.alerting import AlertingActor
from actors.clock import ClockActor
from actors.clocks import ScaledClock
from actors.dashboard import DashboardActor
from actors.database import DatabaseActor
from actors.exchange_worker import ExchangeWorkerShell
from actors.feed import FeedActor, make_keepers
from actors.lane import LaneShell, MarketLanes
from actors.lockstep import LockstepClockActor
from actors.post import Post
from actors.shell import Shell, Surroundings
from actors.supervisor import Milestones, SupervisorActor
from actors.venue import Venue
from actors.work import WorkCount
from bot import __version__
from bot.alerts.channels import AppriseChannel
from bot.bybit.keeper import StreamKeeper
from bot.bybit.pybit_session import PybitSession
from bot.bybit.receiver import StreamOwner
from bot.bybit.trade_session import TradeSession, open_session
from bot.config.models import Config
from bot.core.make import CoreMaker, expected_ready
from bot.core.rate_limiter import RateLimiterCore
from bot.core.supervisor import SupervisorCore
from bot.domain.address import Role, address_of
from bot.domain.messages import ConfigRevised, DrainWanted, Message, RunEnded, RunStarted, Started, Stream
from bot.domain.routes import Switchboard
from bot.domain.values import Address, Symbol, TimeMs
from bot.storage.store import SqliteStore, count_runs

log = logging.getLogger(__name__)

STOP_WITHIN_S = 6.0
ACTORS_STOP_S = 1.5
LAST_STOP_S = 1.0
"""How long before the end of a stop the orders, and then all but the last three actors, get no more time."""
LAST_ANSWERS_S = 0.3
"""How long questions that are under way may still be answered, once nothing new comes in."""
SHORTEST_STOP_S = 0.01
REPLACED_WITHIN_S = 1.0
"""An actor that lives but must start afresh gets so long to finish with its mail."""

type Ref = pykka.ActorRef[Any]


class _Crew(NamedTuple):
    """See bot.core.supervisor.Crew."""

    add: Callable[[Symbol], None]
    remove: Callable[[Symbol], None]


class System:
    """Makes, starts, replaces and stops the actors of one run. To be used by the main thread, ``_spawn`` also by the
    supervisor's.
    """

    def __init__(self, config: Config, venue: Venue, database: Path, run_id: str, channel: AppriseChannel) -> None:
        self._config = config
        self._venue = venue
        self._run_id = run_id
        self._channel = channel
        self._database = database
        self.milestones = Milestones()
        speed = venue.clock.speed if isinstance(venue.clock, ScaledClock) else None
        self._maker = CoreMaker(config, epoch=count_runs(database) + 1, watching_speed=speed)
        self._symbols = list(config.fixed_symbols)
        work = WorkCount()
        self._switchboard = Switchboard(self._symbols)
        self._post = Post(self._switchboard, work)
        self._around = Surroundings(self._post, venue.clock, work)
        self._keepers: Mapping[Stream, StreamKeeper] = {}
        self._lanes = MarketLanes()
        self._makers = self._all_makers()
        self._refs: dict[Address, Ref] = {}
        self._changing = threading.Lock()

    # --- who there is ----------------------------------------------------------------------------------------------

    def _all_makers(self) -> dict[Address, Callable[[], Ref]]:
        """How each actor is made, in the order in which they start: whoever is told something is there before it, and
        first of all the one who hears of an actor that could not start.
        """
        around = self._around
        makers: dict[Address, Callable[[], Ref]] = {
            address_of(Role.SUPERVISOR): lambda: SupervisorActor.start(self._supervisor_core, self.milestones, around),
            address_of(Role.DATABASE): lambda: DatabaseActor.start(self._open_store, around),
            address_of(Role.ALERTING): lambda: AlertingActor.start(
                self._config.alerts.min_severity, self._channel, around
            ),
            address_of(Role.DASHBOARD): lambda: DashboardActor.start(self._symbols, around),
            address_of(Role.CLOCK): self._start_clock,
        }
        for worker in range(self._worker_count):
            makers[address_of(Role.EXCHANGE_WORKER, worker)] = self._worker_maker(worker)
        clock = self._venue.clock
        speed = clock.speed if isinstance(clock, ScaledClock) else 1.0
        limiter = address_of(Role.RATE_LIMITER)
        makers[limiter] = self._shell_maker(limiter, lambda: RateLimiterCore(speed))
        makers[address_of(Role.ACCOUNT)] = self._shell_maker(address_of(Role.ACCOUNT), self._maker.account)
        for symbol in self._symbols:
            makers.update(self._symbol_makers(symbol))
        if self._config.universe.kind == "rules":
            universe = address_of(Role.UNIVERSE)
            makers[universe] = self._shell_maker(universe, lambda: self._maker.universe(self._symbols))
        makers[address_of(Role.FEED)] = lambda: FeedActor.start(self._make_keepers, self._public_topics, around)
        return makers

    @property
    def _worker_count(self) -> int:
        """In lockstep one, as in the replay: of several, orders of one moment would arrive in any order."""
        return self._config.execution.rest_workers if self._venue.control is None else 1

    def _symbol_makers(self, symbol: Symbol) -> dict[Address, Callable[[], Ref]]:
        core_of = {
            Role.POSITION_MANAGER: self._maker.position_manager,
            Role.ANALYZER: self._maker.analyzer,
            Role.MARKET_DATA: self._maker.market_data,
        }
        return {
            address_of(role, symbol): self._symbol_maker(address_of(role, symbol), make, symbol)
            for role, make in core_of.items()
        }

    def _symbol_maker(self, address: Address, make: Callable[[Symbol], Any], symbol: Symbol) -> Callable[[], Ref]:
        if address == address_of(Role.POSITION_MANAGER, symbol):  # orders wait for nobody's strategy
            return self._shell_maker(address, lambda: make(symbol))
        lane = self._lanes.of(symbol)
        return lambda: LaneShell.start(address, lambda: make(symbol), self._around, lane)

    def _shell_maker(self, address: Address, make_core: Callable[[], Any]) -> Callable[[], Ref]:
        return lambda: Shell.start(address, make_core, self._around)

    def _worker_maker(self, worker: int) -> Callable[[], Ref]:
        execution, venue = self._config.execution, self._venue
        timeout_s = execution.request_timeout_ms / 1000

        def session() -> PybitSession | TradeSession:
            return open_session(execution.transport, venue.endpoints, venue.credentials, timeout_s)

        return lambda: ExchangeWorkerShell.start(worker, session, self._around, venue.endpoints.category)

    def _open_store(self) -> SqliteStore:
        return SqliteStore(self._database, self._venue.book, self._run_id)

    def _supervisor_core(self) -> SupervisorCore:
        crew = _Crew(self._add, self._remove)
        return SupervisorCore(expected_ready(self._config), self._symbols, self._spawn, crew)

    def _start_clock(self) -> Ref:
        clock, control = self._venue.clock, self._venue.control
        if isinstance(clock, ScaledClock):
            return ClockActor.start(clock, self._around)
        if control is None:
            raise RuntimeError("a clock that is stepped needs the control port of the exchange that steps it")
        milestones = self.milestones
        return LockstepClockActor.start(
            control(), self._received_frames, clock, milestones.ready, milestones.finished, self._around
        )

    def _make_keepers(self) -> Mapping[Stream, StreamKeeper]:
        clock = self._venue.clock
        owner = StreamOwner(deliver=self._post.send, on_event_time=clock.observe, now=clock.now_ms)
        topics = {symbol: self._public_topics(symbol) for symbol in self._symbols}
        self._keepers = make_keepers(self._config, self._venue, topics, owner)
        return self._keepers

    def _public_topics(self, symbol: Symbol) -> Sequence[str]:
        """What the strategy needs, and the ticker for people to look at."""
        return tuple(dict.fromkeys((*self._maker.topics(symbol), f"tickers.{symbol}")))

    def _received_frames(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for keeper in self._keepers.values():
            counts.update(keeper.received_frames())
        return counts

    # --- start -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start every actor and set the bot going; returns at once, see ``milestones``."""
        with self._changing:  # the supervisor replaces nobody before everybody is there
            for address in self._makers:
                self._make(address)
            now_ms = self._around.clock.now_ms()
            names = tuple(self._symbols)
            self.tell(RunStarted(self._run_id, now_ms, self._config.venue.kind, names, __version__))
            for address in tuple(self._makers):
                self.tell(Started(address, now_ms))

    def _make(self, address: Address) -> None:
        ref = self._makers[address]()
        self._refs[address] = ref
        self._post.enlist(address, ref)

    def _spawn(self, address: Address) -> None:
        """Put a new actor in the place of one that failed (or, if it lives, of one that must start afresh)."""
        with self._changing:
            self._end(address)
            self._make(address)
            now_ms = self._around.clock.now_ms()
            self.tell(Started(address, now_ms))
            if address == address_of(Role.RATE_LIMITER):
                self._introduce_workers(now_ms)

    def _add(self, symbol: Symbol) -> None:
        """Make the actors of another symbol. They are started by the supervisor, whose thread this is."""
        with self._changing:
            self._symbols.append(symbol)
            for address, make in self._symbol_makers(symbol).items():
                self._makers[address] = make
                self._make(address)
            self._switchboard.change([symbol], [])

    def _remove(self, symbol: Symbol) -> None:
        """End the actors of a symbol, in the supervisor's thread."""
        with self._changing:
            self._symbols.remove(symbol)
            self._switchboard.change([], [symbol])
            for address in self._symbol_makers(symbol):
                self._post.dismiss(address)
                self._end(address)
                del self._makers[address], self._refs[address]

    def _end(self, address: Address) -> None:
        """See to it that two never act for one address."""
        old = self._refs[address]
        try:
            old.stop(timeout=REPLACED_WITHIN_S)
        except pykka.Timeout:
            log.warning("%s is being replaced in the middle of a message", address)
            old.actor_stopped.set()  # after that message it takes no other

    def _introduce_workers(self, now_ms: TimeMs) -> None:
        """A new rate limiter knows no worker yet: what each says when it starts, it says again when it is free."""
        for worker in range(self._worker_count):
            self.tell(Started(address_of(Role.EXCHANGE_WORKER, worker), now_ms))

    def tell(self, message: Message) -> None:
        """Send a message from outside the actors."""
        self._post.send(message)

    def watch_depths(self) -> None:
        """See Post.watch_depths."""
        self._post.watch_depths()

    def revise(self, config: Config, revision: int, changes: tuple[tuple[str, str], ...]) -> None:
        """Another configuration counts: for actors to be made from now on, and for those that live. From any thread."""
        with self._changing:  # one that is just being made would be made of the old one, and not be told of the new
            self._config = config
            self._maker.revise(config, revision)
            self.tell(ConfigRevised(self._around.clock.now_ms(), revision, config, changes))

    @property
    def symbols(self) -> Sequence[Symbol]:
        """The symbols of now. From any thread."""
        return tuple(self._symbols)

    def ref(self, role: Role) -> Ref:
        """The actor of a role that exists once, for questions of the main thread."""
        return self._refs[address_of(role)]

    # --- stop ------------------------------------------------------------------------------------------------------

    def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Stop in good order: no new entries, working ones cancelled, inboxes emptied, sockets and files closed.

        What does not end in time is left behind with a line in the log; the last second belongs to those who come last,
        so that the database is closed whatever hangs.
        """
        deadline_s = time.monotonic() + within_s
        self.tell(DrainWanted(self._around.clock.now_ms(), self._config.execution.close_positions_on_stop))
        drain_s = within_s - ACTORS_STOP_S - LAST_STOP_S
        if self.milestones.ready.is_set() and not self.milestones.drained.wait(drain_s):
            log.warning("some orders were still open after %.1f s", drain_s)
        feed = address_of(Role.FEED)
        self._stop_one(feed, deadline_s - LAST_STOP_S)
        self._around.work.wait_idle(LAST_ANSWERS_S)
        first = [address_of(role) for role in (Role.CLOCK, Role.SUPERVISOR)]
        last = [address_of(role) for role in (Role.DASHBOARD, Role.ALERTING, Role.DATABASE)]
        for address in first:
            self._stop_one(address, deadline_s - LAST_STOP_S)
        between = [address for address in reversed(tuple(self._makers)) if address not in {feed, *first, *last}]
        for address in between:
            self._stop_one(address, deadline_s - LAST_STOP_S)
        self.tell(RunEnded(self._run_id, self._around.clock.now_ms()))
        for address in last:
            self._stop_one(address, deadline_s)

    def _stop_one(self, address: Address, deadline_s: float) -> None:
        ref = self._refs.get(address)
        if ref is None:
            return  # the start went wrong before its turn
        try:
            ref.stop(timeout=max(SHORTEST_STOP_S, deadline_s - time.monotonic()))
        except pykka.Timeout:
            log.warning("%s did not stop in time", address)
