"""Whether a position has its stop, and what to do while it has none."""

from enum import Enum, auto

from bot.domain.values import TimeMs

SET_STOP_AFTER_MS = 1_000
"""How long an attached stop may take to show before it is set again."""

CLOSE_AFTER_MS = 5_000
"""How long a position may be without a verified stop before it is closed."""

LOOKS_WITHOUT_STOP = 2

CLOSE_AGAIN_AFTER_MS = 2_000
TRY_AGAIN_AFTER_MS = 500


class Remedy(Enum):
    """What an unprotected position needs now."""

    NOTHING = auto()
    SET_STOP = auto()
    CLOSE = auto()


class Protection:
    """The watch over one position: naked since when, and the next step against it."""

    def __init__(self) -> None:
        self._naked_since_ms: TimeMs | None = None
        self._next_ms: TimeMs | None = None
        self._stop_was_set = False
        self._looks_without = 0

    @property
    def next_check_ms(self) -> TimeMs | None:
        """When ``due`` has something to say; None while the position is flat or protected."""
        return self._next_ms

    def observe(self, *, is_open: bool, has_stop: bool, now_ms: TimeMs) -> None:
        """Take note of the position as the exchange shows it."""
        if not is_open:
            self._looks_without = 0
        if not is_open or has_stop:
            self._naked_since_ms = self._next_ms = None
            self._stop_was_set = False
        elif self._naked_since_ms is None:
            self._naked_since_ms = now_ms
            self._next_ms = TimeMs(now_ms + SET_STOP_AFTER_MS)

    def orders_seen(self, *, has_stop_order: bool, now_ms: TimeMs) -> None:
        """Take note of whether a stop order really rests at the exchange, beside what the position says of itself.

        One look proves nothing, the list may be older than the stop: only two in a row without one make it naked.
        """
        self._looks_without = 0 if has_stop_order else self._looks_without + 1
        if self._looks_without >= LOOKS_WITHOUT_STOP and self._naked_since_ms is None:
            self._looks_without = 0
            self.observe(is_open=True, has_stop=False, now_ms=now_ms)

    def stop_refused(self, now_ms: TimeMs) -> None:
        """The exchange does not take the stop: nothing is left but to close."""
        if self._naked_since_ms is not None:
            self._stop_was_set = True
            self._next_ms = now_ms

    def set_stop_later(self, now_ms: TimeMs) -> None:
        """The stop could not be sent yet: try again soon, for as long as the position may still be without one."""
        if self._naked_since_ms is not None and now_ms + TRY_AGAIN_AFTER_MS < self._naked_since_ms + CLOSE_AFTER_MS:
            self._stop_was_set = False
            self._next_ms = TimeMs(now_ms + TRY_AGAIN_AFTER_MS)

    def due(self, now_ms: TimeMs) -> Remedy:
        """The step that is due at ``now_ms``; each is given once and then the next one is scheduled."""
        if self._next_ms is None or self._naked_since_ms is None or now_ms < self._next_ms:
            return Remedy.NOTHING
        if not self._stop_was_set:
            self._stop_was_set = True
            self._next_ms = TimeMs(self._naked_since_ms + CLOSE_AFTER_MS)
            return Remedy.SET_STOP
        self._next_ms = TimeMs(now_ms + CLOSE_AGAIN_AFTER_MS)
        return Remedy.CLOSE
