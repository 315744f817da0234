"""Limits per user and endpoint (Bybit V5 docs, rate limits)."""

from dataclasses import dataclass

from bot.simulator.server.endpoints import Endpoint
from bot.simulator.server.limits.window import RollingWindow

UNCOUNTED_LIMIT = 120
"""What the headers of an endpoint without a limit of its own say."""
RESET_AHEAD_MS = 100
"""A refusal's stamp lies at least so far ahead: clients sleep until it, and pybit breaks on one that has passed."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request got of what it asked for, as its reply's headers tell it.

    Attributes:
        granted: how many of the orders (requests) may go on; 0 = refuse with 10006.
        limit, left: size of the window and what is left in it.
        reset_ms: wall clock; in the future only when nothing is left.
    """

    granted: int
    limit: int
    left: int
    reset_ms: int

    def headers(self) -> dict[str, str]:
        return {
            "X-Bapi-Limit": str(self.limit),
            "X-Bapi-Limit-Status": str(self.left),
            "X-Bapi-Limit-Reset-Timestamp": str(self.reset_ms),
        }


class UserLimits:
    """The windows of every user. With `enforced` False it grants everything and its headers stay full."""

    def __init__(self, *, enforced: bool) -> None:
        self.enforced = enforced
        self._windows: dict[tuple[str, str], RollingWindow] = {}

    def take(self, user: str | None, endpoint: Endpoint, category: object, wall_ms: int, wanted: int = 1) -> Allowance:
        """Count a request of `wanted` orders (1 if it is no batch) against its window."""
        cap = endpoint.cap(category)
        if cap is None or user is None or not self.enforced:
            limit = cap or UNCOUNTED_LIMIT
            return Allowance(wanted, limit, max(0, limit - 1), wall_ms)
        key = (user, endpoint.bucket(category))
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = RollingWindow(cap, endpoint.window_ms)
        granted = window.take(wall_ms, wanted)
        if granted == wanted:
            return Allowance(granted, cap, window.left(wall_ms), wall_ms)
        reset_ms = max(window.reset_ms(wall_ms) + 1, wall_ms + RESET_AHEAD_MS)
        return Allowance(granted, cap, window.left(wall_ms), reset_ms)
