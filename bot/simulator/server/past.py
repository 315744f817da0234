"""How the accounts stood a while ago, for queries that lag behind."""

from collections import deque
from collections.abc import Callable

from bot.simulator.core import ExchangeCore
from bot.simulator.trading.account import Account

type Accounts = dict[str, Account]

PARTS = 50
"""A lag is exact to this part of the longest one, which about twice so many copies cover."""


class Past:
    """Copies of the accounts after changes, kept as long as a query may have to look back.

    While no query lags, nothing is copied. Belongs to the asyncio loop.
    """

    def __init__(self, exchange: ExchangeCore, longest_lag_ms: Callable[[], int]) -> None:
        self._exchange = exchange
        self._longest_lag_ms = longest_lag_ms
        self._moments: deque[tuple[int, Accounts]] = deque()
        self._changed_ms = exchange.now_ms

    def __len__(self) -> int:
        return len(self._moments)

    def note(self) -> None:
        """Something has changed; also called when a lag begins, to have something to look back to."""
        longest_ms = self._longest_lag_ms()
        if not longest_ms:
            self._moments.clear()
            return
        now_ms = self._exchange.now_ms
        self._changed_ms = now_ms
        if len(self._moments) > 1 and now_ms - self._moments[-2][0] < max(1, longest_ms // PARTS):
            self._moments.pop()
        self._moments.append((now_ms, self._exchange.remember()))
        while len(self._moments) > 1 and self._moments[1][0] <= now_ms - longest_ms:
            self._moments.popleft()

    def accounts(self, lag_ms: int) -> Accounts | None:
        """The accounts as of `lag_ms` of market time ago, or as far back as they are known; None = as they are."""
        if lag_ms <= 0 or not self._moments:
            return None
        then_ms = self._exchange.now_ms - lag_ms
        if then_ms >= self._changed_ms:
            return None  # nothing has changed since
        return next((each for at_ms, each in reversed(self._moments) if at_ms <= then_ms), self._moments[0][1])
