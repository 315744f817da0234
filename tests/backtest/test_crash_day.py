"""The flash crash of 2025-10-10 on recorded candles: eight longs at 5x, a daily loss limit, every exit explained."""

import json
import re
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.backtest.run import BacktestResult
from bot.dashboard.explain import print_exits, why_closed
from bot.performance.reconcile import compare_books
from bot.storage.reading import LedgerReader
from bot.strategies.confluence.parameters import Weights
from tests.backtest.test_replay import ROOT, configured, play

FOLDER = ROOT.parent / "shared/data/bybit_linear_5m_20250924_20260430"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "ADAUSDT", "AVAXUSDT", "AAVEUSDT", "APEUSDT")
BEGIN_MS, LONG_MS, DAY_ENDS_MS = 1_760_130_600_000, 1_760_130_901_000, 1_760_140_800_000
"""21:10, just after 21:15, and 24:00 UTC."""
CONTRARIAN = {
    "weights": {**dict.fromkeys(Weights.model_fields, 0.0), "bollinger": 1.0},
    "threshold": 0.05, "hysteresis": 0.9, "exit_score": 0.95, "cooldown_bars": 0, "volume_factor": 0.0,
    "stop_atr": 3.0, "target_atr": 50.0,
}  # fmt: skip
"""Below the lower band it buys: the worst that it can do on that evening."""
SETTINGS = (
    f"symbols={json.dumps(SYMBOLS)}",
    "interval=5",
    "strategy.name=confluence",
    f"strategy.params={json.dumps(CONTRARIAN)}",
    "simulator.feed.kind=candles",
    f"simulator.feed.folder={FOLDER}",
    "simulator.feed.start=2025-10-10T21:10:00Z",
    "simulator.feed.end=2025-10-10T23:55:00Z",
    "risk.leverage=5",
    "risk.max_open_positions=8",
    "risk.risk_per_trade=0.05",
    "risk.sizing.kind=fixed_amount",
    "risk.sizing.amount_quote=5500",
)
LIMIT = ("risk.guards.daily_loss.fraction=0.05", "risk.guards.daily_loss.action=flatten")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded candles of 2025-10-10 are not here")


def rows(file: Path, table: str) -> list[dict[str, Any]]:
    with closing(LedgerReader(file)) as reader:
        return list(reader.rows(table))


def assert_equal_books(result: BacktestResult, file: Path) -> None:
    with closing(LedgerReader(file)) as reader:
        compared = compare_books(reader.books(), result.books)
    assert [each for each in compared if not each.equal] == []


def assert_all_long_at_the_limit_of_their_margin(file: Path) -> None:
    sizes = {row["symbol"]: float(row["size_after"]) for row in rows(file, "executions") if row["time_ms"] < LONG_MS}
    assert set(sizes) == set(SYMBOLS)
    assert min(sizes.values()) > 0
    bought = [row for row in rows(file, "executions") if row["time_ms"] < LONG_MS]
    assert sum(float(row["qty"]) * float(row["price"]) for row in bought) > 4 * 10_000


def test_with_a_daily_loss_limit_it_is_survived_latched_and_explained(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    result = play(configured(*SETTINGS, *LIMIT), file)
    assert_all_long_at_the_limit_of_their_margin(file)
    assert_equal_books(result, file)
    assert result.books["positions"] == []
    assert float(result.books["wallet_balance"]) > 8_000
    assert result.summary.trades == 8
    kept = next(json.loads(row["text"]) for row in rows(file, "notes") if row["key"] == "daily_loss")
    assert re.fullmatch(r"equity [\d,.]+ is \d+\.\d% below 10,000\.00 at 2025-10-10 21:10 UTC", kept["latched"])
    assert kept["until_ms"] == DAY_ENDS_MS
    entries = [row["time_ms"] for row in rows(file, "executions") if row["purpose"] == "entry"]
    assert max(entries) < LONG_MS
    with closing(LedgerReader(file)) as reader:
        told = [exit_ for symbol in SYMBOLS for exit_ in reader.exits(symbol, 5)]
    assert len(told) == 8
    assert {each.purpose for each in told} == {"daily loss limit", "stop loss"}
    for each in told:
        if each.purpose == "stop loss":
            assert re.fullmatch(r"its stop was reached \(\d+\.\d+\)", why_closed(each))
        else:
            assert why_closed(each) == f"a guard of the account has closed everything, {kept['latched']}"


def test_without_one_every_stop_does_its_work_where_the_market_is_then(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    result = play(configured(*SETTINGS), file)
    assert_all_long_at_the_limit_of_their_margin(file)
    assert_equal_books(result, file)
    first = {row["symbol"]: row for row in reversed(rows(file, "trades"))}
    assert {row["exit_reason"] for row in first.values()} <= {"stop loss", "liquidation"}
    said = StringIO()
    with closing(LedgerReader(file)) as reader:
        for symbol in SYMBOLS:
            print_exits(symbol, reader.exits(symbol, 5), Console(file=said, width=200))
    assert said.getvalue().count("stop loss: its stop was reached (") >= 8
    assert "external" not in said.getvalue()
