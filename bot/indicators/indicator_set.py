"""All indicators of one symbol and interval, kept up to date together."""

import ctypes
from array import array
from collections.abc import Callable, Sequence
from math import nan
from struct import Struct

from bot.domain.errors import UserError
from bot.domain.values import Candle
from bot.indicators.base import Indicator, StepIndicator
from bot.indicators.native import kernel_address, step_code
from bot.indicators.step import BAR_FIELDS

_pack_bar = Struct("6d").pack_into
ROW = 7
"""Integers per indicator in a program (see bot/indicators/kernel.py)."""
_advance_type = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
_gather_type = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
"""They keep the GIL: letting it go and taking it again would cost more than the whole call."""


def address(memory: array[float] | array[int]) -> int:
    """Where the numbers are."""
    return memory.buffer_info()[0]


class Program:
    """Step indicators as the kernel reads them, with memory for their parameters, states and outputs.

    Outputs go into the handles if it is ``bound``, otherwise into ``out``, which else serves to gather them.
    """

    __slots__ = ("_params", "bar", "control", "control_at", "handles", "out", "out_at", "rows", "state")

    def __init__(self, handles: Sequence[StepIndicator], *, bound: bool) -> None:
        self.handles = tuple(handles)
        self.state = array("d", bytes(8 * sum(each.state_size for each in handles)))
        self.out = array("d", [nan] * sum(len(each.outputs) for each in handles))
        self._params = array("d", [value for each in handles for value in each.params])
        self.bar = array("d", bytes(8 * BAR_FIELDS))
        self.rows = array("q")
        self.out_at: dict[StepIndicator, int] = {}
        param_at, state_at, place = address(self._params), address(self.state), 0
        for handle in self.handles:
            self.out_at[handle] = place
            out_at = ctypes.addressof(handle) if bound else address(self.out) + 8 * place
            self.rows.extend((
                step_code(handle.step).step, param_at, state_at, out_at,
                handle.state_size, len(handle.outputs), handle.warmup_bars,
            ))  # fmt: skip
            param_at += 8 * len(handle.params)
            state_at += 8 * handle.state_size
            place += len(handle.outputs)
        self.control = array("q", [len(self.handles), address(self.rows), address(self.bar), 0, address(self.out)])
        self.control_at = address(self.control)


class Peek:
    """What the outputs of a set would be: ``peek[macd].histogram``."""

    __slots__ = ("_others", "_out", "_out_at")

    def __init__(self, out: bytes, out_at: dict[StepIndicator, int], others: dict[Indicator, Indicator]) -> None:
        self._out = out
        self._out_at = out_at
        self._others = others

    def __getitem__[I: Indicator](self, indicator: I) -> I:
        """A handle like ``indicator`` that has the outputs of the peek and never changes."""
        if isinstance(indicator, StepIndicator):
            return indicator.as_peek(self._out, 8 * self._out_at[indicator])
        return self._others[indicator]  # type: ignore[return-value] # made by a peek of the same class


class IndicatorSet:
    """Indicators that see the same bars. ``update`` once per closed bar; then read the outputs from the indicators.

    A bar that can not be true (a number that is not finite, prices that are not positive or out of order, a negative
    volume) makes every indicator not ready, as if no history had been seen. ``values`` has all outputs of the
    step indicators in order, for whoever wants them at once. Not thread-safe.
    """

    __slots__ = (
        "_advance",
        "_bar",
        "_control_at",
        "_gather",
        "_others",
        "_peek",
        "_program",
        "_unpack",
        "_values",
        "indicators",
        "ready",
    )

    def __init__(self, indicators: Sequence[Indicator]) -> None:
        self.indicators = tuple(dict.fromkeys(indicators))
        steps = [each for each in self.indicators if isinstance(each, StepIndicator)]
        for each in self.indicators:
            if each.group is not None:
                raise UserError(f"{each!r} already belongs to another set of indicators")
        self._others = tuple(each for each in self.indicators if not isinstance(each, StepIndicator))
        self._program = Program(steps, bound=True)
        for each in self.indicators:
            each.group = self
        self._bar, self._control_at = self._program.bar, self._program.control_at
        self._advance: Callable[[int], int] = _advance_type(kernel_address("advance"))
        self._gather: Callable[[int], None] = _gather_type(kernel_address("gather"))
        count = sum(len(each.outputs) for each in steps)
        self._values, self._unpack = self._program.out, Struct(f"{count}d").unpack
        self._peek: Program | None = None
        self.ready = not self.indicators

    @property
    def warmup_bars(self) -> int:
        """How many bars it takes until every indicator is ready."""
        return max((each.warmup_bars for each in self.indicators), default=0)

    @property
    def history_ms(self) -> int:
        """How much time the bars must span besides (see Indicator.history_ms)."""
        return max((each.history_ms for each in self.indicators), default=0)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the numbers of ``values`` are: ``Macd(12, 26, 9).signal`` and so on."""
        return tuple(f"{each!r}.{name}" for each in self._program.handles for name in each.outputs)

    def values(self) -> tuple[float, ...]:
        """All outputs of the step indicators after the last bar, NaN where not ready, in the order of ``outputs``."""
        self._gather(self._control_at)
        return self._unpack(self._values)

    def update(self, candle: Candle) -> None:
        """Take the next closed bar."""
        _pack_bar(
            self._bar, 0, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.start_ms
        )  # the order of bot.indicators.step
        self.ready = not self._advance(self._control_at)
        if self._others:
            for each in self._others:
                each.update(candle)
            self.ready = self.ready and all(each.ready for each in self._others)

    def peek(self, candle: Candle) -> Peek:
        """What the outputs would be if the forming bar closed as it is now; nothing is changed."""
        if self._peek is None:
            self._peek = Program(self._program.handles, bound=False)
        program = self._peek
        memoryview(program.state)[:] = memoryview(self._program.state)
        program.control[3] = self._program.control[3]
        _pack_bar(program.bar, 0, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.start_ms)
        self._advance(program.control_at)
        return Peek(program.out.tobytes(), program.out_at, {each: each.peek(candle) for each in self._others})

    def reset(self) -> None:
        """Forget all history."""
        self._bar[:] = array("d", [nan] * BAR_FIELDS)  # a bar that can not be true does just that
        self._advance(self._control_at)
        for each in self._others:
            each.reset()
        self.ready = not self.indicators
