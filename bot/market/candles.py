"""A gapless series of closed bars of one symbol."""

from collections import deque
from collections.abc import Iterable
from enum import Enum, auto

from bot.domain.values import Candle, TimeMs


class Fit(Enum):
    """How a bar fits behind the series."""

    NEXT = auto()
    KNOWN = auto()
    """A repetition of a bar that is there, or an older one."""
    REWRITTEN = auto()
    """A bar that is there, with other numbers."""
    AFTER_GAP = auto()


class CandleSeries:
    """The newest ``keep`` closed bars, each starting where the one before ended."""

    def __init__(self, interval_ms: int, keep: int) -> None:
        self._interval_ms = interval_ms
        self._bars: deque[Candle] = deque(maxlen=keep)
        self._next_start_ms: TimeMs | None = None

    def offer(self, bar: Candle) -> Fit:
        """Append ``bar`` if it is the next one, and say how it fits. An empty series takes any bar."""
        if self._next_start_ms is None or bar.start_ms == self._next_start_ms:
            self._bars.append(bar)
            self._next_start_ms = TimeMs(bar.start_ms + self._interval_ms)
            return Fit.NEXT
        if bar.start_ms > self._next_start_ms:
            return Fit.AFTER_GAP
        place = (bar.start_ms - self._bars[0].start_ms) // self._interval_ms
        return Fit.REWRITTEN if place >= 0 and bar != self._bars[place] else Fit.KNOWN

    def rebuild(
        self, history: Iterable[Candle], confirmed: Iterable[Candle], closed_by_ms: TimeMs
    ) -> tuple[Candle, ...]:
        """Start afresh from two sets of bars in any order, and return the newest gapless run, oldest first.

        Of ``history`` only what was closed at ``closed_by_ms`` counts; ``confirmed`` bars are closed whatever the clock
        says, and replace those of the history.
        """
        by_start = {bar.start_ms: bar for bar in history if bar.start_ms + self._interval_ms <= closed_by_ms}
        by_start.update((bar.start_ms, bar) for bar in confirmed)
        run: list[Candle] = []
        for start in sorted(by_start, reverse=True):
            if run and start + self._interval_ms != run[-1].start_ms:
                break
            run.append(by_start[start])
        run.reverse()
        self._bars.clear()
        self._bars.extend(run)
        self._next_start_ms = TimeMs(run[-1].start_ms + self._interval_ms) if run else None
        return tuple(self._bars)

    @property
    def next_start_ms(self) -> TimeMs | None:
        """When the bar begins that would be the next; None while the series is empty."""
        return self._next_start_ms

    @property
    def bars(self) -> tuple[Candle, ...]:
        """The bars, oldest first."""
        return tuple(self._bars)
