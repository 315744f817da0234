"""One run of the bot, from the main thread's point of view."""

import logging
import math
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from actors.clocks import ScaledClock
from actors.dashboard import ask_snapshot
from actors.operator_door import BotHandle, OperatorDoor
from actors.reviser import Reviser, Source
from actors.system import System
from actors.venue import CLOSE_S, Venue, VenueState, open_venue
from bot.alerts.channels import AppriseChannel
from bot.config.models import Config
from bot.config.operation import LoggingConfig
from bot.config.secrets import SecretValues
from bot.core.dashboard import DashboardSnapshot
from bot.core.make import CoreMaker
from bot.dashboard.console import ConsoleView
from bot.dashboard.logs import configure_logging
from bot.dashboard.summary import print_summary
from bot.dashboard.table import STALE_MS
from bot.domain.address import Role
from bot.domain.errors import UserError
from bot.domain.messages import AlertRaised, Severity
from bot.storage.folder import hold_account, hold_folder
from bot.storage.reading import LedgerReader
from bot.storage.store import open_database

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.001
"""How long a busy thread may keep the others waiting. Python's 5 ms, four times in the writing of one order intent,
would make every refresh of the table felt by an order."""

STOP_WITHIN_S = 8.0
"""From the wish to stop to the end, over orders, actors, sockets and the simulated exchange, whatever of it hangs."""
LOOK_EVERY_S = 2.0
"""How often to see whether there is still an exchange."""
IMPATIENT_S = 1.0
"""A second signal within this time of the first is the same wish, not another one."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_bot(config: Config, state_dir: Path, stop_after_ms: int | None, source: Source | None = None) -> None:
    """Trade until Ctrl-C, SIGTERM, ``stop_after_ms`` or the end of the simulated market; then print what it came to.

    ``source`` is where the configuration came from: it is watched, and commands from beside are heard. Without it the
    bot is on its own. To be called in the main thread. Raises UserError for what the user has to mend, also if trading
    had to be halted.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with hold_folder(state_dir):
        _run_in(state_dir, config, stop_after_ms, source)


def _run_in(state_dir: Path, config: Config, stop_after_ms: int | None, source: Source | None) -> None:
    secret_values = config.secret_values()
    _configure_logging(config.logging, state_dir, secret_values)
    database = state_dir / config.storage.file
    open_database(database).close()  # what is wrong with it, or with a strategy's parameters, shows before all else
    CoreMaker(config, epoch=1)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    # A simulated exchange has an account for every bot; on a real one two bots would be in each other's way.
    credentials = config.credentials if config.venue.needs_keys else None
    alone = nullcontext() if credentials is None else hold_account(credentials.api_key.reveal())
    with _stop_wanted() as stop, alone, _open(config, run_id, state_dir) as venue:
        secret_values.add(venue.credentials.api_key)
        secret_values.add(venue.credentials.api_secret)
        # A market under lockstep stands still in between, and its prices with it.
        speed = venue.clock.speed if isinstance(venue.clock, ScaledClock) else math.inf
        view = ConsoleView(config.console.refresh_ms, stale_ms=STALE_MS * speed)
        urls = [url.reveal() for url in config.alerts.urls]
        channel = AppriseChannel(urls, view.alert if config.alerts.console else None, secret_values)
        system = System(config, venue, database, run_id, channel)
        reviser = None if source is None else Reviser(source, config, system.revise)
        door = None if reviser is None else OperatorDoor(state_dir, _handle(system, venue, reviser))
        try:
            system.start()
            if door is not None:
                door.open()
            state = _watch(system, venue, view, stop, stop_after_ms, reviser)
        finally:
            began_s = time.monotonic()
            if door is not None:
                door.close()
            view.close()
            system.stop(STOP_WITHIN_S - CLOSE_S)
            venue.close(max(CLOSE_S, STOP_WITHIN_S - (time.monotonic() - began_s)))
        _print_result(database, run_id)
        if state is VenueState.GONE:
            raise UserError(f"the simulated exchange has died; {state_dir / 'simulator.log'} may tell why")
        if system.milestones.halted.is_set():
            raise UserError(f"trading was halted: {system.milestones.halt_reason}")


def _configure_logging(wanted: LoggingConfig, state_dir: Path, secret_values: SecretValues) -> None:
    file = state_dir / wanted.file
    try:
        configure_logging(file, wanted.level, wanted.max_bytes, wanted.backups, secret_values)
    except OSError as error:
        raise UserError(f"{file}: the log can not be written: {error.strerror}") from None


@contextmanager
def _stop_wanted() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; another signal, a second or more later, ends the program at once."""
    stop = threading.Event()
    wished_s: list[float] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        wished_s.append(time.monotonic())
        stop.set()
        if wished_s[-1] - wished_s[0] > IMPATIENT_S:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    before = {number: signal.signal(number, on_signal) for number in STOP_SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _open(config: Config, run_id: str, state_dir: Path) -> Iterator[Venue]:
    venue = open_venue(config, run_id, state_dir)
    try:
        yield venue
    finally:
        venue.close(CLOSE_S)


def _handle(system: System, venue: Venue, reviser: Reviser) -> BotHandle:
    def snapshot() -> DashboardSnapshot | None:
        return ask_snapshot(system.ref(Role.DASHBOARD))

    return BotHandle(system.tell, snapshot, lambda: system.symbols, venue.clock.now_ms, reviser)


def _watch(
    system: System,
    venue: Venue,
    view: ConsoleView,
    stop: threading.Event,
    stop_after_ms: int | None,
    reviser: Reviser | None,
) -> VenueState:
    """Refresh the view, and see whether everybody keeps up, until it is time to stop; what the exchange was then."""
    deadline_s = None if stop_after_ms is None else time.monotonic() + stop_after_ms / 1000
    milestones = system.milestones
    state, next_look_s = VenueState.OPEN, 0.0
    while not (stop.is_set() or milestones.halted.is_set() or milestones.finished.is_set()):
        left_s = view.refresh_s if deadline_s is None else min(view.refresh_s, deadline_s - time.monotonic())
        if left_s <= 0 or stop.wait(left_s):
            break
        system.watch_depths()
        view.refresh(ask_snapshot(system.ref(Role.DASHBOARD)))  # another one if it was replaced
        if time.monotonic() >= next_look_s:
            next_look_s = time.monotonic() + LOOK_EVERY_S
            state = venue.look()
            told = None if reviser is None else reviser.look()
            if told is not None:
                system.tell(AlertRaised(Severity.WARNING, venue.clock.now_ms(), "Configuration file", told))
            if state is not VenueState.OPEN:
                break
    log.info("stopping: the exchange is %s", state.name.lower())
    return state


def _print_result(database: Path, run_id: str) -> None:
    reader = LedgerReader(database, run_id)
    try:
        print_summary(reader.summary())
    finally:
        reader.close()
