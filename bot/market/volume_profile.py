"""At which prices how much was traded."""

from typing import NamedTuple

VALUE_AREA_SHARE = 0.7
"""By custom, the part of the volume that makes the value area."""


class ValueArea(NamedTuple):
    """The prices, from ``low`` to ``high``, between which most was traded."""

    low: float
    high: float


class VolumeProfile:
    """Volume by price bucket; a bucket is ``width`` wide and begins at a multiple of it."""

    __slots__ = ("_volumes", "_width")

    def __init__(self, width: float) -> None:
        """``width``: of a bucket, quote per base; greater than 0."""
        self._width = width
        self._volumes: dict[int, float] = {}

    def add(self, price: float, qty: float) -> None:
        """Count ``qty`` traded at ``price``."""
        bucket = int(price // self._width)
        self._volumes[bucket] = self._volumes.get(bucket, 0.0) + qty

    @property
    def volumes(self) -> dict[float, float]:
        """Volume by the lower edge of its bucket, in order of price."""
        return {bucket * self._width: self._volumes[bucket] for bucket in sorted(self._volumes)}

    @property
    def total(self) -> float:
        """All volume."""
        return sum(self._volumes.values())

    @property
    def point_of_control(self) -> float | None:
        """The middle of the bucket with most volume, the lowest one of several; None before the first trade."""
        best = self._busiest()
        return None if best is None else (best + 0.5) * self._width

    def value_area(self, share: float = VALUE_AREA_SHARE) -> ValueArea | None:
        """The smallest stretch grown from the point of control that holds ``share`` of the volume.

        It grows by the neighbour, above or below, that holds more, upwards if both hold the same.
        """
        best = self._busiest()
        if best is None:
            return None
        lowest, highest = min(self._volumes), max(self._volumes)
        low = high = best
        held, wanted = self._volumes[best], share * self.total
        while held < wanted and (low > lowest or high < highest):
            below = self._volumes.get(low - 1, 0.0) if low > lowest else -1.0
            above = self._volumes.get(high + 1, 0.0) if high < highest else -1.0
            if above >= below:
                high += 1
            else:
                low -= 1
            held += max(above, below)
        return ValueArea(low * self._width, (high + 1) * self._width)

    def _busiest(self) -> int | None:
        return max(self._volumes, key=lambda bucket: (self._volumes[bucket], -bucket), default=None)
