"""The bot on paper: its own simulator mirrors another exchange, here an invented one at 120 times the speed of time."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from tests.end_to_end.process import STOPPED_WITHIN_S, bot_says, settings, started
from tests.end_to_end.test_process import FIRST_FILL_WITHIN_S, assert_ended_well

SPEED = 120.0


@pytest.fixture(scope="module")
def invented() -> Iterator[Endpoints]:
    wanted = SimulatorSettings(symbols=("BTCUSDT", "ETHUSDT", "SOLUSDT"), seed=7, speed=SPEED, rate_limits=False)
    with SimulatorProcess(wanted) as process:
        yield process.endpoints


def on_paper(upstream: Endpoints) -> list[str]:
    return settings(
        "venue.kind=paper",
        f"simulator.upstream.rest={upstream.rest}",
        f"simulator.upstream.ws={upstream.ws}",
        f"simulator.upstream.speed={SPEED}",
    )


def test_it_trades_without_keys_and_its_books_are_right(invented: Endpoints, tmp_path: Path) -> None:
    with started(tmp_path / "state", *on_paper(invented)) as bot:
        bot.wait_for("(entry)", FIRST_FILL_WITHIN_S)
        assert bot.stop(signal.SIGINT) < STOPPED_WITHIN_S
        assert_ended_well(bot)
    assert "linear: every market has its book" in (tmp_path / "state/simulator.log").read_text()


def test_check_tells_what_is_there_and_what_is_not(invented: Endpoints) -> None:
    said = bot_says("check", *on_paper(invented))
    assert said.returncode == 0, said.stderr
    assert "paper: answers" in said.stdout
    assert "keys: accepted; wallet 10000 USDT" in said.stdout
    nowhere = bot_says("check", *on_paper(invented), "--set", "simulator.upstream.rest=http://127.0.0.1:9")
    assert nowhere.returncode != 0
    assert "upstream http://127.0.0.1:9/v5/market/instruments-info: " in nowhere.stderr
