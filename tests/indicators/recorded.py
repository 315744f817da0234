"""Recorded candles, where they are at hand."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bot.domain.values import Candle, TimeMs
from bot.indicators.bars import Series, bars_of

DATA = Path(__file__).parents[3] / "shared/data"
FIVE_MINUTES = DATA / "bybit_linear_5m_20250924_20260430"
BAD = DATA / "bad_data_samples"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "ADAUSDT", "AVAXUSDT", "AAVEUSDT", "APEUSDT")
BAD_FILES = (
    "ADAUSDT_1m_bybit_linear_gappy",
    "BTCUSDT_1m_binance_spot_outages_202104",
    "BTCUSDT_1m_bybit_TESTNET_tail",
    "USDCUSDT_1m_binance_usdm_zero_volume",
)
BARS = 6_000


def frame_of(symbol: str) -> pd.DataFrame:
    """Five-minute bars of a symbol, the flash crash of 2025-10-10 among them; skips the test where there are none."""
    return _read(FIVE_MINUTES / f"{symbol}_5m.parquet")


def bad_frame_of(name: str) -> pd.DataFrame:
    """Candles with gaps, absurd prices or no trades; skips the test where there are none."""
    return _read(BAD / f"{name}.parquet")


@cache
def _read(file: Path) -> pd.DataFrame:
    if not file.exists():
        pytest.skip(f"no recorded candles at {file.name}: they are no part of the repository")
    return pd.read_parquet(file).iloc[:BARS].reset_index(drop=True)


def rows_of(frame: pd.DataFrame) -> Series:
    return bars_of(frame)


def candles_of(rows: Series) -> list[Candle]:
    return [Candle(TimeMs(int(row[5])), *row[:5]) for row in rows.tolist()]


def same(one: Series, other: Series) -> bool:
    """Equal bit for bit; NaN equals NaN."""
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=True))
