"""The running exchange: its core, its clients and the pacing that moves it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.simulator.core import ExchangeCore
from bot.simulator.push import Push
from bot.simulator.server.connections import Connections
from bot.simulator.server.past import Past


class Pacing(Protocol):
    """What moves the market."""

    def catch_up(self) -> bool:
        """Let everything happen that is due by now; False = there was too much."""
        ...


class Venue:
    """Brings requests to the exchange core and its pushes to the streams. Belongs to the asyncio loop."""

    def __init__(self, exchange: ExchangeCore, connections: Connections, pacing: Pacing, past: Past) -> None:
        self.exchange = exchange
        self.connections = connections
        self._pacing = pacing
        self._past = past

    def request(
        self, account: str | None, method: str, path: str, params: Mapping[str, Any], lag_ms: int = 0
    ) -> dict[str, Any]:
        """Answer a REST request at the current market time and pass on the pushes it causes.

        A query (GET) is answered as of `lag_ms` of market time ago.
        """
        self._pacing.catch_up()
        past = self._past.accounts(lag_ms) if method == "GET" else None
        answer, pushes = self.exchange.request(account, method, path, params, self.exchange.now_ms, past)
        if method == "POST":
            self._past.note()
        self.connections.deliver(pushes)
        return answer

    def act(self, what: Callable[[ExchangeCore], Sequence[Push]]) -> None:
        """Do something to the exchange by hand, at the current market time."""
        self._pacing.catch_up()
        pushes = what(self.exchange)
        self._past.note()
        self.connections.deliver(pushes)
