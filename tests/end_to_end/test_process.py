"""The bot as a process: started, watched, stopped, its books checked."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from decimal import Decimal
from pathlib import Path

import pytest

from bot.storage.reading import LedgerReader
from tests.actors.waiting import eventually
from tests.end_to_end.process import STOPPED_WITHIN_S, BotProcess, bot_says, settings, started

FIRST_FILL_WITHIN_S = 20.0
AT_ONCE_S = 1.0
SUMMARY = ("trades: ", "win rate: ", "PnL before fees: ", "fees and funding: ", "net PnL: ")


def assert_ended_well(bot: BotProcess) -> None:
    assert bot.process.returncode == 0, bot.complained
    assert bot.complained == ""
    last = [line for line in bot.said.splitlines() if not line.startswith("left open: ")][-len(SUMMARY) :]
    assert [line.startswith(name) for line, name in zip(last, SUMMARY, strict=True)] == [True] * len(SUMMARY), last
    said = bot_says("reconcile", "--state-dir", str(bot.state_dir))
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.endswith("the books are equal\n")
    assert "executions" in said.stdout


def executions(database: Path) -> int:
    with closing(LedgerReader(database)) as reader:
        return sum(1 for _ in reader.rows("executions"))


def test_ctrl_c_and_reading_meanwhile_and_reconciling_afterwards(tmp_path: Path) -> None:
    with started(tmp_path / "state", *settings()) as bot:
        bot.wait_for("(entry)", FIRST_FILL_WITHIN_S)
        eventually(lambda: executions(bot.database) > 1, "executions to be read while the bot runs")
        assert bot.stop(signal.SIGINT) < STOPPED_WITHIN_S
        assert_ended_well(bot)
    with closing(sqlite3.connect(bot.database)) as database, database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        database.execute("UPDATE executions SET fee = '1' WHERE rowid = 1")
    said = bot_says("reconcile", "--state-dir", str(bot.state_dir))
    assert said.returncode == 1
    different = [line.split()[0] for line in said.stdout.splitlines() if line.endswith("DIFFERENT")]
    assert different == ["wallet_balance", "fees", "execution"]
    assert said.stdout.endswith("3 differences\n")


def test_sigterm_with_positions_to_be_closed(tmp_path: Path) -> None:
    with started(tmp_path / "state", *settings("execution.close_positions_on_stop=true")) as bot:
        bot.wait_for("(entry)", FIRST_FILL_WITHIN_S)
        assert bot.stop(signal.SIGTERM) < STOPPED_WITHIN_S
        assert_ended_well(bot)
    with closing(LedgerReader(bot.database)) as reader:
        assert [row["symbol"] for row in reader.rows("positions") if Decimal(row["size"])] == []


def test_for_a_time_and_once_more_on_the_same_state(tmp_path: Path) -> None:
    ids: list[str] = []
    for _ in range(2):
        with started(tmp_path / "state", "--for", "2s", *settings()) as bot:
            bot.process.wait(2 + STOPPED_WITHIN_S)
            assert_ended_well(bot)
        with closing(LedgerReader(bot.database)) as reader:
            ids += [row["order_link_id"] for row in reader.rows("orders") if row["purpose"]]
            assert reader.run["ended_ms"] > reader.run["started_ms"]
    assert len(ids) > 2
    assert len(set(ids)) == len(ids)  # no order id is ever used again
    with closing(sqlite3.connect(tmp_path / "state/pyrmethus.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_a_killed_bot_leaves_a_readable_ledger_and_no_simulator(tmp_path: Path) -> None:
    with started(tmp_path / "state", *settings()) as bot:
        bot.wait_for("Trading begins", FIRST_FILL_WITHIN_S)
        eventually(lambda: executions(bot.database) > 0, "an execution on the disk", FIRST_FILL_WITHIN_S)
        (child,) = children(bot.process.pid)
        bot.process.kill()
        bot.process.wait()
        eventually(lambda: not Path(f"/proc/{child}").exists(), "the end of the simulator")
        assert executions(bot.database) > 0


@contextmanager
def frozen_exchange(bot: BotProcess) -> Iterator[None]:
    """The simulator of a bot hangs; it is ended afterwards, because nobody else could."""
    (child,) = children(bot.process.pid)
    os.kill(child, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def test_an_exchange_that_hangs_does_not_keep_the_bot_from_stopping_in_time(tmp_path: Path) -> None:
    with started(tmp_path / "state", *settings("execution.close_positions_on_stop=true")) as bot:
        bot.wait_for("(entry)", FIRST_FILL_WITHIN_S)
        with frozen_exchange(bot):
            assert bot.stop(signal.SIGTERM) < STOPPED_WITHIN_S
        assert bot.process.returncode == 0, bot.complained
        assert "some orders were still open" in bot.complained
        assert "Traceback" not in bot.complained
    with closing(LedgerReader(bot.database)) as reader:
        assert reader.run["ended_ms"] > reader.run["started_ms"]


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_bot_at_once(second: signal.Signals, tmp_path: Path) -> None:
    with started(tmp_path / "state", *settings("execution.close_positions_on_stop=true")) as bot:
        bot.wait_for("(entry)", FIRST_FILL_WITHIN_S)
        with frozen_exchange(bot):
            bot.process.send_signal(signal.SIGTERM)
            bot.process.send_signal(second)  # impatience: the same wish, not another one
            eventually(lambda: "stopping" in (bot.state_dir / "pyrmethus.log").read_text("utf-8"), "the first signal")
            assert bot.process.poll() is None
            eventually(lambda: has_ended(bot.process, second), "the end", AT_ONCE_S + 1)
        assert bot.process.returncode == -second


def has_ended(process: subprocess.Popen[bytes], nudge: signal.Signals) -> bool:
    """Whether a process has ended; sends it a signal if it has not."""
    if process.poll() is None:
        process.send_signal(nudge)
    return process.poll() is not None


def test_a_recorded_market_that_is_over_ends_the_run(invented: Path, tmp_path: Path) -> None:
    names = '["BTCUSDT","ETHUSDT","SOLUSDT"]'
    feed = ("kind=candles", f"folder={invented}", "start=2026-01-05T00:00:00Z")
    overrides = (f"symbols={names}", "simulator.speed=1500", *(f"simulator.feed.{each}" for each in feed))
    with started(tmp_path / "state", *settings(*overrides)) as bot:
        bot.process.wait(60)
        assert bot.process.returncode == 0, bot.complained
        assert "Stopped" in bot.said


def test_an_exchange_that_dies_ends_the_run_with_a_message(tmp_path: Path) -> None:
    with started(tmp_path / "state", *settings()) as bot:
        bot.wait_for("Trading begins", FIRST_FILL_WITHIN_S)
        (exchange,) = children(bot.process.pid)
        os.kill(exchange, signal.SIGKILL)
        bot.process.wait(30)
        assert bot.process.returncode == 2
        assert "the simulated exchange has died" in bot.complained


def children(pid: int) -> list[int]:
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return [int(word) for word in said.stdout.split()]
