"""Inverse contracts over the wire: the same guarantees, in bitcoins."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.actors.waiting import eventually
from tests.end_to_end.living_exchange import living_exchange
from tests.end_to_end.running import running
from tests.end_to_end.test_restart import INTENTS, assert_ends_well, killed_with_a_position, trades_on

INVERSE = ("venue.category=inverse", 'symbols=["BTCUSD"]', "simulator.starting_balance_base=0.5")
SEVERAL_ORDERS = 'symbols=[{"symbol":"BTCUSD","entry":{"kind":"twap","twap_duration_s":120,"twap_slices":4}}]'


@pytest.mark.parametrize("entries", [(), (SEVERAL_ORDERS,)], ids=["market", "twap"])
def test_a_bot_that_is_killed_with_a_position_comes_back(tmp_path: Path, entries: tuple[str, ...]) -> None:
    with living_exchange(tmp_path, *INVERSE, "simulator.feed.seed=5", *entries) as exchange:
        killed_with_a_position(exchange)
        intents = exchange.ask(INTENTS)
        assert [row["symbol"] for row in exchange.positions() if row["stopLoss"] in {"", "0"}] == []
        life = exchange.start_bot()
        life.wait_until_ready()
        trades_on(exchange, life)
        assert_ends_well(exchange, life, intents)
        assert {coin for (coin,) in exchange.ask("SELECT DISTINCT fee_currency FROM executions")} == {"BTC"}


def test_a_position_that_a_person_opens_is_adopted_and_protected(tmp_path: Path) -> None:
    with running(tmp_path, *INVERSE, 'strategy.params={"fast_period":400,"slow_period":500}') as bot:
        order = {"category": "inverse", "symbol": "BTCUSD", "side": "Sell", "orderType": "Market", "qty": "1000"}
        bot.control.request("POST", "request", {"path": "/v5/order/create", "params": order})

        def is_protected() -> bool:
            (row,) = bot.view().rows
            return row.size == -1000 and row.stop_price is not None and row.stop_price > row.entry_price

        eventually(is_protected, "a stop above the short", 15.0)
        view = bot.view()
        assert view.coin == "BTC"
        assert view.equity is not None
        assert abs(view.equity - Decimal("0.5")) < Decimal("0.01")
        bot.control.pause()
        bot.system.stop()
        assert bot.differences() == []


def test_quotes_and_what_is_inside_bars(tmp_path: Path) -> None:
    """A strategy that rests orders on both sides and reads the book."""
    with running(tmp_path, *INVERSE, 'strategy={"name":"market_maker"}', "simulator.speed=60") as bot:
        bot.trades_on(4, within_s=30.0)
        bot.control.pause()
        eventually(lambda: not bot.differences(), "equal books", 8.0)
        bot.system.stop()
        assert bot.differences() == []
