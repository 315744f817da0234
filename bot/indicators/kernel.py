"""The loops that run step functions, compiled once by numba. Imported only when there is something to compile.

A program has one row of ``ROW`` integers per indicator: the addresses of its step function, parameters, state and
outputs, how many numbers its state and its outputs have, and how many bars it takes to be ready.
"""

from functools import cache
from math import isnan, nan
from typing import Any

from llvmlite import ir
from llvmlite.binding import add_symbol
from numba import cfunc, types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable

ROW = 7
STEP_SYMBOL = "pyrmethus_the_step"
PRICE_MIN = 1e-12
PRICE_MAX = 1e15
VOLUME_MAX = 1e18

FLOATS = types.CPointer(types.float64)
INTEGERS = types.CPointer(types.int64)
STEP_SIGNATURE = types.void(FLOATS, FLOATS, FLOATS, FLOATS)


@intrinsic  # type: ignore[untyped-decorator] # numba has no types
def _run(_context: Any, address: Any, bar: Any, params: Any, state: Any, out: Any) -> Any:  # noqa: ANN401 - numba's
    """Call the step function at ``address``."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401 - numba's own types
        pointer = ir.DoubleType().as_pointer()
        function = ir.FunctionType(ir.VoidType(), [pointer] * 4).as_pointer()
        pointers = [each if each.type == pointer else builder.inttoptr(each, pointer) for each in args[1:]]
        builder.call(builder.inttoptr(args[0], function), pointers)
        return context.get_dummy_value()

    return types.void(address, bar, params, state, out), generate


@intrinsic  # type: ignore[untyped-decorator] # numba has no types
def _the_step(_context: Any, bar: Any, params: Any, state: Any, out: Any) -> Any:  # noqa: ANN401 - numba's own types
    """Call the step function that this code is linked with."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401 - numba's own types
        kind = ir.FunctionType(ir.VoidType(), [ir.DoubleType().as_pointer()] * 4)
        builder.call(cgutils.get_or_insert_function(builder.module, kind, STEP_SYMBOL), args)
        return context.get_dummy_value()

    return types.void(bar, params, state, out), generate


@intrinsic  # type: ignore[untyped-decorator] # numba has no types
def _integers(_context: Any, address: Any) -> Any:  # noqa: ANN401 - numba's own types
    """The integers at ``address``."""

    def generate(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401 - numba's own types
        return builder.inttoptr(args[0], ir.IntType(64).as_pointer())

    return INTEGERS(address), generate


@intrinsic  # type: ignore[untyped-decorator] # numba has no types
def _floats(_context: Any, address: Any) -> Any:  # noqa: ANN401 - numba's own types
    """The numbers at ``address``."""

    def generate(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401 - numba's own types
        return builder.inttoptr(args[0], ir.DoubleType().as_pointer())

    return FLOATS(address), generate


@intrinsic  # type: ignore[untyped-decorator] # numba has no types
def _behind(_context: Any, floats: Any, count: Any) -> Any:  # noqa: ANN401 - numba's own types
    """The numbers from the ``count``-th on."""

    def generate(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401 - numba's own types
        return builder.gep(args[0], [args[1]])

    return FLOATS(floats, count), generate


def _usable(bar: Any) -> Any:  # noqa: ANN401 - pointer
    """Whether a bar can be true: finite (a comparison with NaN fails), prices in order and of this world."""
    return (
        bar[2] >= PRICE_MIN
        and bar[1] <= PRICE_MAX
        and bar[2] <= bar[0] <= bar[1]
        and bar[2] <= bar[3] <= bar[1]
        and 0.0 <= bar[4] <= VOLUME_MAX
    )


def advance(control: Any) -> Any:  # noqa: ANN401 - pointer
    """Run a program over one bar; the number of indicators that are not ready.

    ``control`` holds the number of rows, the addresses of the rows and of the bar, counts good bars, and
    holds the address that ``gather`` writes to.
    """
    count, program, bar = control[0], _integers(control[1]), _floats(control[2])
    usable = _usable(bar)
    seen = control[3] + 1 if usable else 0
    control[3] = seen
    missing = 0
    for index in range(count):
        row = index * ROW
        out = _floats(program[row + 3])
        if usable:
            _run(program[row], bar, program[row + 1], program[row + 2], program[row + 3])
        else:
            state = _floats(program[row + 2])
            for place in range(program[row + 4]):
                state[place] = 0.0
        if seen < program[row + 6] or isnan(out[0]):
            missing += 1
            for place in range(program[row + 5]):
                out[place] = nan
    return missing


def gather(control: Any) -> None:  # noqa: ANN401 - pointer
    """Write the outputs of a program one after the other."""
    program, values = _integers(control[1]), _floats(control[4])
    at = 0
    for index in range(control[0]):
        out = _floats(program[index * ROW + 3])
        for place in range(program[index * ROW + 5]):
            values[at] = out[place]
            at += 1


def judge(bars: Any, count: Any, run: Any) -> None:  # noqa: ANN401 - pointers
    """Write how many bars in a row up to each one could be true: 0 for one that can not."""
    length = 0.0
    for when in range(count):
        length = length + 1.0 if _usable(_behind(bars, when * 6)) else 0.0
        run[when] = length


def sweep(bars: Any, run: Any, count: Any, row: Any, table: Any) -> Any:  # noqa: ANN401 - pointers
    """Run one indicator over many bars; ``table`` takes its outputs, bar by bar.

    Returns the number of bars up to the last one that lacks them. It is compiled together with each step, in place of
    ``_the_step``.
    """
    params, state = _floats(row[1]), _floats(row[2])
    outputs, warmup = row[5], float(row[6])
    not_ready = 0
    for when in range(count):
        out = _behind(table, when * outputs)
        if run[when] > 0.0:
            _the_step(_behind(bars, when * 6), params, state, out)
        else:
            for place in range(row[4]):
                state[place] = 0.0
        if run[when] < warmup or isnan(out[0]):
            not_ready = when + 1
    return not_ready


def blank(run: Any, count: Any, row: Any, table: Any) -> None:  # noqa: ANN401 - pointers
    """Put NaN for what a sweep left where the indicator was not ready."""
    outputs, warmup = row[5], float(row[6])
    for when in range(count):
        at = when * outputs
        if run[when] < warmup or isnan(table[at]):
            for place in range(outputs):
                table[at + place] = nan


KERNELS = {
    "advance": (advance, types.int64(INTEGERS)),
    "gather": (gather, types.void(INTEGERS)),
    "judge": (judge, types.void(FLOATS, types.int64, FLOATS)),
    "blank": (blank, types.void(FLOATS, types.int64, INTEGERS, FLOATS)),
    "sweep": (sweep, types.int64(FLOATS, FLOATS, types.int64, INTEGERS, FLOATS)),
}


@cache
def compile_kernel(name: str) -> tuple[str, str]:
    """The symbol and the LLVM code of a kernel."""
    register_jitable(error_model="numpy")(_usable)
    add_symbol(STEP_SYMBOL, 1)  # numba looks it up at once; what it makes of it is only read as text, never run
    function, signature = KERNELS[name]
    made = cfunc(signature, error_model="numpy")(function)
    return made.native_name, made.inspect_llvm()
