"""A pyramid on a random market: it grows into profit only, so often and no oftener, and its stop never moves back."""

from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from bot.backtest.replay import Replay
from bot.backtest.run import make_exchange
from bot.performance.reconcile import compare_books
from bot.storage.reading import LedgerReader
from bot.storage.store import SqliteStore
from bot.venue.simulator_settings import ACCOUNT
from tests.backtest.test_replay import configured
from tests.strategies.user_files import GOOD

LEVELS = 2
HOUR_MS = 3_600_000
HOURS = 8


@pytest.fixture
def played(tmp_path: Path) -> LedgerReader:
    file = tmp_path / "above.py"
    file.write_text(GOOD, "utf-8")
    config = configured(
        f'strategy={{"file":"{file}"}}',
        'symbols=["BTCUSDT","ETHUSDT"]',
        f'risk.sizing={{"pyramid_levels":{LEVELS}}}',
        "risk.risk_per_trade=0.002",
        "risk.leverage=20",
        "execution.close_positions_on_stop=true",
    )
    exchange = make_exchange(config, make_exchange(config).now_ms + HOURS * HOUR_MS)
    store = SqliteStore(tmp_path / "ledger.sqlite", "run", "run", durable=False)
    Replay(config, exchange, ACCOUNT, store, "run").run(lambda _now_ms, _bars: None)
    store.close()
    reader = LedgerReader(tmp_path / "ledger.sqlite", "run")
    assert [each for each in compare_books(reader.books(), exchange.books(ACCOUNT)) if not each.equal] == []
    return reader


def entries_by_position(fills: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The entry fills of each position, in their order."""
    found: list[list[dict[str, Any]]] = []
    for _, of_symbol in groupby(sorted(fills, key=lambda row: row["symbol"]), key=lambda row: row["symbol"]):
        entries: list[dict[str, Any]] = []
        for row in of_symbol:
            if row["purpose"] == "entry":
                entries.append(row)
            if Decimal(row["size_after"]) == 0:
                found.append(entries)
                entries = []
    return found


def test_a_position_in_profit_is_added_to_and_its_stop_never_moves_back(played: LedgerReader) -> None:
    orders = {row["order_link_id"]: row for row in played.rows("orders")}
    positions = entries_by_position([dict(row) for row in played.rows("executions")])
    played.close()
    pyramids = [entries for entries in positions if len({row["order_link_id"] for row in entries}) > 1]
    assert len(pyramids) >= 3
    for entries in pyramids:
        sign = 1 if entries[0]["side"] == "Buy" else -1
        assert len({row["side"] for row in entries}) == 1
        sent = [orders[link_id] for link_id in dict.fromkeys(row["order_link_id"] for row in entries)]
        assert len(sent) <= 1 + LEVELS
        stops = [Decimal(order["stop_loss"]) * sign for order in sent]
        assert stops == sorted(stops), "never loosened"
        sizes = [Decimal(order["qty"]) for order in sent]
        assert sizes == sorted(sizes, reverse=True), "each addition is smaller"
        worth = [Decimal(row["entry_price_after"]) * sign for row in entries]
        assert worth == sorted(worth), "into profit only"
