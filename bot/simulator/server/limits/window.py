"""A rolling window: so many in so long, counted to the millisecond."""

from collections import deque


class RollingWindow:
    """At most `cap` units in any `window_ms` milliseconds. What is refused does not count."""

    __slots__ = ("_taken_ms", "_window_ms", "cap")

    def __init__(self, cap: int, window_ms: int) -> None:
        self.cap = cap
        self._window_ms = window_ms
        self._taken_ms: deque[int] = deque()

    def take(self, now_ms: int, wanted: int = 1) -> int:
        """Take up to `wanted` units; returns how many there were."""
        granted = min(wanted, self.left(now_ms))
        self._taken_ms.extend([now_ms] * granted)
        return granted

    def left(self, now_ms: int) -> int:
        taken, gone_ms = self._taken_ms, now_ms - self._window_ms
        if taken and taken[-1] > now_ms + self._window_ms:
            taken.clear()  # a clock that was ahead has been put right
        while taken and taken[0] <= gone_ms:
            taken.popleft()
        return self.cap - len(taken)

    def reset_ms(self, now_ms: int) -> int:
        """When there is one to take again: later than now if there is none, else now."""
        return now_ms if self.left(now_ms) > 0 else self._taken_ms[0] + self._window_ms
