"""The exchange's time, in three ways: beside the wall clock, at a multiple of it, or step by step."""

import threading
import time

from bot.domain.values import TimeMs

BELIEVED_MS = 60_000
"""So far a single stamp may put a clock forward."""


class ScaledClock:
    """Exchange time that runs ``speed`` times as fast as the wall clock, from a moment at which both were read.

    With ``speed`` 1 it is the wall clock corrected by the measured offset. It follows the monotonic clock, so setting
    the machine's date does not move it; where it falls behind what the exchange stamps on its news (the machine slept,
    its clock drifts), it is put forward. By more than a minute only if the next news says so too: a clock never goes
    back, so one rubbish stamp would spoil it for good. Safe to use from any thread.
    """

    def __init__(self, exchange_ms: TimeMs, speed: float = 1.0) -> None:
        self._started_ms = float(exchange_ms)
        self._read_at_s = time.monotonic()
        self._speed = speed
        self._is_doubting = False
        self._lock = threading.Lock()

    @property
    def speed(self) -> float:
        """How many seconds pass on the exchange in one of this machine's."""
        return self._speed

    def now_ms(self) -> TimeMs:
        """The exchange's time."""
        return TimeMs(int(self._started_ms + (time.monotonic() - self._read_at_s) * 1000 * self._speed))

    def observe(self, at_ms: TimeMs) -> None:
        """The exchange has stamped news with ``at_ms``: it is at least that late."""
        if at_ms <= self.now_ms() and not self._is_doubting:  # nearly always, and nothing to wait for
            return
        with self._lock:  # two streams may find out at once
            behind_ms = at_ms - self.now_ms()
            was_doubting, self._is_doubting = self._is_doubting, behind_ms > BELIEVED_MS
            if behind_ms > 0 and (was_doubting or not self._is_doubting):
                self._started_ms += behind_ms
                self._is_doubting = False

    def seconds_until(self, at_ms: TimeMs) -> float:
        """How long to wait on this machine's clock until ``at_ms``; 0 if that has passed."""
        return max(0.0, (at_ms - self.now_ms()) / 1000 / self._speed)


class SteppedClock:
    """Exchange time that stands still until the exchange, in lockstep with the bot, moves on. Thread-safe."""

    def __init__(self, exchange_ms: TimeMs) -> None:
        self._now_ms = exchange_ms
        self._lock = threading.Lock()

    def now_ms(self) -> TimeMs:
        """The exchange's time."""
        return self._now_ms

    def observe(self, at_ms: TimeMs) -> None:
        """The exchange has been seen to be at ``at_ms``; time never goes back."""
        with self._lock:
            self._now_ms = max(self._now_ms, at_ms)
