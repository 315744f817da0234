"""The whole bot in this process, on a simulated exchange of its own that a test may disturb."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pykka

from actors.clocks import ScaledClock
from actors.dashboard import ask_snapshot
from actors.system import System
from actors.venue import Venue
from bot.alerts.channels import AppriseChannel
from bot.bybit.venues import Credentials, simulator
from bot.config.load import load_config
from bot.config.models import Config
from bot.config.secrets import SecretValues
from bot.core.dashboard import DashboardSnapshot
from bot.domain.address import Role
from bot.domain.messages import AlertRaised
from bot.domain.values import Address, TimeMs
from bot.performance.reconcile import Comparison, compare_books
from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.storage.reading import LedgerReader
from bot.venue.simulator_settings import simulator_settings
from tests.actors.waiting import eventually

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 20.0
TRADES_A_LOT = (
    "simulator.speed=120",
    'symbols=["BTCUSDT","ETHUSDT","SOLUSDT"]',
    'strategy.params={"fast_period":2,"slow_period":5}',
    "risk.max_open_positions=3",
)
"""Some two fills in every second of the wall clock."""


def configured(*overrides: str) -> Config:
    return load_config(ROOT / "config.json", [*TRADES_A_LOT, *overrides], {}, None)


class RunningBot:
    """The system, the control port of its exchange, and what became of it. Belongs to the test's thread."""

    def __init__(
        self, system: System, venue: Venue, control: ControlClient, account: str, alerts: list[AlertRaised], file: Path
    ) -> None:
        self.system = system
        self.credentials = venue.credentials
        self.control = control
        self.alerts = alerts
        self.account = account
        self._database = file

    def kill(self, address: str) -> None:
        """Make an actor's core fail, with something that no core can handle."""
        self.ref(address).tell("no message at all")

    def ref(self, address: str) -> pykka.ActorRef[Any]:
        return self.system._refs[Address(address)]

    def titles(self) -> list[str]:
        return [alert.title for alert in self.alerts]

    def view(self) -> DashboardSnapshot:
        snapshot = ask_snapshot(self.system.ref(Role.DASHBOARD))
        assert snapshot is not None
        return snapshot

    def fills(self) -> int:
        reader = LedgerReader(self._database)
        try:
            return sum(1 for _ in reader.rows("executions"))
        finally:
            reader.close()

    def trades_on(self, more: int = 2, within_s: float = 15.0) -> None:
        """Wait for executions that are not there yet."""
        before = self.fills()
        eventually(lambda: self.fills() >= before + more, f"{more} fills more", within_s)

    def differences(self) -> list[Comparison]:
        """Between the ledger and the exchange's own books; to be asked when the bot has stopped."""
        reader = LedgerReader(self._database)
        try:
            compared = compare_books(reader.books(), self.control.books(self.account))
        finally:
            reader.close()
        return [each for each in compared if not each.equal]


@contextmanager
def running(state_dir: Path, *overrides: str, secrets: SecretValues | None = None) -> Iterator[RunningBot]:
    """A bot that is ready to trade; stopped at the end if the test has not done so. ``secrets`` learns its keys."""
    secrets = secrets or SecretValues()
    config = configured(*overrides)
    alerts: list[AlertRaised] = []
    with SimulatorProcess(simulator_settings(config), state_dir / "simulator.log") as process:
        found = process.endpoints
        with ControlClient(found) as control:
            now = control.clock()
            assert not isinstance(now.speed, str)
            venue = Venue(
                endpoints=simulator(found.rest, found.ws, config.venue.category),
                credentials=Credentials(found.api_key, found.api_secret),
                clock=ScaledClock(TimeMs(now.now_ms), now.speed),
                book="a run",
                control=None,
                close=lambda _timeout_s: None,
            )
            secrets.add(found.api_key)
            secrets.add(found.api_secret)
            channel = AppriseChannel([], alerts.append, secrets)
            database = state_dir / "ledger.sqlite"
            system = System(config, venue, database, "a run", channel)
            system.start()
            try:
                eventually(system.milestones.ready.is_set, "readiness", READY_WITHIN_S)
                yield RunningBot(system, venue, control, found.account, alerts, database)
            finally:
                if system.ref(Role.DATABASE).is_alive():
                    system.stop()
