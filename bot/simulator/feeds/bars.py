"""Bars of one symbol as columns."""

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.simulator.feeds.arrays import FloatArray
from bot.simulator.feeds.recorded import Recorded


@dataclass(slots=True)
class Bars:
    """Columns of equal length, oldest bar first; they grow at the end and may be cut off at the beginning.

    Plain lists, because reading one number out of an array costs more; only what a replay does not read is an
    array. Open times in ms; prices in quote coin, `volume` in base coin, `turnover` in quote coin (USD and base
    coin for an inverse contract); `volume_so_far` is that of all bars
    up to and with this one, `dropped` how many bars were cut off.
    """

    start: list[int] = field(default_factory=list)
    open: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    close: list[float] = field(default_factory=list)
    volume: list[float] = field(default_factory=list)
    turnover: list[float] = field(default_factory=list)
    volume_so_far: array[float] = field(default_factory=lambda: array("d"))
    dropped: int = 0
    basis_key: int = 0
    """What the distance between price and index is made from (see `feeds.basis`)."""
    recorded: Recorded | None = None

    def __len__(self) -> int:
        return len(self.start)

    def append(
        self,
        start: npt.NDArray[np.int64] | list[int],
        open_: FloatArray,
        high: FloatArray,
        low: FloatArray,
        close: FloatArray,
        volume: FloatArray,
        *,
        inverse: bool = False,
    ) -> None:
        """Add bars; symbols may share the numbers of a list of start times.

        Turnover is estimated: volume at the mean of open, high, low and close.
        The volume of an `inverse` contract is in USD, its turnover in base coin.
        """
        before = self.close[-1] if self.close else 0.0
        closes = _numbers(close)
        self.start += start if isinstance(start, list) else _numbers(start)
        self.open += _shared(_numbers(open_), before, closes)
        self.high += _numbers(high)
        self.low += _numbers(low)
        self.close += closes
        self.volume += _numbers(volume)
        so_far = self.volume_so_far[-1] if self.volume_so_far else 0.0
        self.volume_so_far.extend(_numbers(np.cumsum(np.concatenate(([so_far], volume))))[1:])
        mean = (open_ + high + low + close) / 4
        self.turnover += _numbers(np.round(volume / mean, 8) if inverse else np.round(volume * mean, 4))

    def drop(self, count: int) -> None:
        """Cut off the oldest bars."""
        self.dropped += count
        for column in (
            self.start, self.open, self.high, self.low, self.close, self.volume, self.turnover, self.volume_so_far,
        ):  # fmt: skip
            del column[:count]


def _shared(opens: list[float], before: float, closes: list[float]) -> list[float]:
    """The same opens, but where one is the close of the bar before it is that very number: it needs no memory."""
    return [close if close == open_ else open_ for open_, close in zip(opens, [before, *closes[:-1]], strict=True)]


def _numbers(column: npt.NDArray[Any]) -> list[Any]:
    numbers: list[Any] = column.tolist()
    return numbers
