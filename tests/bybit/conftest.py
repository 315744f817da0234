"""A simulated exchange as a child process, and streams to it."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from bot.bybit.keeper import StreamKeeper
from bot.bybit.keeper_settings import KeeperSettings
from bot.bybit.topics import PRIVATE_TOPICS
from bot.bybit.venues import Credentials, VenueEndpoints, simulator
from bot.domain.messages import Stream
from bot.domain.values import Symbol
from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from tests.bybit.watcher import Watcher, public_topics

BTC, ETH = Symbol("BTCUSDT"), Symbol("ETHUSDT")
QUICK = KeeperSettings(
    answer_timeout_s=1.0,
    check_every_s=0.1,
    ping_interval_s=0.5,
    ping_timeout_s=0.4,
    pong_timeout_s=1.2,
    silence_s={"tickers": 1.5},
    shortest_pause_s=0.02,
    longest_pause_s=0.3,
    stable_after_s=5.0,
    suspicion_grace_s=0.2,
)

type OpenStream = Callable[..., StreamKeeper]


@pytest.fixture(scope="package")
def simulated() -> Iterator[Endpoints]:
    """A market at 60 times the speed of time."""
    with SimulatorProcess(SimulatorSettings(symbols=(BTC, ETH), speed=60.0)) as process:
        yield process.endpoints


@pytest.fixture(scope="package")
def lockstep() -> Iterator[Endpoints]:
    """A market that stands still until it is stepped."""
    with SimulatorProcess(SimulatorSettings(symbols=(BTC, ETH), speed="lockstep")) as process:
        yield process.endpoints


@pytest.fixture
def control(simulated: Endpoints) -> Iterator[ControlClient]:
    with ControlClient(simulated) as client:
        yield client


def venue_of(endpoints: Endpoints) -> VenueEndpoints:
    return simulator(endpoints.rest, endpoints.ws)


def keys_of(endpoints: Endpoints) -> Credentials:
    return Credentials(endpoints.api_key, endpoints.api_secret)


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def open_stream(watcher: Watcher) -> Iterator[OpenStream]:
    """Makes started keepers for the watcher, and stops them."""
    keepers: list[StreamKeeper] = []

    def open_(
        stream: Stream,
        venue: VenueEndpoints,
        keys: Credentials | None,
        settings: KeeperSettings = QUICK,
        symbols: tuple[Symbol, ...] = (BTC, ETH),
        topics: Sequence[Sequence[str]] | None = None,
    ) -> StreamKeeper:
        usual = PRIVATE_TOPICS if stream is Stream.PRIVATE else public_topics(dict.fromkeys((BTC, ETH), "1"))
        keeper = StreamKeeper(stream, venue, keys, topics or usual, symbols, watcher.owner, settings)
        keepers.append(keeper)
        keeper.start()
        return keeper

    yield open_
    for keeper in keepers:
        keeper.stop()
