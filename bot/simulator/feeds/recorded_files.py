"""Files of mark prices and funding rates in a folder of candles.

`mark_<interval>_all.parquet` (or .csv): timestamp (open time, ms UTC), open, high, low, close, symbol.
`funding_<interval>_all.parquet`: timestamp (when it was charged, ms UTC), symbol, funding_rate (a fraction).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from bot.simulator.feeds.arrays import FloatArray
from bot.simulator.feeds.contract import FeedError
from bot.simulator.feeds.recorded import Recorded, RecordedMarks
from bot.simulator.feeds.tables import UNIT_MS, Table, number_column, read_table, refuse_columns

MARK_FILE = re.compile(r"mark_(\d+)([mhd])_all\.(parquet|csv)")
FUNDING_FILE = re.compile(r"funding_\d+[mhd]_all\.(parquet|csv)")
MARK_COLUMNS = ("timestamp", "open", "high", "low", "close", "symbol")
FUNDING_COLUMNS = ("timestamp", "symbol", "funding_rate")
LARGEST_RATE = 1.0


class RecordedFiles:
    """What a folder has besides candles; a symbol that is in no file has nothing recorded.

    Raises:
        FeedError: a file is there and cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._marks = [(path, _interval_ms(name), _read(path, MARK_COLUMNS)) for path, name in _find(folder, MARK_FILE)]
        self._funding = [(path, _read(path, FUNDING_COLUMNS)) for path, _ in _find(folder, FUNDING_FILE)]

    def of(self, symbol: str) -> Recorded:
        """What is recorded of one contract."""
        found = (_marks(path, interval_ms, _rows(table, symbol)) for path, interval_ms, table in self._marks)
        marks = next((each for each in found if len(each.start)), None)
        funding: dict[int, float] = {}
        for path, table in self._funding:
            funding |= _funding(path, _rows(table, symbol))
        return Recorded(marks, funding)


def _find(folder: Path, pattern: re.Pattern[str]) -> Iterator[tuple[Path, re.Match[str]]]:
    for path in sorted(folder.iterdir()):
        name = pattern.fullmatch(path.name)
        if name:
            yield path, name


def _interval_ms(name: re.Match[str]) -> int:
    return int(name[1]) * UNIT_MS[name[2]]


def _read(path: Path, columns: tuple[str, ...]) -> Table:
    table = read_table(path)
    refuse_columns(path, table, columns)
    return table


def _rows(table: Table, symbol: str) -> Table:
    return table.filter(pc.equal(table.column("symbol"), symbol))


def _marks(path: Path, interval_ms: int, table: Table) -> RecordedMarks:
    start = number_column(table, "timestamp", path).astype(np.int64)
    columns = [number_column(table, name, path) for name in ("open", "high", "low", "close")]
    order = np.argsort(start, kind="stable")
    start = start[order]
    open_, high, low, close = (column[order] for column in columns)
    if np.any(start % interval_ms) or np.any(np.diff(start) <= 0):
        raise FeedError(f"{path}: mark prices do not open once on every multiple of {interval_ms} ms")
    if not _is_market(open_, high, low, close):
        raise FeedError(f"{path}: a mark price is no positive number, or lies outside its own low and high")
    return RecordedMarks(interval_ms, start, open_, high, low, close)


def _is_market(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> bool:
    inside = (low <= np.minimum(open_, close)) & (high >= np.maximum(open_, close)) & np.isfinite(high)
    return bool(np.all(inside & (low > 0)))


def _funding(path: Path, table: Table) -> dict[int, float]:
    times = number_column(table, "timestamp", path).astype(np.int64)
    rates = number_column(table, "funding_rate", path)
    if not np.all(np.abs(rates) <= LARGEST_RATE):
        raise FeedError(f"{path}: a funding rate is no fraction")
    return dict(zip(times.tolist(), rates.tolist(), strict=True))
