"""Ladders and quotes against the simulated exchange: the books agree, and the inventory stays within its bound."""

from decimal import Decimal
from pathlib import Path

import pytest

from bot.backtest.replay import Replay
from bot.backtest.run import make_exchange
from bot.performance.reconcile import compare_books
from bot.storage.reading import LedgerReader
from bot.storage.store import SqliteStore
from bot.venue.simulator_settings import ACCOUNT
from tests.backtest.test_replay import configured

HOUR_MS = 3_600_000
INVENTORY = 2_000
QUOTED_ANEW = Decimal("1.05")
"""A position is worth more after the price has risen; what is bounded is its value when orders are placed."""
CASES = {
    "grid": (12, f'{{"step_fraction": 0.001, "amount_quote": 500, "inventory_max_quote": {INVENTORY}}}'),
    "market_maker": (
        1,
        f'{{"half_spread_min": 0.0002, "volatility_factor": 0.1, "inventory_max_quote": {INVENTORY}}}',
    ),
    "regime_momentum": (72, '{"confidence_min": 0.3, "confidence_exit": 0.1, "flow_min": -1, "ladder_first_atr": 0}'),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_resting_orders_on_a_random_market(name: str, seed: int, tmp_path: Path) -> None:
    hours, params = CASES[name]
    config = configured(
        'symbols=["BTCUSDT","ETHUSDT"]',
        f"simulator.feed.seed={seed}",
        f"strategy.name={name}",
        f"strategy.params={params}",
        "execution.close_positions_on_stop=true",
        "risk.risk_per_trade=0.05",
    )
    exchange = make_exchange(config, make_exchange(config).now_ms + hours * HOUR_MS)
    store = SqliteStore(tmp_path / "ledger.sqlite", "run", "run", durable=False)
    Replay(config, exchange, ACCOUNT, store, "run").run(lambda _now_ms, _bars: None)
    store.close()
    reader = LedgerReader(tmp_path / "ledger.sqlite", "run")
    compared = compare_books(reader.books(), exchange.books(ACCOUNT))
    fills, orders = list(reader.rows("executions")), list(reader.rows("orders"))
    sizes = [Decimal(row["size"]) for row in reader.rows("positions")]
    reader.close()
    assert len(fills) > 20
    assert [each for each in compared if not each.equal] == []
    assert sizes == [0, 0], "positions are closed at the stop"
    assert all(row["stop_loss"] for row in orders if row["purpose"] == "entry")
    if name != "regime_momentum":
        largest = max(abs(Decimal(row["size_after"])) * Decimal(row["price"]) for row in fills)
        assert 0 < largest <= INVENTORY * QUOTED_ANEW
