"""A simulated exchange with every kind of market, and a client that notes what it was asked."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from bot.bybit.client import Client
from bot.bybit.pybit_session import PybitSession
from bot.bybit.session import Reply, VenueSession
from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from tests.bybit.conftest import keys_of, venue_of


class Noting:
    """A session that notes which methods were called."""

    def __init__(self, session: VenueSession) -> None:
        self._session = session
        self.called: set[str] = set()

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        self.called.add(method)
        return self._session.call(method, params)


@pytest.fixture(scope="package")
def exchange() -> Iterator[Endpoints]:
    settings = SimulatorSettings(
        symbols=("BTCUSDT", "ETHUSDT", "BTCUSD", "spot:BTCUSDT"),
        speed=60.0,
        rate_limits=False,
        accounts={"main": {"USDT": Decimal(100_000), "BTC": Decimal(2)}},
    )
    with SimulatorProcess(settings) as process:
        yield process.endpoints


@pytest.fixture
def hand(exchange: Endpoints) -> Iterator[ControlClient]:
    with ControlClient(exchange) as control:
        yield control
        control.clear_faults()


@pytest.fixture
def session(exchange: Endpoints) -> Iterator[Noting]:
    session = PybitSession(venue_of(exchange), keys_of(exchange), timeout_s=1.0)
    yield Noting(session)
    session.close()


@pytest.fixture
def client(session: Noting) -> Client:
    return Client(session)
