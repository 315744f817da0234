"""The server's own clock: what signatures are checked against. Market time is another matter."""

import time
from collections.abc import Callable

NS_PER_MS = 1_000_000


class WallClock:
    """The time of the machine, plus what a fault puts it ahead (ms)."""

    def __init__(self, skew_ms: Callable[[], int] = lambda: 0) -> None:
        self._skew_ms = skew_ms

    def now_ns(self) -> int:
        return time.time_ns() + self._skew_ms() * NS_PER_MS

    def now_ms(self) -> int:
        return self.now_ns() // NS_PER_MS
