"""A market played from a folder of candle files."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from bot.simulator.feeds.bars import Bars, FloatArray
from bot.simulator.feeds.contract import FeedError
from bot.simulator.instruments import MAX_DECIMALS, Instrument, make_instrument, with_finer_tick
from bot.simulator.intervals import DAY_MS, HOUR_MS, MINUTE_MS, interval_name

FILE_NAME = re.compile(r"([A-Z0-9]+)_(\d+)([mhd])\.(parquet|csv)")
UNIT_MS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
PRICE_COLUMNS = ("open", "high", "low", "close")
COLUMNS = ("timestamp", *PRICE_COLUMNS, "volume")


class CandleFeed:
    """Candles of files named `<SYMBOL>_<interval>.parquet` or `.csv`, such as `BTCUSDT_1m.parquet`.

    Columns: timestamp (open time, ms UTC), open, high, low, close, volume (base coin). A minute without a
    candle is a minute in which that symbol does not move.

    Args:
        folder: where the files are.
        symbols: which to play and in what order; None = all of the folder, by name.
        start_ms: open time of the first bar played, earlier ones are history; None = 500 bars after the
            first one, so that there is some history.
        end_ms: no bar is played that closes later; None = all.

    Raises:
        FeedError: the folder, a file or a column is missing, or its values cannot be prices of a market.
    """

    def __init__(
        self,
        folder: Path,
        symbols: Sequence[str] | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> None:
        paths, self.interval_ms = _choose_files(folder, symbols)
        self._bars = {symbol: _load(path, end_ms, self.interval_ms) for symbol, path in paths.items()}
        self.symbols = tuple(paths)
        self.start_ms = self._first_ms() if start_ms is None else start_ms
        for symbol, bars in self._bars.items():
            if not bars.start or bars.start[-1] < self.start_ms:
                raise FeedError(f"{paths[symbol]}: no candle in the chosen range of time")
        self.end_ms = max(bars.start[-1] for bars in self._bars.values()) + self.interval_ms
        self._instruments = {
            symbol: _instrument(symbol, index, self._bars[symbol]) for index, symbol in enumerate(self.symbols, start=1)
        }

    def instrument(self, symbol: str) -> Instrument:
        return self._instruments[symbol]

    def bars(self, symbol: str) -> Bars:
        return self._bars[symbol]

    def extend(self) -> bool:
        return False

    def _first_ms(self) -> int:
        """Leave the first 500 bars (or a tenth of a short file) as history."""
        starts = (bars.start[min(500, len(bars) // 10)] for bars in self._bars.values() if bars.start)
        return min(starts, default=0)


def _choose_files(folder: Path, symbols: Sequence[str] | None) -> tuple[dict[str, Path], int]:
    """The file of each symbol and the bar length that all of them share."""
    if not folder.is_dir():
        raise FeedError(f"{folder}: there is no such folder of candle files")
    found: dict[int, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        name = FILE_NAME.fullmatch(path.name)
        if name:
            interval_ms = int(name[2]) * UNIT_MS[name[3]]
            found.setdefault(interval_ms, {}).setdefault(name[1], path)
    if not found:
        raise FeedError(f"{folder}: no file named like BTCUSDT_1m.parquet or BTCUSDT_1m.csv")
    for interval_ms in sorted(found):
        files = found[interval_ms]
        wanted = tuple(symbols) if symbols else tuple(files)
        if interval_name(interval_ms) is not None and all(symbol in files for symbol in wanted):
            return {symbol: files[symbol] for symbol in wanted}, interval_ms
    known = {symbol for files in found.values() for symbol in files}
    missing = next((symbol for symbol in symbols or () if symbol not in known), None)
    if missing:
        raise FeedError(f"{folder}: no candle file for {missing} (there are {', '.join(sorted(known))})")
    raise FeedError(f"{folder}: no interval that Bybit knows and for which every symbol has a file")


def _load(path: Path, end_ms: int | None, interval_ms: int) -> Bars:
    table = _read(path)
    for column in COLUMNS:
        if column not in table.column_names:
            raise FeedError(f"{path}: column {column!r} is missing (there are {', '.join(table.column_names)})")
    start = _column(table, "timestamp", path).astype(np.int64)
    columns = {name: _column(table, name, path) for name in COLUMNS[1:]}
    order = np.argsort(start, kind="stable")
    start = start[order]
    _check(path, start, {name: column[order] for name, column in columns.items()}, interval_ms)
    keep = start + interval_ms <= end_ms if end_ms is not None else np.ones(len(start), dtype=bool)
    ohlcv = [columns[name][order][keep] for name in COLUMNS[1:]]
    bars = Bars()
    bars.append(start[keep], *ohlcv)
    return bars


def _read(path: Path) -> Any:  # noqa: ANN401 (pyarrow has no type hints)
    try:
        return pa_parquet.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise FeedError(f"{path}: cannot be read as {path.suffix[1:]}: {reason}") from error


def _column(table: Any, name: str, path: Path) -> FloatArray:  # noqa: ANN401 (pyarrow has no type hints)
    column = table.column(name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise FeedError(f"{path}: column {name!r} holds {column.type}, not numbers")
    if column.null_count:
        raise FeedError(f"{path}: column {name!r} has {column.null_count} empty cells")
    numbers: FloatArray = np.asarray(column.to_numpy(), dtype=np.float64)
    return numbers


def _check(path: Path, start: npt.NDArray[np.int64], columns: dict[str, FloatArray], interval_ms: int) -> None:
    """Raise FeedError for the first thing that no market could have printed."""

    def refuse(bad: npt.NDArray[np.bool_], what: str) -> None:
        if bad.any():
            raise FeedError(f"{path}: candle {int(start[int(bad.argmax())])} {what}")

    refuse(start % interval_ms != 0, f"does not open on a multiple of {interval_ms} ms")
    refuse(np.diff(start, prepend=-1) <= 0, "is there twice")
    for name in PRICE_COLUMNS:
        column = columns[name]
        refuse(~(np.isfinite(column) & (column > 0)), f"has a {name} that is no positive number")
    volume = columns["volume"]
    refuse(~(np.isfinite(volume) & (volume >= 0)), "has a volume that is negative or no number")
    body_low = np.minimum(columns["open"], columns["close"])
    body_high = np.maximum(columns["open"], columns["close"])
    outside = (columns["low"] > body_low) | (columns["high"] < body_high)
    refuse(outside, "opens or closes outside its own low and high")


def _instrument(symbol: str, symbol_id: int, bars: Bars) -> Instrument:
    """The known rules, with a finer tick if the recorded prices need one."""
    instrument = make_instrument(symbol, symbol_id, bars.close[-1])
    prices = np.array([bars.open, bars.high, bars.low, bars.close])
    while instrument.price_scale < MAX_DECIMALS:
        ticks = prices / float(instrument.tick_size)
        if np.all(np.abs(ticks - np.round(ticks)) < 1e-3):  # noqa: PLR2004 (float noise, in ticks)
            break
        instrument = with_finer_tick(instrument)
    return instrument
