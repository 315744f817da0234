"""What the look-ahead check finds in strategies written as functions of a DataFrame."""

from pathlib import Path

import pytest

from bot.backtest.lookahead import frame_differences, market_start_ms
from bot.domain.values import Symbol
from tests.backtest.test_replay import configured

HOUR_MS = 3_600_000
FRAME = """
from bot.strategies.data_frame import DataFrameStrategy

class Frame(DataFrameStrategy):
    window_bars = 60
    def generate_signals(self, df):
        mean = df["close"].rolling(20).mean()
        BODY
        return df
"""
HONEST = 'df["signal"] = (df["close"] > mean).map({True: "buy", False: "sell"}); df["stop"] = mean * 0.98'
STOP_PEEKS = 'df["signal"] = "buy"; df["stop"] = df["low"].shift(-3).fillna(df["low"]) * 0.99'
RARELY_PEEKS = (
    'rises = (df["close"].shift(-1) > df["close"]) & (df.index.minute == 7);'
    ' df["signal"] = rises.map({True: "buy", False: "hold"})'
)


@pytest.mark.parametrize(("body", "finds"), [(HONEST, False), (STOP_PEEKS, True), (RARELY_PEEKS, True)])
def test_what_a_frame_knows_too_early(tmp_path: Path, body: str, finds: bool) -> None:
    file = tmp_path / "frame.py"
    file.write_text(FRAME.replace("BODY", body))
    config = configured(f"strategy.file={file}", 'symbols=["BTCUSDT"]')
    end_ms = market_start_ms(config) + 12 * HOUR_MS
    assert bool(list(frame_differences(config, Symbol("BTCUSDT"), end_ms))) is finds
