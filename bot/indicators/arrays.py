"""Indicators over a whole array of bars, by the same step functions that run bar by bar."""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import isnan

import numpy as np

from bot.indicators.bars import Bars, Series, bars_of, good_runs
from bot.indicators.base import Indicator, StepIndicator
from bot.indicators.indicator_set import ROW, Program, address
from bot.indicators.native import kernel_address, step_code
from bot.indicators.pandas_bridge import PandasTa

type Columns = Mapping[str, Series]

_POINTER, _COUNT = ctypes.c_void_p, ctypes.c_int64
_blank_type = ctypes.CFUNCTYPE(None, _POINTER, _COUNT, _POINTER, _POINTER)
_sweep_type = ctypes.CFUNCTYPE(_COUNT, _POINTER, _POINTER, _COUNT, _POINTER, _POINTER)
"""They let the GIL go: long arrays on several threads use several cores."""


def whole_array(indicators: Sequence[Indicator], bars: Bars) -> Mapping[Indicator, Columns]:
    """Every output of every indicator after each bar, NaN where it is not ready: ``found[macd]["signal"]``.

    The numbers are those that an IndicatorSet gives one bar at a time, bit for bit. The handles only say what is
    wanted: what they are at in a set is neither used nor changed. PandasTa is as slow here as there.
    """
    rows = bars_of(bars)
    count, run = len(rows), good_runs(rows)
    program = Program([each for each in dict.fromkeys(indicators) if isinstance(each, StepIndicator)], bound=False)
    tables = _tables(program, count)
    blank: Callable[[int, int, int, int], None] = _blank_type(kernel_address("blank"))
    found: dict[Indicator, Columns] = {}
    for index, (each, table) in enumerate(zip(program.handles, tables, strict=True)):
        row_at = address(program.rows) + 8 * ROW * index
        sweep: Callable[[int, int, int, int, int], int] = _sweep_type(step_code(each.step).sweep)
        not_ready = sweep(rows.ctypes.data, run.ctypes.data, count, row_at, table.ctypes.data)
        blank(run.ctypes.data, not_ready, row_at, table.ctypes.data)
        found[each] = dict(zip(each.outputs, table.T, strict=True))
    return found | {each: each.over(rows) for each in indicators if isinstance(each, PandasTa)}


def in_python(indicator: StepIndicator, bars: Bars) -> Columns:
    """What ``whole_array`` gives for one indicator, by running its step function as Python: for a debugger.

    Slower by a factor of a hundred; the numbers are the same, bit for bit.
    """
    rows = bars_of(bars)
    params, state = list(indicator.params), [0.0] * indicator.state_size
    table = np.full((len(rows), len(indicator.outputs)), np.nan)
    for index, (bar, run) in enumerate(zip(rows.tolist(), good_runs(rows).tolist(), strict=True)):
        if run == 0.0:
            state = [0.0] * indicator.state_size
            continue
        out = [np.nan] * len(indicator.outputs)
        indicator.step(bar, params, state, out)
        if run >= indicator.warmup_bars and not isnan(out[0]):
            table[index] = out
    return dict(zip(indicator.outputs, table.T, strict=True))


def _tables(program: Program, count: int) -> list[Series]:
    """One table per indicator, a row per bar, all in one piece: large pieces of memory are had more cheaply."""
    widths = [len(each.outputs) for each in program.handles]
    ends = list(accumulate(count * width for width in widths))
    memory = np.empty(ends[-1] if ends else 0)
    return [memory[end - count * width : end].reshape(count, width) for end, width in zip(ends, widths, strict=True)]
