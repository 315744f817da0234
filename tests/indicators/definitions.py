"""The published definitions of the indicators, written over whole arrays: slow, plain, and nothing kept up to date."""

import numpy as np
from numpy.typing import NDArray

type Series = NDArray[np.float64]


def nothing_yet(count: int) -> Series:
    return np.full(count, np.nan)


def ema(closes: Series, period: int) -> Series:
    """Exponential moving average that starts from the simple average of the first ``period`` closes."""
    out = nothing_yet(len(closes))
    weight = 2.0 / (period + 1.0)
    for index in range(period - 1, len(closes)):
        if index == period - 1:
            out[index] = np.mean(closes[:period])
        else:
            out[index] = weight * closes[index] + (1.0 - weight) * out[index - 1]
    return out


def wilder(values: Series, period: int) -> Series:
    """Wilder's smoothing: the plain average of the first ``period`` values, then one part new to the rest old."""
    out = nothing_yet(len(values))
    for index in range(period - 1, len(values)):
        if index == period - 1:
            out[index] = np.mean(values[:period])
        else:
            out[index] = (out[index - 1] * (period - 1) + values[index]) / period
    return out


def rsi(closes: Series, period: int) -> Series:
    """Wilder 1978: 100 - 100 / (1 + average gain / average loss)."""
    changes = np.diff(closes)
    gain = wilder(np.where(changes > 0, changes, 0.0), period)
    loss = wilder(np.where(changes < 0, -changes, 0.0), period)
    out = nothing_yet(len(closes))
    for index in range(period, len(closes)):
        up, down = gain[index - 1], loss[index - 1]
        if down > 0:
            out[index] = 100.0 - 100.0 / (1.0 + up / down)
        else:
            out[index] = 100.0 if up > 0 else 50.0
    return out


def atr(highs: Series, lows: Series, closes: Series, period: int) -> Series:
    """Wilder 1978: the smoothed greatest of high - low, |high - last close| and |low - last close|."""
    ranges = np.array(
        [
            max(
                highs[index] - lows[index],
                abs(highs[index] - closes[index - 1]),
                abs(lows[index] - closes[index - 1]),
            )
            for index in range(1, len(closes))
        ]
    )
    out = nothing_yet(len(closes))
    out[1:] = wilder(ranges, period)
    return out
