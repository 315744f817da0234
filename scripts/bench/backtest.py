"""How many bars a second the backtest plays, over a day and over a month of recorded candles.

    .venv/bin/python scripts/bench/backtest.py FOLDER             2025-06-05, then a month from 2025-05-31
    .venv/bin/python scripts/bench/backtest.py FOLDER --profile   and where the time of the day goes

FOLDER holds SYMBOL_1m.parquet files of seven symbols. Loading the candles is not counted; writing the database is.
"""

import argparse
import cProfile
import pstats
import resource
import tempfile
from pathlib import Path

from bot.backtest.run import BacktestResult, backtest
from bot.config.load import load_config

ROOT = Path(__file__).resolve().parent.parent.parent
SYMBOLS = '["BTCUSDT","ETHUSDT","SOLUSDT","BNBUSDT","ADAUSDT","DOGEUSDT","DOTUSDT"]'
SPANS = {"day": ("2025-06-05", "2025-06-06"), "month": ("2025-05-31", "2025-06-29")}


def play(folder: str, span: str, changes: list[str]) -> BacktestResult:
    """One backtest with the default strategy."""
    start, end = SPANS[span]
    feed = ["kind=candles", f"folder={folder}", f"start={start}T00:00:00Z", f"end={end}T00:00:00Z"]
    overrides = [f"symbols={SYMBOLS}", *(f"simulator.feed.{each}" for each in feed), *changes]
    config = load_config(ROOT / "config.json", overrides, {}, None)
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        return backtest(config, Path(place) / "ledger.sqlite", span, lambda _now_ms, _bars: None)


def main() -> None:
    """Measure and print one line per span."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("folder", help="folder of candle files")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override the configuration")
    parser.add_argument("--profile", action="store_true", help="show where the time of the day goes")
    wanted = parser.parse_args()
    print(f"{'span':<7}{'bars':>9}{'fills':>8}{'trades':>8}{'seconds':>9}{'bars/s':>10}")
    for span in SPANS:
        result = play(wanted.folder, span, wanted.set)
        fills, rate = len(result.books["executions"]), result.bars / result.seconds
        print(f"{span:<7}{result.bars:>9,}{fills:>8,}{result.summary.trades:>8,}{result.seconds:>9.2f}{rate:>10,.0f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    if wanted.profile:
        profile = cProfile.Profile()
        profile.runcall(play, wanted.folder, "day", wanted.set)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
