"""Which symbols move together: correlation of the returns of their newest bars."""

import math
from collections import deque
from collections.abc import Iterable
from itertools import pairwise

from bot.domain.messages import ClosesSeen
from bot.domain.values import Symbol, TimeMs

MORE = 10
"""Closes kept beyond those compared: bars of two symbols do not arrive at the same moment, and one may be missing."""


def closes_kept(bars: int) -> int:
    """How many closes of a symbol are kept to compare ``bars`` returns."""
    return bars + 1 + MORE


class Closes:
    """The newest closes of every symbol, by the time at which their bars closed."""

    def __init__(self, bars: int) -> None:
        """``bars`` returns are compared."""
        self._bars = bars
        self._closes: dict[Symbol, deque[tuple[TimeMs, float]]] = {}

    def see(self, seen: ClosesSeen) -> None:
        """Take in a history, which begins afresh, or the next closes."""
        known = self._closes.get(seen.symbol)
        if known is None or seen.is_history:
            known = self._closes[seen.symbol] = deque(maxlen=closes_kept(self._bars))
        for time_ms, close in seen.closes:
            if not known or time_ms > known[-1][0]:
                known.append((time_ms, close))

    def forget(self, symbol: Symbol) -> None:
        """A symbol is not traded any more."""
        self._closes.pop(symbol, None)

    def correlation(self, one: Symbol, other: Symbol, before_ms: TimeMs) -> float | None:
        """Pearson's correlation of the returns between closes of the same times; None where there are too few.

        Also None where one of them has not moved, and where a close is not a positive number. Only closes before
        ``before_ms`` count: who decides at a bar's close can not tell which other symbols' bars are here already.
        """
        if one == other:
            return 1.0
        times = {time_ms: close for time_ms, close in self._closes.get(other, ()) if time_ms < before_ms}
        both = [(close, times[time_ms]) for time_ms, close in self._closes.get(one, ()) if time_ms in times]
        if len(both) <= self._bars:
            return None
        both = both[-self._bars - 1 :]
        return _pearson(_returns(first for first, _ in both), _returns(second for _, second in both))


def _returns(closes: Iterable[float]) -> list[float]:
    listed = list(closes)
    if not all(math.isfinite(close) and close > 0 for close in listed):
        return []
    return [after / before - 1.0 for before, after in pairwise(listed)]


def _pearson(xs: list[float], ys: list[float]) -> float | None:
    if not xs or len(xs) != len(ys):
        return None
    x_mean, y_mean = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    x_square = math.fsum((x - x_mean) ** 2 for x in xs)
    y_square = math.fsum((y - y_mean) ** 2 for y in ys)
    if x_square <= 0.0 or y_square <= 0.0:
        return None
    both = math.fsum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    return max(-1.0, min(1.0, both / math.sqrt(x_square * y_square)))
