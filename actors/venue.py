"""The exchange that a run trades on: a simulator started for it, or one of Bybit's own."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from actors.clocks import ScaledClock, SteppedClock
from bot.backtest.simulator_settings import simulator_settings
from bot.bybit.session import Answer, PybitSession
from bot.bybit.venues import VenueEndpoints, venue_endpoints
from bot.config.models import Config
from bot.config.secrets import Credentials, Secret
from bot.domain.errors import UserError
from bot.domain.values import TimeMs
from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """An exchange that is reachable, with the clock that follows its time.

    ``book`` names the account in the database; ``control`` opens a connection to the control port of a simulator in
    lockstep; ``close`` ends a simulator that was started for this run.
    """

    endpoints: VenueEndpoints
    credentials: Credentials
    clock: ScaledClock | SteppedClock
    book: str
    control: Callable[[], ControlClient] | None
    close: Callable[[], None]


def open_venue(config: Config, run_id: str, state_dir: Path) -> Venue:
    """Start or find the exchange. Blocks for a second or so. UserError if it can not be used."""
    if config.venue.kind == "simulator":
        return _start_simulator(config, run_id, state_dir)
    credentials = config.credentials
    if credentials is None:
        raise UserError(f"venue.kind {config.venue.kind} needs BYBIT_API_KEY and BYBIT_API_SECRET")
    endpoints = venue_endpoints(config.venue.kind)
    clock = ScaledClock(server_time(endpoints, credentials, config.execution.request_timeout_ms))
    book = f"{config.venue.kind}:{credentials.api_key.reveal()[:6]}"
    return Venue(
        endpoints=endpoints, credentials=credentials, clock=clock, book=book, control=None, close=lambda: None
    )


def _start_simulator(config: Config, run_id: str, state_dir: Path) -> Venue:
    process = SimulatorProcess(
        simulator_settings(config, books=state_dir / "exchange-books.json"), state_dir / "simulator.log"
    )
    try:
        found = process.start()
        with ControlClient(found) as control:
            now = control.clock()
    except SimulatorError as error:
        process.stop()
        raise UserError(str(error)) from None
    start_ms = TimeMs(now.now_ms)
    lockstep = isinstance(now.speed, str)
    return Venue(
        endpoints=VenueEndpoints(kind="simulator", rest=found.rest, public=found.ws, private=found.ws),
        credentials=Credentials(Secret(found.api_key), Secret(found.api_secret)),
        clock=SteppedClock(start_ms) if isinstance(now.speed, str) else ScaledClock(start_ms, now.speed),
        book=run_id,
        control=(lambda: ControlClient(found)) if lockstep else None,
        close=process.stop,
    )


def server_time(endpoints: VenueEndpoints, credentials: Credentials, timeout_ms: int) -> TimeMs:
    """The exchange's time now, at the middle of the fastest of three questions. UserError if it does not answer."""
    session = PybitSession(endpoints, credentials, timeout_ms)
    last = ""
    for _ in range(3):
        reply = session.call("get_server_time", {})
        if isinstance(reply, Answer) and reply.code == 0:
            with suppress(KeyError, ValueError):
                return TimeMs(int(reply.result["timeNano"]) // 1_000_000)
        last = reply.text
    raise UserError(f"{endpoints.rest}: the exchange does not answer: {last}")
