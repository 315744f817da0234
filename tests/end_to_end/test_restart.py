"""A bot that was killed comes back to a market that went on: its books are right, its positions have their stops."""

import random
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.storage.store import FINAL
from tests.actors.waiting import eventually
from tests.end_to_end.living_exchange import Life, LivingExchange, living_exchange

FILLS_WITHIN_S = 15.0
SETTLED_WITHIN_S = 8.0
INTENTS = "SELECT order_link_id, symbol, decided_ms, CAST(qty AS REAL) FROM orders WHERE purpose IS NOT NULL"
"""A number, because the exchange tells back 3.6 for the 3.60 that was sent."""
UNFINISHED = f"SELECT order_link_id FROM orders WHERE purpose IS NOT NULL AND status NOT IN {FINAL}"  # noqa: S608 - our own words


def trades_on(exchange: LivingExchange, life: Life, more: int = 2) -> None:
    """Wait for entries that were filled in this life."""

    def enough() -> bool:
        assert life.process.poll() is None, life.words
        sql = "SELECT count(*) FROM executions WHERE run_id = ? AND purpose = 'entry'"
        return bool(exchange.ask(sql, life.run_id)[0][0] >= more)

    eventually(enough, f"{more} new entries", FILLS_WITHIN_S)


def killed_with_a_position(exchange: LivingExchange) -> None:
    """A first life that has traded and dies while it holds something."""
    life = exchange.start_bot()
    life.wait_until_ready()
    trades_on(exchange, life, 1)
    eventually(lambda: bool(exchange.positions()), "an open position", FILLS_WITHIN_S)
    life.kill()


def killed_after_an_intent(exchange: LivingExchange, after_ms: int) -> set[str]:
    """A life that dies so soon after an order was written down; the symbols of which nobody knows what became."""
    life = exchange.start_bot()
    life.wait_until_ready()
    known = exchange.ask(INTENTS)
    deadline_s = time.monotonic() + FILLS_WITHIN_S
    while len(exchange.ask(INTENTS)) == len(known):  # without a pause: it is about milliseconds
        assert time.monotonic() < deadline_s, life.words
    with pytest.raises(subprocess.TimeoutExpired):
        life.process.wait(after_ms / 1000)
    life.kill()
    return {row[1] for row in exchange.ask(INTENTS) if row not in known}


def assert_ends_well(exchange: LivingExchange, life: Life, intents: list[tuple[Any, ...]]) -> None:
    """Stand the market still, stop the bot in good order, and hold both books against each other.

    ``intents`` were in the database when an earlier life died: no later order may have taken the place of one.
    """
    exchange.control.pause()
    with suppress(AssertionError):  # what still differs then is told below
        eventually(lambda: not exchange.differences(), "equal books", SETTLED_WITHIN_S)
    assert life.stop() == 0, life.words
    assert exchange.differences() == []
    booked = [row for (row,) in exchange.ask("SELECT exec_id FROM executions")]
    assert sorted(booked) == sorted({row["exec_id"] for row in exchange.books()["executions"]})
    sent = exchange.order_ids()
    assert len(set(sent)) == len(sent)
    assert set(intents) <= set(exchange.ask(INTENTS))
    assert [each for (each,) in exchange.ask(UNFINISHED) if each in sent] == []
    assert [row["symbol"] for row in exchange.positions() if row["stopLoss"] in {"", "0"}] == []
    assert "Traceback" not in life.words


def test_a_bot_that_held_a_position(tmp_path: Path) -> None:
    with living_exchange(tmp_path) as exchange:
        killed_with_a_position(exchange)
        intents = exchange.ask(INTENTS)
        assert [row["symbol"] for row in exchange.positions() if row["stopLoss"] in {"", "0"}] == []
        life = exchange.start_bot()
        life.wait_until_ready()
        trades_on(exchange, life)
        assert_ends_well(exchange, life, intents)


def test_a_bot_that_had_just_written_down_an_order(tmp_path: Path) -> None:
    """The order may have left or not, and whatever became of it is found out: the symbol is traded again."""
    with living_exchange(tmp_path, "simulator.feed.seed=8") as exchange:
        symbols = killed_after_an_intent(exchange, 0) | killed_after_an_intent(exchange, 8)
        intents = exchange.ask(INTENTS)
        life = exchange.start_bot()
        life.wait_until_ready()

        def are_traded_again() -> bool:
            assert life.process.poll() is None, life.words
            return symbols <= {row[1] for row in exchange.ask(INTENTS) if row not in intents}

        eventually(are_traded_again, f"new orders for {symbols}", FILLS_WITHIN_S)
        assert_ends_well(exchange, life, intents)


def test_a_bot_that_dies_again_and_again_at_any_moment(tmp_path: Path) -> None:
    """Also before it is ready: a start that is cut off leaves nothing that the next one can not mend."""
    moments = random.Random(3)  # noqa: S311 - no secret
    with living_exchange(tmp_path, "simulator.feed.seed=3") as exchange:
        killed_with_a_position(exchange)
        for is_ready in (False, True, False, True):
            life = exchange.start_bot()
            if is_ready:
                life.wait_until_ready()
            with pytest.raises(subprocess.TimeoutExpired):
                life.process.wait(moments.uniform(0.2, 1.2))
            life.kill()
        intents = exchange.ask(INTENTS)
        life = exchange.start_bot()
        life.wait_until_ready()
        trades_on(exchange, life)
        assert_ends_well(exchange, life, intents)
