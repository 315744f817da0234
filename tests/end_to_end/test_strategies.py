"""Strategies over the wire and by backtest: those that look at most, on an hour of a recorded market."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.process import environment
from tests.end_to_end.running import ROOT

RECORDED = Path(__file__).parents[3] / "shared/data/bybit_linear_1m_20250530_20250629"
needs_records = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded candles are not on this machine")
SEEING = {
    "confluence+book": "order book and higher timeframes",
    "regime_momentum+trades": "public trades and ladders",
    "funding_carry+eager": "the funding rate",
    "market_maker": "moves of the book between bars",
    "grid": "quotes",
}


def trials(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts/strategy_trials/main.py"
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=ROOT,
        env=environment({"PYTHONPATH": f"{ROOT}:{script.parent}"}),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


@needs_records
def test_all_that_they_decide_is_the_same_both_ways_and_none_looks_ahead() -> None:
    market = ("--hours", "1", "--symbols", "ETHUSDT", "--start", "2025-06-05")
    said = trials(str(RECORDED), *market, "--cuts", "1", "--jobs", "2", *SEEING)
    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    header, *lines = said.stdout.splitlines()
    assert header.split()[:6] == ["strategy", "bars", "signals", "answers", "orders", "executions"]
    found = {line.split()[0]: line.split()[1:] for line in lines}
    assert list(found) == list(SEEING)
    assert {figures[0] for figures in found.values()} == {"60"}
    assert {figures[-1] for figures in found.values()} == {"equal"}
    assert sum(int(figures[3].replace(",", "")) for figures in found.values()) > 100  # orders


def test_a_market_that_can_not_be_played_is_told_and_counts_as_failed(tmp_path: Path) -> None:
    said = trials(str(tmp_path), "ema_cross", "--hours", "1")
    assert said.returncode == 1
    assert "ema_cross" in said.stdout
    assert "failed: " in said.stdout
    assert str(tmp_path) in said.stdout


def test_unknown_names_are_told() -> None:
    said = trials("nowhere", "skalper")
    assert said.returncode == 2
    assert "there is no strategy skalper; there is: ema_cross, confluence" in said.stderr
