"""Unmodified pybit's WebSocketTrading, pointed at the simulator."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pybit.unified_trading import WebSocketTrading

from bot.simulator.ready import Endpoints
from tests.simulator.server.pybit_clients import HOST_PATTERN


class SimulatorTrading(WebSocketTrading):  # type: ignore[misc]  # pybit has no types
    """pybit's WebSocketTrading with another address; nothing else differs."""

    def __init__(self, at: Endpoints, **options: Any) -> None:
        self._address = at.ws
        super().__init__(testnet=False, api_key=at.api_key, api_secret=at.api_secret, **options)

    def _connect(self, url: str) -> None:
        super()._connect(HOST_PATTERN.sub(self._address, url))


@contextmanager
def trading(at: Endpoints, **options: Any) -> Iterator[Any]:
    session = SimulatorTrading(at, **options)
    try:
        yield session
    finally:
        session.exit()
