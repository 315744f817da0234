"""On recorded candles the indicators agree with pandas-ta, bar for bar once its own start has worn off."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bot.domain.values import Candle, TimeMs
from bot.indicators.averages import Ema
from bot.indicators.momentum import Rsi
from bot.indicators.volatility import Atr
from tests.indicators.samples import AnyIndicator, fed

DATA = Path(__file__).parents[3] / "shared/data"
FILES = (
    DATA / "bybit_linear_1m_20250530_20250629/BTCUSDT_1m.parquet",
    DATA / "bybit_linear_5m_20250924_20260430/ADAUSDT_5m.parquet",
    DATA / "bad_data_samples/USDCUSDT_1m_binance_usdm_zero_volume.parquet",
)
BARS = 6_000
WORN_OFF_AFTER = 600
"""pandas-ta starts Wilder's averages elsewhere; the difference shrinks by 1/14 with every bar."""


@pytest.fixture(scope="module")
def ta() -> Any:
    with warnings.catch_warnings():  # it reads a date in a way that pandas has deprecated, just by being imported
        warnings.simplefilter("ignore")
        import pandas_ta
    return pandas_ta


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def frame(request: pytest.FixtureRequest) -> pd.DataFrame:
    if not request.param.exists():
        pytest.skip(f"no recorded candles at {request.param.name}: they are no part of the repository")
    return pd.read_parquet(request.param).iloc[:BARS]


def bars_of(frame: pd.DataFrame) -> list[Candle]:
    columns = (frame[name].tolist() for name in ("timestamp", "open", "high", "low", "close", "volume"))
    return [Candle(TimeMs(start), *prices) for start, *prices in zip(*columns, strict=True)]


@pytest.mark.parametrize(
    ("indicator", "theirs"),
    [
        (Ema(12), lambda ta, frame: ta.ema(frame.close, length=12, talib=False)),
        (Ema(200), lambda ta, frame: ta.ema(frame.close, length=200, talib=False)),
        (Rsi(14), lambda ta, frame: ta.rsi(frame.close, length=14, talib=False)),
        (Atr(14), lambda ta, frame: ta.atr(frame.high, frame.low, frame.close, length=14, talib=False)),
    ],
    ids=["ema 12", "ema 200", "rsi 14", "atr 14"],
)
def test_as_pandas_ta_has_it(
    indicator: AnyIndicator, theirs: Callable[[Any, pd.DataFrame], Any], ta: Any, frame: pd.DataFrame
) -> None:
    afresh = type(indicator)(indicator.period)
    ours = fed(afresh, bars_of(frame))[WORN_OFF_AFTER:]
    expected = theirs(ta, frame).to_numpy()[WORN_OFF_AFTER:]
    assert np.isfinite(ours).all()
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)
