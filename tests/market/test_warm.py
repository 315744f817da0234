"""What is compiled at installation is found by the bot's own start."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COUNT = """
from bot.market import book_kernel
from bot.market.order_book import OrderBook
OrderBook("orderbook.200.ETHUSDT", "0.01")
found = book_kernel.take.stats
print(sum(found.cache_hits.values()), sum(found.cache_misses.values()))
"""


def run(folder: Path, *arguments: str) -> str:
    environ = os.environ | {"NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *arguments], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_warmed_book_has_nothing_left_to_compile(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "bot.market.warm") == "the order book is compiled\n"
    assert run(tmp_path, "-c", COUNT) == "1 0\n"
