"""Limits and guards in a whole replay: they bind, they are told, and the books still equal the exchange's."""

from pathlib import Path

from bot.performance.reconcile import compare_books
from bot.storage.reading import LedgerReader
from tests.backtest.test_replay import configured, play

DAY_MS = 86_400_000
GUARDED = (
    'symbols=["BTCUSDT","ETHUSDT","SOLUSDT"]',
    "risk.risk_per_trade=0.01",
    "risk.guards.daily_loss.fraction=0.02",
    "risk.guards.daily_loss.action=flatten",
    "risk.guards.cooldown.minutes=3",
    "risk.limits.total_exposure_max=2",
    "risk.limits.correlation.positions_max=1",
    "risk.limits.correlation.bars=30",
    "risk.limits.correlation.threshold=0.3",
)


def test_limits_and_guards_bind_and_the_day_ends_with_its_loss(tmp_path: Path) -> None:
    result = play(configured(*GUARDED), tmp_path / "ledger.sqlite")
    reader = LedgerReader(tmp_path / "ledger.sqlite")
    compared = compare_books(reader.books(), result.books)
    answers = [(row["time_ms"], row["qty"], row["reason"]) for row in reader.rows("entry_answers")]
    exits = [row["exit_reason"] for row in reader.rows("trades")]
    equity = [(row["time_ms"], row["open_positions"]) for row in reader.rows("equity")]
    reader.close()
    assert [each for each in compared if not each.equal] == []
    reasons = [reason for _, _, reason in answers if reason]
    assert any(reason.startswith("cooldown: ") for reason in reasons)
    assert any("of such a group may be open" in reason for reason in reasons)
    assert not any("not known" in reason for reason in reasons)
    assert "daily loss limit" in exits
    latched_ms = next(time_ms for time_ms, _, reason in answers if reason.startswith("daily loss limit: equity"))
    day_ends_ms = latched_ms - latched_ms % DAY_MS + DAY_MS
    rest_of_day = range(latched_ms, day_ends_ms)
    assert not [time_ms for time_ms, qty, _ in answers if qty != "0" and time_ms in rest_of_day]
    assert {positions for time_ms, positions in equity if time_ms in rest_of_day} <= {0}
