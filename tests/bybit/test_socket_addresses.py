"""Where the streams of Bybit's own environments are; nothing is connected."""

import threading
from collections.abc import Iterator

import pytest
import websocket

from bot.bybit.sockets import VenueSocket
from bot.bybit.venues import Credentials, VenueEndpoints, bybit, simulator
from bot.domain.messages import Stream


class ConnectedApp:
    """Stands in for websocket-client: it is connected to nothing and notes the address."""

    connected = True
    addresses: list[str] = []  # noqa: RUF012 - pybit makes the objects, so the class has to keep them
    ended = threading.Event()

    def __init__(self, url: str, **_callbacks: object) -> None:
        self.addresses.append(url)
        self.sock: ConnectedApp | None = self

    def run_forever(self, **_settings: object) -> None:
        self.ended.wait()

    def send(self, _text: str) -> None:
        """To nobody."""

    def abort(self) -> None:
        self.ended.set()

    def shutdown(self) -> None:
        self.ended.set()

    def close(self) -> None:
        self.sock = None


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setattr(websocket, "WebSocketApp", ConnectedApp)
    ConnectedApp.addresses.clear()
    ConnectedApp.ended.clear()
    yield ConnectedApp.addresses
    ConnectedApp.ended.set()


@pytest.mark.parametrize(
    ("venue", "public", "private"),
    [
        (bybit("mainnet"), "wss://stream.bybit.com", "wss://stream.bybit.com"),
        (bybit("testnet"), "wss://stream-testnet.bybit.com", "wss://stream-testnet.bybit.com"),
        (bybit("demo"), "wss://stream.bybit.com", "wss://stream-demo.bybit.com"),
        (simulator("", "ws://127.0.0.1:7000/"), "ws://127.0.0.1:7000", "ws://127.0.0.1:7000"),
    ],
)
def test_each_venue_has_its_own_hosts(venue: VenueEndpoints, public: str, private: str, addresses: list[str]) -> None:
    for stream in (Stream.PUBLIC, Stream.PRIVATE):
        connection = VenueSocket(stream, venue, Credentials("key", "secret"), print, print, lambda: None)
        connection.abandon()
        ConnectedApp.ended.clear()
    assert addresses == [f"{public}/v5/public/linear", f"{private}/v5/private"]
