"""How far a contract trades from the index of its base coin."""

import numpy as np
import numpy.typing as npt

from bot.simulator.feeds.arrays import FloatArray

SLOW_MS, SLOW_SIZE = 233_280_000.0, 0.0008
QUICK_MS, QUICK_SIZE = 18_000_000.0, 0.0003


def basis(key: int, times_ms: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> FloatArray:
    """Contract price / index - 1 at some moments: two waves of 2.7 days and 5 hours, shifted by the bits of `key`.

    At most 0.11 % either way, which is what quiet perpetuals do on Bybit and enough for funding rates that
    are not always the same.
    """
    slow_shift, quick_shift = (key & 0xFFFF) / 0x10000, (key >> 16 & 0xFFFF) / 0x10000
    slow = np.sin(2 * np.pi * (times_ms / SLOW_MS + slow_shift))
    quick = np.sin(2 * np.pi * (times_ms / QUICK_MS + quick_shift))
    away: FloatArray = SLOW_SIZE * slow + QUICK_SIZE * quick
    return away
