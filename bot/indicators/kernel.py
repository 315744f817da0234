"""The loops that run step functions, compiled once by numba. Imported only when there is something to compile.

A program has one row of ``ROW`` integers per indicator: the address of its step function, of its parameters, state,
outputs and handle (0 for none), how many numbers its state and its outputs have, and how many bars it takes to be ready.
"""

from math import nan
from typing import Any

from llvmlite import ir
from numba import cfunc, types
from numba.extending import intrinsic

ROW = 8
PRICE_MIN = 1e-12
PRICE_MAX = 1e15
VOLUME_MAX = 1e18

FLOATS = types.CPointer(types.float64)
INTEGERS = types.CPointer(types.int64)
STEP_SIGNATURE = types.void(FLOATS, FLOATS, FLOATS, FLOATS)


@intrinsic
def _run(_context: Any, address: Any, bar: Any, params: Any, state: Any, out: Any) -> Any:  # noqa: ANN401 - numba's
    """Call the step function at ``address``."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401 - numba's own types
        pointer = ir.DoubleType().as_pointer()
        function = ir.FunctionType(ir.VoidType(), [pointer] * 4).as_pointer()
        pointers = [each if each.type == pointer else builder.inttoptr(each, pointer) for each in args[1:]]
        builder.call(builder.inttoptr(args[0], function), pointers)
        return context.get_dummy_value()

    return types.void(address, bar, params, state, out), generate


@intrinsic
def _floats(_context: Any, address: Any) -> Any:  # noqa: ANN401 - numba's own types
    """The numbers at ``address``."""

    def generate(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401 - numba's own types
        return builder.inttoptr(args[0], ir.DoubleType().as_pointer())

    return FLOATS(address), generate


@intrinsic
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


def advance(program: Any, count: Any, seen: Any, bar: Any) -> Any:  # noqa: ANN401 - pointers
    """Run ``count`` indicators over one bar; the number of those that are not ready. ``seen`` counts good bars."""
    usable = _usable(bar)
    seen[0] = seen[0] + 1 if usable else 0
    missing = 0
    for index in range(count):
        row = index * ROW
        state, out = _floats(program[row + 2]), _floats(program[row + 3])
        if usable:
            _run(program[row], bar, program[row + 1], state, out)
        else:
            for place in range(program[row + 5]):
                state[place] = 0.0
        outputs = program[row + 6]
        if seen[0] < program[row + 7] or out[0] != out[0]:
            missing += 1
            for place in range(outputs):
                out[place] = nan
        if program[row + 4] != 0:
            handle = _floats(program[row + 4])
            for place in range(outputs):
                handle[place] = out[place]
    return missing


def sweep(program: Any, count: Any, bars: Any, bar_count: Any, columns: Any) -> None:  # noqa: ANN401 - pointers
    """Run ``count`` indicators over many bars (6 numbers each); ``columns`` takes one row of bar_count per output."""
    first = 0
    for index in range(count):
        row = index * ROW
        state, out = _floats(program[row + 2]), _floats(program[row + 3])
        outputs, warmup = program[row + 6], program[row + 7]
        seen = 0
        for when in range(bar_count):
            bar = _behind(bars, when * 6)
            if _usable(bar):
                seen += 1
                _run(program[row], bar, program[row + 1], state, out)
            else:
                seen = 0
                for place in range(program[row + 5]):
                    state[place] = 0.0
            known = seen >= warmup and out[0] == out[0]
            for place in range(outputs):
                columns[(first + place) * bar_count + when] = out[place] if known else nan
        first += outputs


def compile_kernels() -> dict[str, tuple[str, str]]:
    """By name: the symbol and the optimised LLVM code."""
    from numba.extending import register_jitable

    register_jitable(error_model="numpy", forceinline=True)(_usable)
    made = {
        "advance": cfunc(types.int64(INTEGERS, types.int64, INTEGERS, FLOATS), error_model="numpy")(advance),
        "sweep": cfunc(types.void(INTEGERS, types.int64, FLOATS, types.int64, FLOATS), error_model="numpy")(sweep),
    }
    return {name: (each.native_name, each.inspect_llvm()) for name, each in made.items()}
