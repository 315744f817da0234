"""What to do while the exchange's position and the bot's books differ."""

from enum import Enum, auto

from bot.domain.values import TimeMs

BEARABLE_MS = 5_000
"""Position news may overtake execution news by this much before the books are checked."""


class Step(Enum):
    """What a look at both positions leads to."""

    NOTHING = auto()
    LOOK_LATER = auto()
    """Look again after BEARABLE_MS: news may be on its way."""
    ADOPT = auto()
    """The difference is real: the exchange is right."""


class Difference:
    """Waits for news first, then has executions and position read again twice, and only then believes the exchange."""

    def __init__(self) -> None:
        self._since_ms: TimeMs | None = None
        self._confirmed = False

    def observe(self, *, equal: bool, by_rest: bool, now_ms: TimeMs) -> Step:
        """Take note of the exchange's position; ``by_rest`` if it was read on purpose and is no pushed news."""
        if equal:
            self._since_ms, self._confirmed = None, False
            return Step.NOTHING
        if self._since_ms is None:
            self._since_ms = now_ms
            return Step.LOOK_LATER
        if not by_rest or now_ms - self._since_ms < BEARABLE_MS:
            return Step.NOTHING
        if not self._confirmed:
            self._confirmed = True
            return Step.LOOK_LATER
        self._since_ms, self._confirmed = None, False
        return Step.ADOPT

    @property
    def is_open(self) -> bool:
        """Whether both differed when they were last compared."""
        return self._since_ms is not None

    def must_read_again(self, now_ms: TimeMs) -> bool:
        """Whether the difference has lasted so long that executions and position must be read."""
        return self._since_ms is not None and now_ms - self._since_ms >= BEARABLE_MS
