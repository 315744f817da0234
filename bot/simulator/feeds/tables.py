"""Reading parquet and csv files."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from bot.simulator.feeds.arrays import FloatArray
from bot.simulator.feeds.contract import FeedError
from bot.simulator.intervals import DAY_MS, HOUR_MS, MINUTE_MS

UNIT_MS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
type Table = Any
"""A pyarrow table; pyarrow has no type hints."""


def read_table(path: Path) -> Table:
    """A whole file; FeedError if it cannot be read."""
    try:
        return pa_parquet.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise FeedError(f"{path}: cannot be read as {path.suffix[1:]}: {reason}") from error


def refuse_columns(path: Path, table: Table, columns: tuple[str, ...]) -> None:
    """Raise FeedError for the first column that is missing."""
    for column in columns:
        if column not in table.column_names:
            raise FeedError(f"{path}: column {column!r} is missing (there are {', '.join(table.column_names)})")


def number_column(table: Table, name: str, path: Path) -> FloatArray:
    """A column of numbers; FeedError if it is something else or has empty cells."""
    column = table.column(name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise FeedError(f"{path}: column {name!r} holds {column.type}, not numbers")
    if column.null_count:
        raise FeedError(f"{path}: column {name!r} has {column.null_count} empty cells")
    numbers: FloatArray = np.asarray(column.to_numpy(), dtype=np.float64)
    return numbers
