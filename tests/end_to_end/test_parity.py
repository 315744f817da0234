"""The same market over the wire and on one thread gives the same orders; and a difference would be seen."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.performance.reconcile import compare_books
from bot.storage.parity import first_difference
from bot.storage.reading import LedgerReader
from tests.end_to_end.conftest import SYMBOLS
from tests.end_to_end.process import bot_says

RECORDED = Path(__file__).parents[3] / "shared/data/bybit_linear_1m_20250530_20250629"
SETTINGS = ("--set", 'strategy.params={"fast_period":3,"slow_period":8}')


@pytest.fixture(scope="module")
def played(invented: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both runs' databases, after `parity` found them the same."""
    keep = tmp_path_factory.mktemp("runs")
    names = ",".join(f'"{symbol}"' for symbol in SYMBOLS)
    said = bot_says(
        "parity", *SETTINGS, "--set", f"symbols=[{names}]", "--folder", str(invented),
        "--start", "2026-01-05T00:00:00Z", "--end", "2026-01-05T03:00:00Z", "--keep", str(keep),
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    assert said.stdout.endswith("the same, field by field\n")
    return keep


def difference(place: Path) -> str | None:
    wire, replayed = LedgerReader(place / "wire/pyrmethus.sqlite"), LedgerReader(place / "backtest.sqlite")
    with closing(wire), closing(replayed):
        return first_difference(wire, replayed)


def count(database: Path, table: str) -> int:
    with closing(LedgerReader(database)) as reader:
        return sum(1 for _ in reader.rows(table))


def test_both_ways_traded_and_traded_the_same(played: Path) -> None:
    assert count(played / "backtest.sqlite", "executions") >= 10
    assert count(played / "wire/pyrmethus.sqlite", "executions") == count(played / "backtest.sqlite", "executions")
    assert difference(played) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE executions SET price = '1' WHERE rowid = 3", "price is '1' in the first run"),
        ("UPDATE orders SET qty = '7' WHERE rowid = 2", "qty is '7' in the first run"),
        ("UPDATE executions SET time_ms = time_ms + 1 WHERE rowid = 3", "time_ms is"),
        ("DELETE FROM executions WHERE rowid = 4", "is in the second run only"),
        ("UPDATE signals SET stop_price = 1.5 WHERE rowid = 2", "stop_price is 1.5 in the first run"),
        ("UPDATE entry_answers SET reason = 'no' WHERE rowid = 2", "reason is 'no' in the first run"),
    ],
)
def test_a_difference_is_found_and_named(change: str, told: str, played: Path) -> None:
    with closing(sqlite3.connect(played / "wire/pyrmethus.sqlite")) as database:
        before = list(database.iterdump())
        database.execute(change)
        database.commit()
    found = difference(played)
    restore(played / "wire/pyrmethus.sqlite", "\n".join(before))
    assert found is not None
    assert told in found
    assert difference(played) is None


def restore(file: Path, script: str) -> None:
    for leftover in (file, *file.parent.glob(f"{file.name}-*")):
        leftover.unlink()
    with closing(sqlite3.connect(file)) as database:
        database.executescript(script)


def test_inverse_contracts_too(invented: Path, tmp_path: Path) -> None:
    said = bot_says(
        "parity", *SETTINGS, "--set", 'symbols=["BTCUSD"]', "--set", "venue.category=inverse",
        "--folder", str(invented), "--start", "2026-01-05T00:00:00Z", "--end", "2026-01-05T03:00:00Z",
        "--keep", str(tmp_path),
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    assert count(tmp_path / "backtest.sqlite", "executions") >= 10
    with closing(LedgerReader(tmp_path / "wire/pyrmethus.sqlite")) as reader:
        books = json.loads((tmp_path / "wire/exchange-books.json").read_text())
        assert [each for each in compare_books(reader.books(), books) if not each.equal] == []
        assert {row["fee_currency"] for row in reader.rows("executions")} == {"BTC"}


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded candles are not on this machine")
def test_recorded_hours_too(tmp_path: Path) -> None:
    said = bot_says(
        "parity", "--set", 'symbols=["BTCUSDT","ETHUSDT","ADAUSDT"]', "--folder", str(RECORDED),
        "--start", "2025-06-05T12:00:00Z", "--end", "2025-06-05T18:00:00Z", "--keep", str(tmp_path),
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    assert count(tmp_path / "backtest.sqlite", "executions") > 0
