"""The system as a whole, where it needs no exchange."""

import threading
from pathlib import Path
from typing import Any

import pykka
import pytest

from actors.clocks import ScaledClock, SteppedClock
from actors.system import System
from actors.venue import Venue
from bot.alerts.channels import AppriseChannel
from bot.bybit.venues import Credentials, simulator
from bot.config.load import load_config
from bot.config.secrets import SecretValues
from bot.domain.address import Role, address_of
from bot.simulator.control_client import ControlClient
from bot.storage.store import open_database
from tests.actors.waiting import eventually
from tests.core.samples import NOW

ROOT = Path(__file__).parents[2]
NOWHERE = simulator("http://127.0.0.1:1", "ws://127.0.0.1:1")


def test_a_start_that_fails_half_way_can_be_stopped_and_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    venue = Venue(
        endpoints=NOWHERE,
        credentials=Credentials("key", "secret"),
        clock=ScaledClock(NOW),
        book="a run",
        control=None,
        close=lambda _timeout_s: None,
    )
    database = tmp_path / "ledger.sqlite"
    open_database(database).close()
    config = load_config(ROOT / "config.json", [], {}, None)
    system = System(config, venue, database, "a run", AppriseChannel([], None, SecretValues()))

    def fail() -> pykka.ActorRef[Any]:
        raise RuntimeError("can't start new thread")

    system._makers[address_of(Role.ACCOUNT)] = fail
    with pytest.raises(RuntimeError, match="new thread"):
        system.start()
    assert set(threading.enumerate()) > before
    system.stop()
    eventually(lambda: set(threading.enumerate()) <= before, "no thread is left")


@pytest.mark.parametrize(("in_lockstep", "workers"), [(True, 1), (False, 4)])
def test_in_lockstep_one_worker_keeps_requests_in_order(tmp_path: Path, in_lockstep: bool, workers: int) -> None:
    def control() -> ControlClient:
        raise AssertionError("nobody is started here")

    venue = Venue(
        endpoints=NOWHERE,
        credentials=Credentials("key", "secret"),
        clock=SteppedClock(NOW) if in_lockstep else ScaledClock(NOW),
        book="a run",
        control=control if in_lockstep else None,
        close=lambda _timeout_s: None,
    )
    config = load_config(ROOT / "config.json", [], {}, None)
    system = System(config, venue, tmp_path / "ledger.sqlite", "a run", AppriseChannel([], None, SecretValues()))
    assert sum(address.startswith("exchange_worker/") for address in system._makers) == workers
