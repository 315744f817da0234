"""Ichimoku Kinko Hyo."""

from typing import ClassVar

from bot.indicators.base import StepIndicator, whole
from bot.indicators.rolling import extreme_size, highest, lag_size, lagged, lowest
from bot.indicators.step import CLOSE, HIGH, LOW, Numbers, Step, step


def middle_of(state: Numbers, at: int, period: int, bar: Numbers) -> float:
    """Half-way between the highest high and the lowest low of ``period`` bars."""
    return (highest(state, at, period, bar[HIGH]) + lowest(state, at + period + 4, period, bar[LOW])) / 2.0


@step
def ichimoku_step(bar: Numbers, params: Numbers, state: Numbers, out: Numbers) -> None:
    """Params: conversion, base and span period, displacement."""
    short, base, long, shift = int(params[0]), int(params[1]), int(params[2]), int(params[3])
    at = 0
    out[0] = middle_of(state, at, short, bar)
    at += 2 * (short + 4)
    out[1] = middle_of(state, at, base, bar)
    at += 2 * (base + 4)
    out[5] = middle_of(state, at, long, bar)
    at += 2 * (long + 4)
    out[4] = (out[0] + out[1]) / 2.0
    out[2] = lagged(state, at, shift, out[4])
    out[3] = lagged(state, at + shift + 2, shift, out[5])
    out[6] = bar[CLOSE] - lagged(state, at + 2 * (shift + 2), shift, bar[CLOSE])


class Ichimoku(StepIndicator):
    """Hosoda's Ichimoku: conversion and base line, the cloud over this bar, and the one that is drawn ahead.

    ``conversion``, ``base``: middles of the range of 9 and 26 bars. ``span_a``, ``span_b``: the cloud to compare this
    bar with, which was computed ``displacement`` bars ago; nothing looks ahead. ``span_a_ahead``, ``span_b_ahead``:
    what is computed now, to be drawn ``displacement`` bars later. ``lagging``: the close minus that of
    ``displacement`` bars ago, which is what the lagging line (drawn that many bars back) is read for. pandas-ta
    displaces by one bar less. Source: N. Elliott, Ichimoku Charts (2007).
    """

    step: ClassVar[Step] = ichimoku_step
    conversion: float
    base: float
    span_a: float
    span_b: float
    span_a_ahead: float
    span_b_ahead: float
    lagging: float

    def __init__(
        self, conversion_period: int = 9, base_period: int = 26, span_period: int = 52, displacement: int = 26
    ) -> None:
        periods = (conversion_period, base_period, span_period, displacement)
        for name, value in zip(
            ("conversion_period", "base_period", "span_period", "displacement"), periods, strict=True
        ):
            whole("Ichimoku", name, value)
        size = sum(2 * extreme_size(each) for each in periods[:3]) + 3 * lag_size(displacement)
        self._declare(*periods, state_size=size, warmup_bars=max(periods[:3]) + displacement)
