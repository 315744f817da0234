"""A bot that is killed in the middle of entries in several orders: nothing is doubled, nothing is left resting."""

from decimal import Decimal
from pathlib import Path

from bot.storage.store import FINAL
from tests.actors.waiting import eventually
from tests.end_to_end.living_exchange import Life, LivingExchange, living_exchange
from tests.end_to_end.test_restart import assert_ends_well

SYMBOLS = (
    '[{"symbol":"BTCUSDT","entry":{"kind":"twap","twap_duration_s":120,"twap_slices":6}},'
    '{"symbol":"ETHUSDT","entry":{"kind":"layered","layers_first_fraction":0.0002,"expiry_s":180}},'
    '{"symbol":"SOLUSDT","entry":{"kind":"oco","expiry_s":240}}]'
)
UNDER_WAY = f"""
    SELECT DISTINCT plan_id FROM orders WHERE plan_id <> '' AND run_id = ? AND status NOT IN {FINAL}
"""  # noqa: S608 - our own words
CHILDREN = "SELECT order_link_id FROM orders WHERE plan_id = ?"
WITHIN_S = 15.0


def killed_in_the_middle(exchange: LivingExchange, plans: int) -> set[str]:
    """A life that dies while so many plans have children on their way or on the book; which ones."""
    life = exchange.start_bot()
    life.wait_until_ready()

    def enough() -> bool:
        assert life.process.poll() is None, life.words
        return len(exchange.ask(UNDER_WAY, life.run_id)) >= plans

    eventually(enough, f"{plans} plans under way", WITHIN_S)
    life.kill()
    return {row[0] for row in exchange.ask(UNDER_WAY, life.run_id)}


def are_wound_up(exchange: LivingExchange, life: Life, plans: set[str]) -> bool:
    assert life.process.poll() is None, life.words
    told = {row[0]: row[3] for row in exchange.ask("SELECT plan_id, qty, filled_qty, state FROM plans")}
    return all(told.get(plan) == "over" for plan in plans)


def test_a_bot_that_dies_in_the_middle_of_its_entries(tmp_path: Path) -> None:
    with living_exchange(tmp_path, f"symbols={SYMBOLS}", "simulator.speed=120", "simulator.feed.seed=5") as exchange:
        dead = killed_in_the_middle(exchange, 1) | killed_in_the_middle(exchange, 2)
        assert len(dead) >= 2
        intents = exchange.ask("SELECT order_link_id, symbol, decided_ms, CAST(qty AS REAL) FROM orders")
        intents = [row for row in intents if row[2] is not None]
        life = exchange.start_bot()
        life.wait_until_ready()
        eventually(lambda: are_wound_up(exchange, life, dead), "the end of every plan", WITHIN_S)
        assert_ends_well(exchange, life, intents)
        filled = {str(row["order_link_id"]): Decimal(0) for row in exchange.books()["executions"]}
        for row in exchange.books()["executions"]:
            filled[str(row["order_link_id"])] += Decimal(row["qty"])
        for plan_id, qty, filled_qty, state, reason in exchange.ask(
            "SELECT plan_id, qty, filled_qty, state, reason FROM plans"
        ):
            children = [link_id for (link_id,) in exchange.ask(CHILDREN, plan_id)]
            assert sum(filled.get(each, Decimal(0)) for each in children) == Decimal(filled_qty) <= Decimal(qty)
            assert (state, bool(reason)) == ("over", True)
            if plan_id in dead:
                assert reason in {"the bot was started again", "filled"}
