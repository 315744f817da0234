"""All indicators of one symbol and interval, kept up to date together."""

import ctypes
from array import array
from collections.abc import Callable, Sequence
from struct import Struct

from bot.domain.errors import UserError
from bot.domain.values import Candle
from bot.indicators.base import Indicator, StepIndicator
from bot.indicators.native import address_of, kernel_address

BAR = Struct("6d")
_ROW = 8
_advance_type = ctypes.PYFUNCTYPE(
    ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p
)  # keeps the GIL: letting it go and taking it again would cost more than the whole call


class Program:
    """The step indicators of a set as the kernel reads them, with memory for their parameters, states and outputs."""

    __slots__ = ("_memory", "handles", "out", "out_at", "rows", "state")

    def __init__(self, handles: Sequence[StepIndicator], *, bound: bool) -> None:
        self.handles = tuple(handles)
        self.state = array("d", bytes(8 * sum(each.state_size for each in handles) or 8))
        self.out = array("d", [float("nan")] * (sum(len(each.outputs) for each in handles) or 1))
        params = array("d", [value for each in handles for value in each.params] or [0.0])
        self.rows = array("q")
        self.out_at: dict[StepIndicator, int] = {}
        param_at, state_at, out_at = (each.buffer_info()[0] for each in (params, self.state, self.out))
        place = 0
        for handle in self.handles:
            self.out_at[handle] = place
            self.rows.extend((
                address_of(handle.step), param_at, state_at, out_at + 8 * place,
                ctypes.addressof(handle) if bound else 0, handle.state_size, len(handle.outputs), handle.warmup_bars,
            ))  # fmt: skip
            param_at += 8 * len(handle.params)
            state_at += 8 * handle.state_size
            place += len(handle.outputs)
        self._memory = params


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
            return type(indicator).from_buffer_copy(self._out, 8 * self._out_at[indicator])
        return self._others[indicator]  # type: ignore[return-value] # made by a peek of the same class


class IndicatorSet:
    """Indicators that see the same bars. ``update`` once per closed bar; then read the outputs from the indicators.

    A bar that can not be true (a number that is not finite, prices that are not positive or out of order, a negative
    volume) makes every indicator not ready, as if no history had been seen. ``values`` has all outputs of the
    step indicators in order, for whoever wants them at once. Not thread-safe.
    """

    __slots__ = (
        "_bar", "_bar_at", "_call", "_count", "_others", "_peek", "_program", "_rows_at", "_seen", "_seen_at",
        "indicators", "ready",
    )  # fmt: skip

    def __init__(self, indicators: Sequence[Indicator]) -> None:
        self.indicators = tuple(dict.fromkeys(indicators))
        steps = [each for each in self.indicators if isinstance(each, StepIndicator)]
        for each in steps:
            if each.group is not None:
                raise UserError(f"{each!r} already belongs to another set of indicators")
        self._others = tuple(each for each in self.indicators if not isinstance(each, StepIndicator))
        self._program = Program(steps, bound=True)
        for each in steps:
            each.group = self
        self._count = len(steps)
        self._bar = array("d", bytes(8 * 6))
        self._seen = array("q", [0])
        self._bar_at, self._seen_at = self._bar.buffer_info()[0], self._seen.buffer_info()[0]
        self._rows_at = self._program.rows.buffer_info()[0]
        self._call: Callable[[int, int, int, int], int] = _advance_type(kernel_address("advance"))
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
        return tuple(self._program.out) if self._count else ()

    def update(self, candle: Candle) -> None:
        """Take the next closed bar."""
        BAR.pack_into(
            self._bar, 0, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.start_ms
        )  # the order of bot.indicators.step
        self.ready = not self._call(self._rows_at, self._count, self._seen_at, self._bar_at)
        if self._others:
            for each in self._others:
                each.update(candle)
            self.ready = self.ready and all(each.ready for each in self._others)

    def peek(self, candle: Candle) -> Peek:
        """What the outputs would be if the forming bar closed as it is now; nothing is changed."""
        if self._peek is None:
            self._peek = Program(self._program.handles, bound=False)
        program, bar, seen = self._peek, array("d", bytes(8 * 6)), array("q", self._seen)
        memoryview(program.state)[:] = memoryview(self._program.state)
        BAR.pack_into(bar, 0, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.start_ms)
        rows_at, seen_at, bar_at = (each.buffer_info()[0] for each in (program.rows, seen, bar))
        self._call(rows_at, self._count, seen_at, bar_at)
        return Peek(program.out.tobytes(), program.out_at, {each: each.peek(candle) for each in self._others})

    def reset(self) -> None:
        """Forget all history."""
        self._bar[:] = array("d", [float("nan")] * 6)  # which is what a bar that can not be true does
        self._call(self._rows_at, self._count, self._seen_at, self._bar_at)
        for each in self._others:
            each.reset()
        self.ready = not self.indicators
