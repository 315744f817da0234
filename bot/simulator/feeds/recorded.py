"""Mark prices and funding rates that are known besides the candles of a symbol."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bot.simulator.feeds.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class RecordedMarks:
    """Candles of the mark price, oldest first; open times in ms, prices in quote coin."""

    interval_ms: int
    start: npt.NDArray[np.int64]
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray

    def at_least(self, interval_ms: int) -> "RecordedMarks":
        """The same in candles that are not shorter than `interval_ms`."""
        if self.interval_ms >= interval_ms or not len(self.start):
            return self
        opens = self.start - self.start % interval_ms
        first = np.flatnonzero(np.diff(opens, prepend=-1))
        last = np.append(first[1:], len(opens)) - 1
        return RecordedMarks(
            interval_ms,
            opens[first],
            self.open[first],
            np.maximum.reduceat(self.high, first),
            np.minimum.reduceat(self.low, first),
            self.close[last],
        )

    def before(self, time_ms: int) -> "RecordedMarks":
        """Only the candles that are closed by then."""
        keep = self.start + self.interval_ms <= time_ms
        prices = (column[keep] for column in (self.open, self.high, self.low, self.close))
        return RecordedMarks(self.interval_ms, self.start[keep], *prices)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded of one symbol; funding rates are fractions, by the time at which they were settled (ms)."""

    marks: RecordedMarks | None = None
    funding: dict[int, float] = field(default_factory=dict)
