"""The exchange that a run trades on: a simulator started for it, or one of Bybit's own."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPException
from pathlib import Path

from actors.clocks import ScaledClock, SteppedClock
from bot.bybit.pybit_session import PybitSession
from bot.bybit.session import Answer
from bot.bybit.venues import Credentials, VenueEndpoints, bybit, simulator
from bot.config.models import Config
from bot.domain.errors import UserError
from bot.domain.values import TimeMs
from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints
from bot.venue.simulator_settings import paper_settings, simulator_settings

CLOSE_S = 2.0
"""A simulator needs less to write its books."""


class VenueState(Enum):
    """Whether there is still an exchange to trade on."""

    OPEN = auto()
    FINISHED = auto()
    """A recorded market has been played to its end."""
    GONE = auto()
    """The simulated exchange has died; it can not come back in this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """An exchange that is reachable, with the clock that follows its time.

    ``book`` names the account in the database; ``control`` opens a connection to the control port of a simulator in
    lockstep; ``look`` says whether the exchange is still there, and costs a request to a simulator; ``close`` ends a
    simulator that was started for this run, by force if it takes more than so many seconds.
    """

    endpoints: VenueEndpoints
    credentials: Credentials
    clock: ScaledClock | SteppedClock
    book: str
    control: Callable[[], ControlClient] | None
    close: Callable[[float], None]
    look: Callable[[], VenueState] = lambda: VenueState.OPEN


def open_venue(config: Config, run_id: str, state_dir: Path) -> Venue:
    """Start or find the exchange. Blocks for a second or so. UserError if it can not be used."""
    kind = config.venue.kind
    if kind == "simulator" or kind == "paper":  # noqa: PLR1714 (a set would not narrow the type)
        return _start_simulator(config, run_id, state_dir)
    secret = config.credentials
    if secret is None:
        raise UserError(f"venue.kind {kind} needs BYBIT_API_KEY and BYBIT_API_SECRET")
    credentials = Credentials(secret.api_key.reveal(), secret.api_secret.reveal())
    endpoints = bybit(kind, config.venue.category)
    clock = ScaledClock(server_time(endpoints, credentials, config.execution.request_timeout_ms / 1000))
    # The same key is the same account; the name must not give the key away.
    book = f"{kind}:{hashlib.sha256(credentials.api_key.encode()).hexdigest()[:12]}"
    return Venue(
        endpoints=endpoints,
        credentials=credentials,
        clock=clock,
        book=book,
        control=None,
        close=lambda _timeout_s: None,
    )


def _start_simulator(config: Config, run_id: str, state_dir: Path) -> Venue:
    make = paper_settings if config.venue.kind == "paper" else simulator_settings
    process = SimulatorProcess(make(config, state_dir / "exchange-books.json"), state_dir / "simulator.log")
    try:
        found = process.start()
        with ControlClient(found) as control:
            now = control.clock()
    except (SimulatorError, OSError) as error:
        process.stop()
        raise UserError(str(error)) from None
    start_ms = TimeMs(now.now_ms)
    lockstep = isinstance(now.speed, str)
    return Venue(
        endpoints=simulator(found.rest, found.ws, config.venue.category),
        credentials=Credentials(found.api_key, found.api_secret),
        clock=SteppedClock(start_ms) if isinstance(now.speed, str) else ScaledClock(start_ms, now.speed),
        book=run_id,
        control=(lambda: ControlClient(found)) if lockstep else None,
        close=process.stop,
        look=lambda: _look(process, found),
    )


def _look(process: SimulatorProcess, found: Endpoints) -> VenueState:
    if process.return_code is not None:
        return VenueState.GONE
    try:
        with ControlClient(found, timeout_s=1.0) as control:
            return VenueState.FINISHED if control.clock().finished else VenueState.OPEN
    except (SimulatorError, OSError, HTTPException):
        return VenueState.OPEN  # slow, or dying: the next look tells


def server_time(endpoints: VenueEndpoints, credentials: Credentials, timeout_s: float) -> TimeMs:
    """The exchange's time now, a few milliseconds late at most. UserError if it does not answer three times."""
    session = PybitSession(endpoints, credentials, timeout_s)
    last = ""
    for _ in range(3):
        reply = session.call("get_server_time", {})
        if isinstance(reply, Answer) and reply.code == 0:
            with suppress(KeyError, ValueError):
                return TimeMs(int(reply.result["timeNano"]) // 1_000_000)
        last = reply.text
    raise UserError(f"{endpoints.kind}: the exchange does not answer: {last}")
