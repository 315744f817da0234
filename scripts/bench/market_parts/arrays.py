"""Whole arrays: bars per second on one core, and what compiling and loading cost."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.indicators import STEP_INDICATORS, IndicatorSet, whole_array
from market_parts.samples import bar_rows, candles, standard_set
from market_parts.table import Row, seconds_of

BARS = 525_600
ROOT = Path(__file__).parents[3]

_START = """
import sys, time
begun = time.perf_counter()
import bot.indicators as i
imported = time.perf_counter()
i.IndicatorSet([make() for make in i.STEP_INDICATORS])
print(imported - begun, time.perf_counter() - imported, "numba" in sys.modules)
"""


def measure() -> list[Row]:
    """The figures of this section."""
    rows, standard = bar_rows(BARS), standard_set()
    everything = [make() for make in STEP_INDICATORS]
    usual = len(rows) / seconds_of(lambda: whole_array(standard, rows)) / 1e6
    whole = len(rows) / seconds_of(lambda: whole_array(everything, rows)) / 1e6
    group, bars = IndicatorSet(standard_set()), candles(20_000)

    def bar_by_bar() -> None:
        for each in bars:
            group.update(each)

    stream = len(bars) / seconds_of(bar_by_bar) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        cold = _start(folder)
        warm = sorted(_start(folder) for _ in range(5))[2]
    return [
        Row(f"whole array, {len(standard)} usual ones", usual, "million bars/s", ">= 3"),
        Row(f"whole array, all {len(everything)}", whole, "million bars/s"),
        Row("bar by bar, the usual ones", stream, "million bars/s"),
        Row(f"compiling all {len(everything)} for the first time, numba's import included", cold[1], "s", "< 7"),
        Row(f"loading all {len(everything)} from the cache (numba is not imported)", warm[1], "s", "< 0.3"),
        Row("importing bot.indicators", warm[0], "s"),
    ]


def _start(folder: str) -> tuple[float, float]:
    environ = os.environ | {"PYRMETHUS_CACHE": folder, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", _START], env=environ, capture_output=True, text=True, check=True)
    imported, made, _ = done.stdout.split()
    return float(imported), float(made)
