"""`report` as a person meets it: a process, its output, its exit code."""

import json
from pathlib import Path

import pytest

from bot.core.rows import Value
from bot.storage.store import SqliteStore
from tests.commands.test_app import ROOT, bot_says


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory of a backtest of one symbol."""
    folder = tmp_path_factory.mktemp("state")
    said = bot_says("--state-dir", str(folder), "backtest", "--set", 'symbols=["BTCUSDT"]')
    assert said.returncode == 0, said.stderr
    return folder


def test_a_backtest_is_reported_on_in_every_form(state: Path, tmp_path: Path) -> None:
    page, tables = tmp_path / "page.html", tmp_path / "csv"
    said = bot_says("--state-dir", str(state), "report", "--backtest", "--csv", str(tables), "--html", str(page))
    assert (said.returncode, said.stderr) == (0, "")
    for name in ("net PnL", "fees", "funding", "slippage", "worst day", "worst symbol", "max drawdown"):
        assert f"\n  {name} " in said.stdout
    assert f"written: {page}" in said.stdout
    assert {file.name for file in tables.iterdir()} == {"trades.csv", "equity.csv", "days.csv", "symbols.csv"}
    assert '"type":"candlestick"' in page.read_text("utf-8")


def test_candles_of_another_market_are_not_drawn(state: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    other = ("--set", "simulator.feed.seed=8")
    said = bot_says("--state-dir", str(state), "report", "--backtest", "--html", str(page), *other)
    assert said.returncode == 0
    assert said.stderr == "drawn without candles: BTCUSDT: the configured feed is not the market of this backtest\n"
    assert '"type":"candlestick"' not in page.read_text("utf-8")
    missing = ("--folder", str(tmp_path))
    said = bot_says("--state-dir", str(state), "report", "--backtest", "--html", str(page), *missing)
    assert said.returncode == 0
    assert said.stderr.startswith("trades are drawn without candles: ")
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--run", "nobody"), "there is no run nobody in this database"),
        (("--csv", "{state}/backtest.sqlite"), "cannot be written"),
        (("--html", "{state}"), "cannot be written"),
    ],
)
def test_what_is_wrong_is_one_message(state: Path, arguments: tuple[str, ...], message: str) -> None:
    given = [each.format(state=state) for each in arguments]
    said = bot_says("--state-dir", str(state), "report", "--backtest", *given)
    assert said.returncode == 2
    assert message in said.stderr
    assert said.stderr.count("\n") == 1


def test_without_a_database_there_is_nothing_to_report(tmp_path: Path) -> None:
    said = bot_says("--config", str(ROOT / "config.json"), "report", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (2, "")
    assert "there is no database" in said.stderr
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "pyrmethus.sqlite").write_text(json.dumps({"not": "a database"}) * 100)
    said = bot_says("--config", str(ROOT / "config.json"), "report", cwd=tmp_path)
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "can not be read" in said.stderr


def test_a_run_that_did_nothing_is_reported(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "pyrmethus.sqlite", "book", "run")
    row: dict[str, Value] = {
        "run_id": "run",
        "venue": "demo",
        "version": "1",
        "symbols": "BTCUSDT",
        "started_ms": 0,
        "ended_ms": 1000,
    }
    store.put("runs", row)
    store.close()
    page = tmp_path / "page.html"
    said = bot_says("--state-dir", str(tmp_path), "report", "--html", str(page))
    assert (said.returncode, said.stderr) == (0, "")
    assert "win rate              -" in said.stdout
    assert "Equity" in page.read_text("utf-8")
