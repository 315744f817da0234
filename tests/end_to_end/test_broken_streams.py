"""A socket that dies or goes silent is replaced with its topics within 15 s, and the books stay right."""

import time
from pathlib import Path
from typing import Literal

from tests.actors.waiting import eventually
from tests.end_to_end.running import RunningBot, running

PUBLIC, PRIVATE = "/v5/public/linear", "/v5/private"
REPLACED_WITHIN_S = 15.0
LOOKED_AT_WITHIN_S = 25.0
"""Positions are looked at every 15 s."""


def lost(bot: RunningBot, stream: str) -> int:
    return sum(stream in title.lower() and "lost" in title.lower() for title in bot.titles())


def break_and_wait(bot: RunningBot, how: Literal["close", "reset", "stall"], path: str | None) -> None:
    """Break the streams of a path and wait until they are up again."""
    names = {PUBLIC: ["public"], PRIVATE: ["private"], None: ["public", "private"]}[path]
    before = {name: lost(bot, name) for name in names}
    began_s = time.monotonic()
    assert bot.control.disconnect(how, path) == len(names)
    eventually(lambda: all(lost(bot, name) > before[name] for name in names), "the loss is seen", REPLACED_WITHIN_S)

    def are_up() -> bool:
        view = bot.view()
        return {"public": view.public_is_up, "private": view.private_is_up}.items() >= dict.fromkeys(
            names, True
        ).items()

    eventually(are_up, "the streams are up again", REPLACED_WITHIN_S - (time.monotonic() - began_s))


def test_closed_and_reset_streams_come_back_and_trading_goes_on(tmp_path: Path) -> None:
    with running(tmp_path) as bot:
        bot.trades_on(1)
        break_and_wait(bot, "close", PUBLIC)
        bot.trades_on(2)
        break_and_wait(bot, "reset", PRIVATE)
        bot.trades_on(2)
        break_and_wait(bot, "reset", PUBLIC)
        break_and_wait(bot, "close", PRIVATE)
        bot.trades_on(2)
        assert not bot.system.milestones.halted.is_set()
        bot.system.stop()
        assert bot.differences() == []


def test_streams_that_go_silent_without_a_word_are_replaced_in_time(tmp_path: Path) -> None:
    with running(tmp_path) as bot:  # with the feed's own limits: they are what is promised
        bot.trades_on(1)
        break_and_wait(bot, "stall", None)
        bot.trades_on(2)
        assert not bot.system.milestones.halted.is_set()
        bot.system.stop()
        assert bot.differences() == []


def test_a_stream_that_answers_pings_and_withholds_news_is_found_out_by_the_regular_look(tmp_path: Path) -> None:
    """A position that somebody else closes: no order of the bot's is there to be asked about, only the look tells."""
    with running(tmp_path, "simulator.speed=60") as bot:

        def held() -> list[str]:
            return [row["symbol"] for row in bot.control.books("main")["positions"]]

        eventually(lambda: bool(held()), "an open position", 15.0)
        bot.control.pause()  # no bar closes any more, so that nobody has anything to do
        eventually(lambda: not bot.differences() and bool(held()), "equal books", 8.0)
        bot.control.faults({"fault": "drop", "at": "*", "path": PRIVATE})
        (symbol, *_) = held()
        bot.control.request("POST", "close", {"symbol": symbol})
        assert symbol not in held()
        assert [each.what for each in bot.differences()]
        eventually(lambda: not bot.differences(), "the close is in the books", LOOKED_AT_WITHIN_S)
        assert not bot.system.milestones.halted.is_set()
