"""Limits per address: REST requests, stream connections, requests on the trade stream."""

from collections import Counter
from dataclasses import dataclass

from bot.simulator.server.limits.window import RollingWindow

CONNECT_WINDOW_MS = 300_000
TRADE_WINDOW_MS = 1000


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Figures of the Bybit V5 docs (rate limits, WebSocket connect).

    Attributes:
        requests, window_ms, ban_ms: so many REST requests in so long; one more and the address gets nothing
            but HTTP 403 for the time of the ban.
        connects: new stream connections in five minutes.
        live: stream connections at a time, per kind of stream.
        trade_requests: requests on trade streams in a second.
    """

    requests: int = 600
    window_ms: int = 5000
    ban_ms: int = 600_000
    connects: int = 500
    live: int = 1000
    trade_requests: int = 3000


class AddressLimits:
    """What each address has used up. With `enforced` False everybody is welcome."""

    def __init__(self, rules: AddressRules, *, enforced: bool) -> None:
        self._rules = rules
        self._enforced = enforced
        self._requests: dict[str, RollingWindow] = {}
        self._connects: dict[str, RollingWindow] = {}
        self._trade: dict[str, RollingWindow] = {}
        self._live: Counter[tuple[str, str]] = Counter()
        self._banned_until_ms: dict[str, int] = {}

    def admit_request(self, ip: str, wall_ms: int) -> bool:
        """Whether a REST request is answered at all; the one too many starts a ban."""
        if not self._enforced:
            return True
        rules = self._rules
        if 0 < self._banned_until_ms.get(ip, 0) - wall_ms <= rules.ban_ms:  # more: it began by a clock that was ahead
            return False
        window = self._requests.setdefault(ip, RollingWindow(rules.requests, rules.window_ms))
        if window.take(wall_ms):
            return True
        self._banned_until_ms[ip] = wall_ms + rules.ban_ms
        return False

    def admit_trade(self, ip: str, wall_ms: int) -> bool:
        """Whether the trade stream takes one more request of this address."""
        window = self._trade.setdefault(ip, RollingWindow(self._rules.trade_requests, TRADE_WINDOW_MS))
        return not self._enforced or window.take(wall_ms) == 1

    def connect(self, ip: str, path: str, wall_ms: int) -> bool:
        """Count a new stream connection; False = refuse it. Every one that was let in must `leave`."""
        if self._enforced:
            window = self._connects.setdefault(ip, RollingWindow(self._rules.connects, CONNECT_WINDOW_MS))
            if self._live[ip, path] >= self._rules.live or not window.take(wall_ms):
                return False
        self._live[ip, path] += 1
        return True

    def leave(self, ip: str, path: str) -> None:
        self._live[ip, path] -= 1
