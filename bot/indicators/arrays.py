"""Indicators over a whole array of bars, by the same machine code that runs bar by bar."""

import ctypes
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bot.domain.values import Candle
from bot.indicators.base import Indicator, StepIndicator
from bot.indicators.indicator_set import Program
from bot.indicators.native import kernel_address
from bot.indicators.pandas_bridge import PandasTa
from bot.indicators.step import BAR_FIELDS

type Series = NDArray[np.float64]
type Columns = Mapping[str, Series]

_sweep_type = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p
)  # lets the GIL go: long arrays on several threads use several cores


def bars_of(source: Sequence[Candle] | pd.DataFrame) -> Series:
    """Bars as an array of rows open, high, low, close, volume, start_ms.

    A DataFrame has these columns, the last one as ``timestamp`` or ``start_ms``.
    """
    if isinstance(source, pd.DataFrame):
        time = "timestamp" if "timestamp" in source else "start_ms"
        return np.ascontiguousarray(source[["open", "high", "low", "close", "volume", time]].to_numpy(np.float64))
    rows = [(each.open, each.high, each.low, each.close, each.volume, each.start_ms) for each in source]
    return np.array(rows, np.float64).reshape(-1, BAR_FIELDS)


def whole_array(
    indicators: Sequence[Indicator], bars: Sequence[Candle] | pd.DataFrame | Series
) -> Mapping[Indicator, Columns]:
    """Every output of every indicator after each bar, NaN where it is not ready: ``found[macd]["signal"]``.

    The numbers are those that an IndicatorSet gives one bar at a time, bit for bit. The handles only say what is wanted:
    what they are at in a set is neither used nor changed. PandasTa is as slow here as there.
    """
    rows = np.ascontiguousarray(bars, np.float64) if isinstance(bars, np.ndarray) else bars_of(bars)
    if rows.ndim != 2 or rows.shape[1] != BAR_FIELDS:  # noqa: PLR2004 - rows and columns
        raise ValueError(f"bars must have {BAR_FIELDS} columns, not the shape {rows.shape}")
    steps = [each for each in indicators if isinstance(each, StepIndicator)]
    program = Program(steps, bound=False)
    columns = np.empty((len(program.out), len(rows)))
    sweep: Callable[[int, int, int, int, int], None] = _sweep_type(kernel_address("sweep"))
    sweep(program.rows.buffer_info()[0], len(steps), rows.ctypes.data, len(rows), columns.ctypes.data)
    found: dict[Indicator, Columns] = {
        each: {name: columns[program.out_at[each] + place] for place, name in enumerate(each.outputs)}
        for each in steps
    }
    found |= {each: each.over(rows) for each in indicators if isinstance(each, PandasTa)}
    return found
