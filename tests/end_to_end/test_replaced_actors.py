"""Actors that fail in a running bot are made anew, and the bot trades on with books that are right."""

import threading
from pathlib import Path
from typing import Any

import pykka
import pytest

from bot.core.supervisor import RESTARTS_AT_MOST
from bot.domain.values import Address
from tests.actors.waiting import eventually
from tests.end_to_end.running import running

VICTIMS = (
    ("position_manager/BTCUSDT", "analyzer/BTCUSDT"),
    ("database",),
    ("rate_limiter", "dashboard"),
    ("account", "clock", "market_data/BTCUSDT"),
    ("feed", "alerting", "exchange_worker/0"),
)


@pytest.mark.parametrize("victims", VICTIMS, ids=", ".join)
def test_the_bot_trades_on_after_an_actor_failed(victims: tuple[str, ...], tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with running(tmp_path) as bot:
        bot.trades_on(1)
        old = [bot.ref(victim) for victim in victims]
        for victim in victims:
            bot.kill(victim)
        eventually(lambda: all(bot.ref(v) is not ref for v, ref in zip(victims, old, strict=True)), "new actors")
        eventually(lambda: not any(ref.is_alive() for ref in old), "the end of the old ones")
        bot.trades_on(3)
        assert not bot.system.milestones.halted.is_set()
        bot.system.stop()
        assert bot.differences() == []
    eventually(lambda: set(threading.enumerate()) <= before, "no thread is left")


def test_a_position_manager_that_must_start_afresh_has_ended_before_there_is_another(tmp_path: Path) -> None:
    address = Address("position_manager/BTCUSDT")
    lived: list[bool] = []
    with running(tmp_path) as bot:
        old, make = bot.ref(address), bot.system._makers[address]

        def make_another() -> pykka.ActorRef[Any]:
            lived.append(old.is_alive())
            return make()

        bot.system._makers[address] = make_another
        bot.kill("database")
        eventually(lambda: bot.ref(address) is not old, "a new position manager")
        assert lived == [False]


def test_more_failures_than_three_in_a_minute_halt_trading(tmp_path: Path) -> None:
    with running(tmp_path, "simulator.speed=60") as bot:
        for _ in range(RESTARTS_AT_MOST + 1):
            old = bot.ref("analyzer/ETHUSDT")
            bot.kill("analyzer/ETHUSDT")
            eventually(lambda old=old: bot.ref("analyzer/ETHUSDT") is not old, "a new analyzer")  # type: ignore[misc]
        eventually(bot.system.milestones.halted.is_set, "the halt")
        eventually(lambda: "Trading halted" in bot.titles(), "an alert")
        assert "last analyzer/ETHUSDT" in bot.system.milestones.halt_reason
        bot.system.stop()
        assert bot.differences() == []
