"""Bars of a higher timeframe, built from the bars of the base interval and joined to the exchange's own history."""

from collections.abc import Iterable, Sequence
from math import isclose

from bot.domain.values import Candle, TimeMs
from bot.market.candles import CandleSeries, Fit


def is_same(built: Candle, read: Candle) -> bool:
    """Whether two bars say the same; volumes may differ as sums of rounded numbers do."""
    return (
        (built.start_ms, built.open, built.high, built.low, built.close)
        == (read.start_ms, read.open, read.high, read.low, read.close)
    ) and isclose(built.volume, read.volume, rel_tol=1e-9, abs_tol=1e-6)


class HigherCandles:
    """Closed bars of one higher timeframe. They begin at multiples of their length since 1970, as Bybit's do.

    A bar is closed when its last base bar is. A bar of which some base bars are not known is never made: `lacks_bars`
    says so when its end has come, and the history must be read again.
    """

    def __init__(self, length_ms: int, base_ms: int, keep: int) -> None:
        """ValueError unless the length is a multiple, at least twice, of ``base_ms``."""
        if length_ms % base_ms or length_ms <= base_ms:
            raise ValueError(f"bars of {length_ms} ms can not be built from bars of {base_ms} ms")
        self._length_ms = length_ms
        self._base_ms = base_ms
        self._series = CandleSeries(length_ms, keep)
        self._part: Candle | None = None
        self.lacks_bars = False

    def rebuild(self, history: Iterable[Candle], base: Sequence[Candle], closed_by_ms: TimeMs) -> tuple[Candle, ...]:
        """Start afresh; returns the newest gapless run of closed bars up to the end of ``base``, oldest first.

        ``history`` is what the exchange has of this timeframe; only what was closed at ``closed_by_ms`` counts.
        ``base`` is a gapless run of base bars. Empty if the two do not join.
        """
        self._part, self.lacks_bars = None, False
        end_ms = base[-1].start_ms + self._base_ms if base else 0
        read = {bar.start_ms: bar for bar in history if bar.start_ms + self._length_ms <= min(closed_by_ms, end_ms)}
        own = [bar for bar in self._whole(base) if bar.start_ms not in read]
        run = self._series.rebuild(read.values(), own, closed_by_ms)
        if not run or run[-1].start_ms != self._start_of(TimeMs(end_ms)) - self._length_ms:
            self._series.rebuild((), (), closed_by_ms)
            return ()
        return run

    def _whole(self, base: Sequence[Candle]) -> list[Candle]:
        """The bars that a run of base bars makes; what is begun at its end becomes the part."""
        return [made for bar in base if (made := self._grow(bar)) is not None]

    def add(self, bar: Candle) -> Candle | None:
        """Take the next base bar; the higher bar that it closes, if it does."""
        made = self._grow(bar)
        is_last = bar.start_ms + self._base_ms == self._start_of(bar.start_ms) + self._length_ms
        if made is not None:
            self.lacks_bars = self._series.offer(made) is not Fit.NEXT
        elif is_last:
            self.lacks_bars = True
        return None if self.lacks_bars else made

    def _grow(self, bar: Candle) -> Candle | None:
        part, start_ms = self._part, self._start_of(bar.start_ms)
        if bar.start_ms == start_ms:
            part = bar
        elif part is not None:
            part = Candle(
                part.start_ms,
                part.open,
                max(part.high, bar.high),
                min(part.low, bar.low),
                bar.close,
                part.volume + bar.volume,
            )
        is_last = bar.start_ms + self._base_ms == start_ms + self._length_ms
        self._part = None if is_last else part
        return part if is_last else None

    def _start_of(self, time_ms: TimeMs) -> TimeMs:
        return TimeMs(time_ms - time_ms % self._length_ms)
