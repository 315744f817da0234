"""Prices to show trades on."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched


@dataclass(frozen=True, slots=True)
class Candle:
    """One candle; ``start_ms`` is its open time, prices are in quote coin."""

    start_ms: int
    open: float
    high: float
    low: float
    close: float


def merged(candles: Sequence[Candle], most: int) -> list[Candle]:
    """The same candles, joined to at most ``most``."""
    size = max(1, -(-len(candles) // most))
    return [
        Candle(
            group[0].start_ms,
            group[0].open,
            max(each.high for each in group),
            min(each.low for each in group),
            group[-1].close,
        )
        for group in batched(candles, size)
    ]


def fitting_share(candles: Sequence[Candle], fills: Sequence[tuple[int, float]], tolerance: float = 0.002) -> float:
    """The share of fills, as (time in ms, price), that lie within the candle of their moment or of the one before.

    ``tolerance`` is a fraction of the price, for slippage beyond the candle. Tells whether these are the candles that
    were traded on: 1.0 without fills.
    """
    if not fills:
        return 1.0
    starts = [each.start_ms for each in candles]
    return sum(_fits(candles, starts, fill, tolerance) for fill in fills) / len(fills)


def _fits(candles: Sequence[Candle], starts: Sequence[int], fill: tuple[int, float], tolerance: float) -> bool:
    time_ms, price = fill
    place = bisect_right(starts, time_ms)
    return any(
        each.low * (1 - tolerance) <= price <= each.high * (1 + tolerance)
        for each in candles[max(place - 2, 0) : place]
    )
