"""Bars as arrays."""

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bot.domain.values import Candle
from bot.indicators.native import kernel_address
from bot.indicators.step import BAR_FIELDS

if TYPE_CHECKING:
    import pandas as pd  # half a second: left to those who have a DataFrame

type Series = NDArray[np.float64]
type Bars = Sequence[Candle] | pd.DataFrame | Series
"""Closed bars, oldest first; as an array their columns are open, high, low, close, volume, start_ms."""


def bars_of(source: Bars) -> Series:
    """Bars as an array of rows open, high, low, close, volume, start_ms.

    A DataFrame has these columns, the last one as ``timestamp`` or ``start_ms``. ValueError if an array has others.
    """
    if not isinstance(source, (np.ndarray, Sequence)):
        time = "timestamp" if "timestamp" in source else "start_ms"
        return np.ascontiguousarray(source[["open", "high", "low", "close", "volume", time]].to_numpy(np.float64))
    if not isinstance(source, np.ndarray):
        rows = [(each.open, each.high, each.low, each.close, each.volume, each.start_ms) for each in source]
        return np.array(rows, np.float64).reshape(-1, BAR_FIELDS)
    if source.ndim != 2 or source.shape[1] != BAR_FIELDS:  # noqa: PLR2004 - rows and columns
        raise ValueError(f"bars must have {BAR_FIELDS} columns, not the shape {source.shape}")
    return np.ascontiguousarray(source, np.float64)


def good_runs(rows: Series) -> Series:
    """How many bars in a row up to each one can be true: 0 for one that can not, on which indicators start afresh."""
    run = np.empty(len(rows))
    _judge()(rows.ctypes.data, len(rows), run.ctypes.data)
    return run


@cache
def _judge() -> Callable[[int, int, int], None]:
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)(kernel_address("judge"))
