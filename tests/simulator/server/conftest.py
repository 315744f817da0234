"""Simulators as real child processes."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings


@pytest.fixture(scope="package")
def paced_process() -> Iterator[SimulatorProcess]:
    """A market at 60 times the speed of time, shared by the tests that only look or trade a little."""
    settings = SimulatorSettings(
        symbols=("BTCUSDT", "ETHUSDT"),
        speed=60.0,
        balance=Decimal(100_000),
        rate_limits=False,  # the tests send garbage faster than Bybit takes it
    )
    with SimulatorProcess(settings) as process:
        yield process


@pytest.fixture
def paced(paced_process: SimulatorProcess) -> Endpoints:
    return paced_process.endpoints


@pytest.fixture
def lockstep() -> Iterator[Endpoints]:
    """A market of its own that stands still until it is stepped."""
    with SimulatorProcess(SimulatorSettings(symbols=("BTCUSDT", "ETHUSDT"), speed="lockstep")) as process:
        yield process.endpoints


@pytest.fixture
def control(lockstep: Endpoints) -> Iterator[ControlClient]:
    with ControlClient(lockstep) as client:
        yield client
