"""Symbols chosen by rules in a market whose turnover shifts: the whole bot, over the wire and on one thread."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.storage.reading import LedgerReader
from tests.actors.waiting import eventually
from tests.end_to_end.living_exchange import living_exchange
from tests.end_to_end.process import bot_says
from tests.end_to_end.running import running
from tests.end_to_end.universe_market import START_MS, SYMBOLS, write_market

RULES = (
    "universe.kind=rules", "universe.top=2", "universe.refresh_minutes=10", "universe.age_days_min=0", "symbols=[]",
    "simulator.symbols=[" + ",".join(f'"{symbol}"' for symbol in SYMBOLS) + "]",
)  # fmt: skip
QUICK = 'strategy.params={"fast_period":3,"slow_period":8}'


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def story(database: Path) -> list[tuple[Any, ...]]:
    """Minute, who came, who went, who is kept."""
    changes = rows(database, "SELECT time_ms, added, removed, kept_until_flat FROM universe ORDER BY rowid")
    return [((time_ms - START_MS) / 60_000, *rest) for time_ms, *rest in changes]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both runs' databases, after `parity` found them the same."""
    folder, keep = write_market(tmp_path_factory.mktemp("market")), tmp_path_factory.mktemp("runs")
    settings = [word for override in (*RULES, QUICK) for word in ("--set", override)]
    said = bot_says(
        "parity", *settings, "--folder", str(folder),
        "--start", "2026-01-05T00:00:00Z", "--end", "2026-01-05T03:00:00Z", "--keep", str(keep),
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    assert said.stdout.endswith("the same, field by field\n")
    return keep


def test_the_universe_changes_in_the_same_way_over_the_wire_and_on_one_thread(played: Path) -> None:
    over_the_wire, replayed = (story(played / name) for name in ("wire/pyrmethus.sqlite", "backtest.sqlite"))
    assert over_the_wire == replayed
    assert replayed[0] == (0.0, "BTCUSDT,ETHUSDT", "", "")
    changes = [change[1:] for change in replayed]
    assert ("SOLUSDT", "", "ETHUSDT") in changes
    assert ("", "ETHUSDT", "") in changes
    assert ("XRPUSDT", "", "BTCUSDT") in changes


def test_a_symbol_that_dropped_out_is_kept_until_it_is_flat_and_another_trades_in_its_place(played: Path) -> None:
    database = played / "wire/pyrmethus.sqlite"
    left = next(minute for minute, added, _, kept in story(database) if (added, kept) == ("SOLUSDT", "ETHUSDT"))
    removed = next(minute for minute, _, gone, _ in story(database) if gone == "ETHUSDT")
    executions = rows(database, "SELECT symbol, time_ms, purpose, size_after FROM executions")
    fills = [(symbol, (time_ms - START_MS) / 60_000, *rest) for symbol, time_ms, *rest in executions]
    ether = [fill[1:] for fill in fills if fill[0] == "ETHUSDT"]
    assert float([size for minute, _, size in ether if minute <= left][-1]) != 0, "it held a position when it left"
    (last,) = [fill for fill in ether if fill[0] > left]
    assert last[1] != "entry"
    assert float(last[2]) == 0
    assert left < removed == last[0], "it is removed at the moment at which it is flat"
    assert any(symbol == "SOLUSDT" and purpose == "entry" for symbol, _, purpose, _ in fills)
    assert any(symbol == "XRPUSDT" and minute > 100 for symbol, minute, *_ in fills)
    assert all(symbol != "SOLUSDT" or minute > left for symbol, minute, *_ in fills)


def test_why_the_others_are_left_out_is_in_the_database(played: Path) -> None:
    first, *_ = rows(played / "backtest.sqlite", "SELECT reasons FROM universe ORDER BY rowid")
    assert json.loads(first[0]) == {
        "SOLUSDT": "ranks 3 of 4 by turnover_24h; 2 are wanted",
        "XRPUSDT": "ranks 4 of 4 by turnover_24h; 2 are wanted",
    }


def test_check_shows_whom_the_rules_would_choose_and_why_nobody_else() -> None:
    settings = [word for override in (*RULES, "universe.price_max=1000") for word in ("--set", override)]
    said = bot_says("check", *settings)
    assert (said.returncode, said.stderr) == (0, "")
    lines = said.stdout.splitlines()
    assert lines[0].endswith("symbols by rules")
    assert "universe: 2 symbols chosen: SOLUSDT, XRPUSDT" in lines
    assert any(line.startswith("universe: BTCUSDT price ") and line.endswith(" is above 1000") for line in lines)


def test_symbols_come_and_go_while_the_market_runs_by_the_clock_and_actors_fail(tmp_path: Path) -> None:
    market = tmp_path / "market"
    market.mkdir()
    write_market(market)
    candles = f'simulator.feed={{"kind":"candles","folder":"{market}","start":"2026-01-05T00:30:00Z"}}'
    with running(tmp_path, *RULES, candles, QUICK, "simulator.speed=600", "universe.refresh_minutes=1") as bot:
        assert [row.symbol for row in bot.view().rows] == ["BTCUSDT", "ETHUSDT"]
        old = [bot.ref(name) for name in ("universe", "feed", "market_data/ETHUSDT")]
        for name in ("universe", "feed", "market_data/ETHUSDT"):
            bot.kill(name)
        eventually(lambda: not any(ref.is_alive() for ref in old), "the end of the old actors")
        eventually(lambda: "SOLUSDT" in symbols_of(bot.view().rows), "another symbol", 20)
        eventually(lambda: fills_of(tmp_path, "SOLUSDT") > 0, "its first execution", 20)
        eventually(lambda: "ETHUSDT" not in symbols_of(bot.view().rows), "the end of the symbol that fell", 20)
        assert "position_manager/ETHUSDT" not in bot.system._refs
        bot.control.pause()  # what happened after the bot's end would not be in its books
        eventually(lambda: not bot.differences(), "equal books", 10)
        bot.system.stop()
        assert not bot.system.milestones.halted.is_set()


def symbols_of(shown: Sequence[Any]) -> list[str]:
    return [row.symbol for row in shown]


def fills_of(state_dir: Path, symbol: str) -> int:
    with closing(LedgerReader(state_dir / "ledger.sqlite")) as reader:
        return sum(row["symbol"] == symbol for row in reader.rows("executions"))


def test_what_a_life_left_open_is_looked_after_by_the_next_though_the_rules_do_not_choose_it(tmp_path: Path) -> None:
    with living_exchange(tmp_path) as exchange:
        first = exchange.start_bot()
        first.wait_until_ready()
        eventually(
            lambda: bool(exchange.ask("SELECT 1 FROM positions WHERE CAST(size AS REAL) <> 0")), "a position", 15
        )
        first.kill()
        (held, *_) = sorted(row["symbol"] for row in exchange.positions())
        exchange._overrides = ("universe.kind=rules", "universe.age_days_min=0", f'universe.exclude=["{held}"]')
        second = exchange.start_bot()
        second.wait_until_ready()
        kept = exchange.ask("SELECT kept_until_flat FROM universe ORDER BY rowid LIMIT 1")
        assert held in kept[0][0].split(",")
        eventually(lambda: any(held == row[0] for row in exchange.ask("SELECT removed FROM universe")), "its end", 40)
        assert held not in [row["symbol"] for row in exchange.positions()]
        last = exchange.ask("SELECT purpose, size_after FROM executions WHERE symbol = ? ORDER BY rowid", held)[-1]
        assert (last[0] != "entry", float(last[1])) == (True, 0.0)
        exchange.control.pause()  # what happened after the bot's end would not be in its books
        eventually(lambda: not exchange.differences(), "equal books", 10)
        assert second.stop() == 0
