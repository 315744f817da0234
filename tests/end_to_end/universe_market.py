"""A market written down as candles in which the turnover of symbols changes, so that the universe does."""

from pathlib import Path

from bot.simulator.feeds.synthetic import SyntheticFeed

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
START_MS = 1_767_571_200_000  # 2026-01-05T00:00:00Z
MINUTES = 180
HISTORY_MINUTES = 600
BOOST = {"BTCUSDT": 5.0, "ETHUSDT": 3.0, "SOLUSDT": 2.0, "XRPUSDT": 1.0}
"""How much of the turnover each symbol has at first, in millions a minute."""
LATER = {"SOLUSDT": (40, 3_000.0), "XRPUSDT": (100, 90_000.0)}
"""From this minute on so much: in the turnover of 24 hours it overtakes the others within minutes."""


def write_market(folder: Path, minutes: int = MINUTES) -> Path:
    """Bitcoin and Ether are first, then Solana overtakes both, then XRP overtakes all."""
    feed = SyntheticFeed(SYMBOLS, seed=11, start_ms=START_MS, end_ms=START_MS + minutes * 60_000)
    for symbol in SYMBOLS:
        bars = feed.bars(symbol)
        lines = []
        for start_ms, *prices in zip(bars.start, bars.open, bars.high, bars.low, bars.close, strict=True):
            minute = (start_ms - START_MS) // 60_000
            if minute < -HISTORY_MINUTES:
                continue
            since, more = LATER.get(symbol, (minutes, 0.0))
            millions = more if minute >= since else BOOST[symbol]
            volume = round(millions * 1e6 / prices[-1], 3)
            lines.append(",".join(map(repr, (start_ms, *prices, volume))))
        text = "\n".join(["timestamp,open,high,low,close,volume", *lines]) + "\n"
        (folder / f"{symbol}_1m.csv").write_text(text, encoding="utf-8")
    return folder
