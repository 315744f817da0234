"""A market played from a folder of candle files."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.simulator.feeds.arrays import FloatArray
from bot.simulator.feeds.bars import Bars
from bot.simulator.feeds.contract import FeedError
from bot.simulator.feeds.recorded_files import RecordedFiles
from bot.simulator.feeds.tables import UNIT_MS, number_column, read_table, refuse_columns
from bot.simulator.instruments import (
    MAX_DECIMALS,
    Instrument,
    category_of,
    make_instrument,
    symbol_of,
    with_finer_tick,
)
from bot.simulator.intervals import interval_name

FILE_NAME = re.compile(r"([A-Z0-9]+)_(\d+)([mhd])\.(parquet|csv)")
PRICE_COLUMNS = ("open", "high", "low", "close")
COLUMNS = ("timestamp", *PRICE_COLUMNS, "volume")


class CandleFeed:
    """Candles of files named `<SYMBOL>_<interval>.parquet` or `.csv`, such as `BTCUSDT_1m.parquet`.

    Columns: timestamp (open time, ms UTC), open, high, low, close, volume (base coin). A minute without a
    candle is a minute in which that symbol does not move. A spot pair or an inverse contract that has no file of
    its own plays the file of the linear contract of its base coin. Mark prices and funding rates are used where
    the folder has them (see `recorded_files`).

    Args:
        folder: where the files are.
        symbols: market ids, in the order in which to play them; None = all of the folder, by name.
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
        self._bars = {symbol: _load(symbol, path, end_ms, self.interval_ms) for symbol, path in paths.items()}
        recorded = RecordedFiles(folder)
        for symbol, bars in self._bars.items():
            bars.recorded = recorded.of(symbol)
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
        chosen = {symbol: _file_of(symbol, files) for symbol in symbols or files}
        if interval_name(interval_ms) is not None and all(chosen.values()):
            return {symbol: path for symbol, path in chosen.items() if path is not None}, interval_ms
    known = {symbol: path for files in found.values() for symbol, path in files.items()}
    missing = next((symbol for symbol in symbols or () if _file_of(symbol, known) is None), None)
    if missing:
        raise FeedError(f"{folder}: no candle file for {missing} (there are {', '.join(sorted(known))})")
    raise FeedError(f"{folder}: no interval that Bybit knows and for which every symbol has a file")


def _file_of(market: str, files: dict[str, Path]) -> Path | None:
    """The file that a market id plays."""
    symbol = symbol_of(market)
    linear = f"{symbol}T" if category_of(market) == "inverse" else symbol
    return files.get(symbol) or files.get(linear)


def _load(market: str, path: Path, end_ms: int | None, interval_ms: int) -> Bars:
    table = read_table(path)
    refuse_columns(path, table, COLUMNS)
    start = number_column(table, "timestamp", path).astype(np.int64)
    columns = {name: number_column(table, name, path) for name in COLUMNS[1:]}
    order = np.argsort(start, kind="stable")
    start = start[order]
    _check(path, start, {name: column[order] for name, column in columns.items()}, interval_ms)
    keep = start + interval_ms <= end_ms if end_ms is not None else np.ones(len(start), dtype=bool)
    open_, high, low, close, volume = (columns[name][order][keep] for name in COLUMNS[1:])
    inverse = category_of(market) == "inverse"
    if inverse and not path.name.startswith(f"{market}_"):
        volume = np.round(volume * close)
    bars = Bars(basis_key=zlib.crc32(market.encode()))
    bars.append(start[keep], open_, high, low, close, volume, inverse=inverse)
    return bars


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
