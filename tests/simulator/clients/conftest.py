"""One simulator for all clients; every test file trades on accounts of its own."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from bot.simulator.settings_parts import KeySettings
from tests.simulator.clients.ccxt_client import ccxt_client, key_of

SYMBOLS = ("BTCUSDT", "ETHUSDT", "BTCUSD", "spot:BTCUSDT")
FUNDS = {"USDT": Decimal(100_000), "BTC": Decimal(2)}
ACCOUNTS = ("orders", "stops", "books", "hedge", "isolated", "coin", "spot", "streams", "poor", "table", "trade")

type Connect = Callable[..., Any]


def settings_for(*accounts: str, **options: Any) -> SimulatorSettings:
    """A market at sixty times the speed of time, with a key for each account."""
    plain: dict[str, Any] = {
        "symbols": SYMBOLS,
        "speed": 60.0,
        "rate_limits": False,
        "accounts": dict.fromkeys(accounts, FUNDS),
        "keys": tuple(
            KeySettings(api_key=key_of(name)["apiKey"], api_secret=key_of(name)["secret"], account=name)
            for name in accounts
        ),
    }
    return SimulatorSettings(**(plain | options))


@pytest.fixture(scope="package")
def at() -> Iterator[Endpoints]:
    with SimulatorProcess(settings_for(*ACCOUNTS)) as process:
        yield process.endpoints


@pytest.fixture(scope="package")
def markets(at: Endpoints) -> Any:
    """A client that has loaded the markets, for all others to copy."""
    client = ccxt_client(at, "books")
    client.load_markets()
    return client


@pytest.fixture(scope="package")
def connect(at: Endpoints, markets: Any) -> Connect:
    """Gives a client of an account that knows the markets already."""

    def client_of(account: str, **options: Any) -> Any:
        client = ccxt_client(at, account, **options)
        client.set_markets(markets.markets, markets.currencies)
        return client

    return client_of


@pytest.fixture(scope="package")
def hand(at: Endpoints) -> Iterator[ControlClient]:
    with ControlClient(at) as client:
        yield client


@pytest.fixture
def standstill(hand: ControlClient) -> Iterator[None]:
    """The market waits while the test looks twice."""
    hand.pause()
    yield
    hand.resume()
