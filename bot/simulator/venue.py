"""The running exchange: its core, its clients and the pacing that moves it."""

from collections.abc import Mapping
from typing import Any, Protocol

from bot.simulator.connections import Connections
from bot.simulator.exchange import Exchange


class Pacing(Protocol):
    """What moves the market."""

    def catch_up(self) -> None:
        """Let everything happen that is due by now."""
        ...


class Venue:
    """Brings requests to the exchange core and its pushes to the streams. Belongs to the asyncio loop."""

    def __init__(self, exchange: Exchange, connections: Connections, pacing: Pacing) -> None:
        self.exchange = exchange
        self.connections = connections
        self._pacing = pacing

    def request(self, account: str | None, method: str, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a REST request at the current market time and pass on the pushes it causes."""
        self._pacing.catch_up()
        answer, pushes = self.exchange.request(account, method, path, params, self.exchange.now_ms)
        self.connections.deliver(pushes)
        return answer
