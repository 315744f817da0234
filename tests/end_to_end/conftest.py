"""A recorded market, without records: an invented one written down."""

from pathlib import Path

import pytest

from bot.simulator.feeds.synthetic import SyntheticFeed

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
START_MS = 1_767_571_200_000  # 2026-01-05T00:00:00Z
MINUTES = 180


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hours of an invented market and the hours before, written down as candles."""
    folder = tmp_path_factory.mktemp("candles")
    feed = SyntheticFeed(SYMBOLS, seed=11, start_ms=START_MS, end_ms=START_MS + MINUTES * 60_000)
    for symbol in SYMBOLS:
        bars = feed.bars(symbol)
        rows = zip(bars.start, bars.open, bars.high, bars.low, bars.close, bars.volume, strict=True)
        lines = [",".join(map(repr, row)) for row in rows if row[0] >= START_MS - 600 * 60_000]
        text = "\n".join(["timestamp,open,high,low,close,volume", *lines]) + "\n"
        (folder / f"{symbol}_1m.csv").write_text(text, encoding="utf-8")
    return folder
