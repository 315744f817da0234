"""What every indicator can do, and how one is declared."""

import ctypes
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol, Self

from bot.domain.errors import UserError
from bot.domain.values import Candle
from bot.indicators.step import Step

if TYPE_CHECKING:
    from bot.indicators.indicator_set import IndicatorSet

PERIOD_MAX = 5_000
"""Longest window, in bars."""


class Indicator(Protocol):
    """A number, or several, kept up to date one closed bar at a time."""

    group: "IndicatorSet | None"
    """The set that it belongs to: never more than one, or it would see every bar twice."""

    @property
    def ready(self) -> bool:
        """False while too little history was seen: until then every output is NaN."""
        ...

    @property
    def warmup_bars(self) -> int:
        """How many bars it takes to become ready."""
        ...

    @property
    def history_ms(self) -> int:
        """Indicators of UTC days: how much time their bars must span for them to become ready; 0 for others."""
        ...

    def update(self, candle: Candle) -> None:
        """Take the next closed bar. Only for an indicator that is alone; a set updates its own."""
        ...

    def peek(self, candle: Candle) -> Self:
        """What the outputs would be if the forming bar closed as it is now; nothing is changed."""
        ...

    def reset(self) -> None:
        """Forget all history."""
        ...


if TYPE_CHECKING:
    from _ctypes import _PyCStructType as StructureType
else:
    StructureType = type(ctypes.Structure)


class _Declared(StructureType):
    """Makes every ``name: float`` of a class body an output, kept where machine code can write it."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:  # noqa: ANN401 - the class
        outputs = [each for each, kind in body.get("__annotations__", {}).items() if kind in {float, "float"}]
        if outputs:
            body["_fields_"] = [(each, ctypes.c_double) for each in outputs]
            body["outputs"] = (*(name for base in bases for name in getattr(base, "outputs", ())), *outputs)
        return super().__new__(cls, name, bases, body)


class StepIndicator(ctypes.Structure, metaclass=_Declared):
    """Base of the indicators that are computed by a step function.

    A subclass names its ``step``, annotates its outputs as ``name: float`` in the order in which the step writes them,
    and calls ``_declare`` in ``__init__``. Its objects are handles: after each update of the set that they belong to,
    their outputs are the numbers of the last closed bar, NaN while not ready. A handle belongs to one set; one that
    was given to none makes its own with the first ``update`` or ``peek``. Not thread-safe.
    """

    __hash__ = object.__hash__  # by identity: ctypes would have none

    step: ClassVar[Step]
    outputs: ClassVar[tuple[str, ...]] = ()
    params: tuple[float, ...] = ()
    state_size: int = 1
    warmup_bars: int = 1
    history_ms: int = 0
    group: "IndicatorSet | None" = None
    is_peek = False

    def _declare(self, *params: float, state_size: int, warmup_bars: int, history_ms: int = 0) -> None:
        """Fix what the step function gets, how many numbers its state has, and when its outputs count."""
        self.params = params
        self.state_size = int(state_size)  # of a period like 20.0
        self.warmup_bars = int(warmup_bars)
        self.history_ms = history_ms
        for name in self.outputs:
            setattr(self, name, nan)

    def __repr__(self) -> str:
        """``Macd(12, 26, 9)``: as it was declared."""
        return f"{type(self).__name__}({', '.join(f'{each:g}' for each in self.params)})"

    def __reduce__(self) -> NoReturn:
        """TypeError: machine code writes to this very object, a copy would look alive and never change."""
        raise TypeError(f"{self!r} can not be copied or pickled: declare another one")

    def as_peek(self, outputs: bytes, place: int) -> Self:
        """A handle like this one that has the outputs at ``place`` of ``outputs`` and never changes."""
        peeked = type(self).from_buffer_copy(outputs, place)
        peeked.__dict__ |= self.__dict__ | {"is_peek": True}
        return peeked

    @property
    def ready(self) -> bool:
        """False while too little history was seen: until then every output is NaN."""
        first = getattr(self, self.outputs[0])
        return not isnan(first)

    def update(self, candle: Candle) -> None:
        """Take the next closed bar. RuntimeError if it belongs to a set with others: update the set."""
        self._alone().update(candle)

    def peek(self, candle: Candle) -> Self:
        """What the outputs would be if the forming bar closed as it is now; nothing is changed."""
        return self._alone().peek(candle)[self]

    def reset(self) -> None:
        """Forget all history."""
        self._alone().reset()

    def values(self) -> dict[str, float]:
        """All outputs by name."""
        return {name: getattr(self, name) for name in self.outputs}

    def _alone(self) -> "IndicatorSet":
        from bot.indicators.indicator_set import IndicatorSet

        if self.is_peek:
            raise RuntimeError(f"{self!r} is what a peek shows: update or peek the indicator itself")
        group = IndicatorSet([self]) if self.group is None else self.group
        if len(group.indicators) != 1:
            raise RuntimeError(f"{self!r} belongs to a set of {len(group.indicators)}: update or peek that")
        return group


def whole(owner: str, name: str, value: float, lowest: int = 1, highest: int = PERIOD_MAX) -> int:
    """``value`` if it is a whole number within bounds; UserError otherwise."""
    if isinstance(value, bool) or not lowest <= value <= highest or value != int(value):
        raise UserError(f"{owner}: {name} must be a whole number from {lowest} to {highest}, not {value!r}")
    return int(value)


def real(owner: str, name: str, value: float, lowest: float = 0.0, highest: float = 1e6) -> float:
    """``value`` if it is a finite number above ``lowest`` and up to ``highest``; UserError otherwise."""
    if not isfinite(value) or not lowest < value <= highest:
        raise UserError(f"{owner}: {name} must be a number above {lowest:g} and up to {highest:g}, not {value!r}")
    return float(value)
