"""What a report reads from the database: signals behind orders, triggers of stops, files of older versions."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.core.rows import Value
from bot.domain.values import Symbol
from bot.performance.report_data import Recorded, make_report
from bot.storage.reading import LedgerReader
from bot.storage.report_reading import known_closes, read_recorded
from bot.storage.store import SqliteStore

BTC = "BTCUSDT"
BAR_MS = 60_000
SIGNAL_MS = 10 * BAR_MS


def execution(exec_id: str, order_id: str, purpose: str, side: str, price: str, **more: Value) -> dict[str, Value]:
    return {
        "exec_id": exec_id, "symbol": BTC, "exec_type": "Trade", "order_id": order_id, "order_link_id": "",
        "purpose": purpose, "side": side, "price": price, "qty": "1", "fee": "0.1", "fee_currency": "USDT",
        "is_maker": 0, "stop_order_type": "", "create_type": "", "realised_pnl": "0", "size_after": "0",
        "entry_price_after": "0", "time_ms": SIGNAL_MS + 500, **more,
    }  # fmt: skip


def order(order_id: str, purpose: str | None, **more: Value) -> dict[str, Value]:
    return {
        "key": order_id, "order_id": order_id, "symbol": BTC, "purpose": purpose, "order_type": "Market", "qty": "1",
        "status": "Filled", "cum_exec_qty": "1", "decided_ms": SIGNAL_MS + 40, **more,
    }  # fmt: skip


def signal(time_ms: int, price: float, reason: str | None = "crossed up") -> dict[str, Value]:
    return {
        "time_ms": time_ms, "symbol": BTC, "strategy": "cross", "interval": "1", "direction": "long", "strength": 1.0,
        "price": price, "breakdown": '{"rsi":31.5}', "reason": reason,
    }  # fmt: skip


def write(file: Path, run_id: str, rows: list[tuple[str, dict[str, Value]]], started_ms: int = 0) -> None:
    store = SqliteStore(file, "book", run_id, durable=False)
    store.put("runs", {"run_id": run_id, "venue": "demo", "version": "1", "symbols": BTC, "started_ms": started_ms})
    for table, row in rows:
        store.put(table, row)
    store.close()


def read(file: Path, **options: Any) -> Recorded:
    reader = LedgerReader(file)
    try:
        return read_recorded(reader, **options)
    finally:
        reader.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite"


def test_an_entry_is_measured_against_the_signal_of_the_bar_that_had_just_closed(file: Path) -> None:
    rows = [
        ("signals", signal(SIGNAL_MS - BAR_MS, 90.0)),
        ("signals", signal(SIGNAL_MS, 100.0)),
        ("orders", order("o1", "entry")),
        ("executions", execution("e1", "o1", "entry", "Buy", "100.5")),
    ]
    write(file, "run", rows)
    (fill,) = read(file).fills
    assert (fill.decision_price, fill.slippage) == (Decimal("100.0"), Decimal("0.5"))
    assert fill.wish is not None
    assert (fill.wish.strategy, fill.wish.reason) == ("cross", "crossed up")


def test_a_signal_without_words_is_told_by_its_readings(file: Path) -> None:
    write(
        file,
        "run",
        [
            ("signals", signal(SIGNAL_MS, 100.0, None)),
            ("orders", order("o1", "entry")),
            ("executions", execution("e1", "o1", "entry", "Buy", "100")),
        ],
    )
    (fill,) = read(file).fills
    assert fill.wish is not None
    assert fill.wish.reason == "rsi 31.5"


def test_an_old_signal_is_not_behind_a_later_order(file: Path) -> None:
    rows = [
        ("signals", signal(SIGNAL_MS - 2 * BAR_MS, 90.0)),
        ("orders", order("o1", "protection")),
        ("executions", execution("e1", "o1", "protection", "Sell", "100")),
        ("executions", execution("e2", "by hand", "external", "Buy", "100")),
    ]
    write(file, "run", rows)
    recorded = read(file)
    assert [(fill.decision_price, fill.wish) for fill in recorded.fills] == [(None, None)] * 2
    assert make_report(recorded).execution.slippage.unknown == 2


def test_a_stop_is_measured_against_its_trigger_and_a_quote_against_its_own_price(file: Path) -> None:
    rows = [
        ("orders", order("stop", None, trigger_price="95", decided_ms=None)),
        ("executions", execution("e1", "stop", "stop loss", "Sell", "94")),
        ("orders", order("quote", "quote", price="99", order_type="Limit")),
        ("executions", execution("e2", "quote", "quote", "Buy", "99")),
        ("orders", order("bare", None, trigger_price="0", decided_ms=None)),
        ("executions", execution("e3", "bare", "take profit", "Sell", "99")),
    ]
    write(file, "run", rows)
    recorded = read(file)
    assert [fill.slippage for fill in recorded.fills] == [1, 0, None]
    assert [placed.purpose for placed in recorded.orders] == ["quote"]


def test_all_runs_on_an_account_are_one_report(file: Path) -> None:
    write(file, "first", [("executions", execution("e1", "o1", "entry", "Buy", "100"))], 5)
    write(file, "second", [("executions", execution("e2", "o2", "signal", "Sell", "100"))], 50)
    assert make_report(read(file)).money.fees == Decimal("0.1")
    whole = read(file, all_runs=True)
    assert make_report(whole).money.fees == Decimal("0.2")
    assert (whole.run.run_id, whole.run.started_ms) == ("2 runs on account book", 5)
    assert whole.run.runs == {"first", "second"}


def test_of_equity_at_one_moment_the_last_word_counts(file: Path) -> None:
    row: dict[str, Value] = {"time_ms": 7, "unrealised_pnl": "0", "open_risk": "0", "open_positions": 0}
    write(file, "run", [("equity", {**row, "wallet_balance": each, "equity": each}) for each in ("1", "2")])
    assert [point.equity for point in read(file).account] == [2]


def test_a_file_of_an_older_version_lacks_bars(file: Path) -> None:
    mark: dict[str, Value] = {
        "symbol": BTC,
        "time_ms": 60,
        "price": "100",
        "low": "99",
        "high": "101",
        "unrealised_pnl": "0",
    }
    write(file, "run", [("marks", mark)])
    reader = LedgerReader(file)
    assert known_closes(reader) == {BTC: {60: 100.0}}
    assert read_recorded(reader).marks[Symbol(BTC)][0].high == 101
    reader.close()
    store = SqliteStore(file, "book", "run")
    store._database.table("marks").drop()
    store.close()
    reader = LedgerReader(file)
    assert known_closes(reader) == {}
    assert read_recorded(reader).marks == {}
    reader.close()
