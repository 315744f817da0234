"""A person commands a bot that runs."""

import json
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.operator.door import HOST, Door, find_door, write_door
from bot.storage.reading import LedgerReader
from tests.actors.waiting import eventually
from tests.end_to_end.process import BotProcess, bot_says, settings, started

READY_WITHIN_S = 20.0
DONE_WITHIN_S = 15.0


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    place = tmp_path_factory.mktemp("operated")
    config = place / "config.json"
    config.write_text('{"risk": {"risk_per_trade": "0.002"}}')
    with started(place / "state", "--config", str(config), *settings()) as running:
        running.wait_for("Trading", READY_WITHIN_S)
        yield running
        running.stop(signal.SIGINT)
        assert not (running.state_dir / "control.json").exists()


def said(bot: BotProcess, *words: str) -> str:
    answer = bot_says("ctl", "--state-dir", str(bot.state_dir), *words)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def refused(bot: BotProcess, *words: str) -> str:
    answer = bot_says("ctl", "--state-dir", str(bot.state_dir), *words)
    assert (answer.returncode, answer.stdout) == (2, "")
    return answer.stderr.strip()


def status(bot: BotProcess) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(bot, "status", "--json"))["status"]
    return found


def is_flat(bot: BotProcess) -> bool:
    return all(float(row["size"]) == 0 for row in status(bot)["rows"])


def test_pause_halt_and_release(bot: BotProcess) -> None:
    eventually(lambda: not is_flat(bot), "a position", DONE_WITHIN_S)
    assert said(bot, "pause", "lunch") == "the bot is paused"
    assert "paused" in said(bot, "status")
    assert said(bot, "resume") == "the bot is running"
    assert said(bot, "halt", "enough") == "the bot is halted"
    eventually(lambda: is_flat(bot), "everything closed", DONE_WITHIN_S)
    assert refused(bot, "resume") == "the bot is halted until it is released: ctl release halted"
    assert said(bot, "release", "halted") == "released: halted"
    assert refused(bot, "release", "halted") == "nothing of that is latched; status shows what is"
    assert status(bot)["account_state"]["mode"] == "running"
    assert "the bot is running" in bot_says("reconcile", "--state-dir", str(bot.state_dir)).stderr
    eventually(lambda: not is_flat(bot), "a position again", DONE_WITHIN_S)
    assert "under way" in said(bot, "close-all")


def test_settings_change_while_it_runs(bot: BotProcess) -> None:
    assert said(bot, "set", "risk.max_open_positions=2").endswith("risk.max_open_positions = 2")
    assert refused(bot, "set", "risk.leverage=3") == "risk.leverage can only change with a restart; nothing was changed"
    assert "at most 0.1" in refused(bot, "set", "risk.risk_per_trade=7")
    config = bot.state_dir.parent / "config.json"
    config.write_text('{"risk": {"risk_per_trade": "0.001"}}')
    bot.wait_for("risk.risk_per_trade = 0.001", DONE_WITHIN_S)
    config.write_text('{"risk": {"risk_per_trade": "0.003", "leverage": 9}}')
    bot.wait_for("nothing of it was taken over", DONE_WITHIN_S)

    def orders_of_the_newest() -> bool:
        with closing(LedgerReader(bot.database)) as reader:
            return any(row["revision"] == 2 for row in reader.rows("orders"))

    eventually(orders_of_the_newest, "an order under revision 2", DONE_WITHIN_S)
    with closing(LedgerReader(bot.database)) as reader:
        revisions = [(row["revision"], json.loads(row["changes"])) for row in reader.rows("revisions")]
    assert revisions == [(1, {"risk.max_open_positions": "2"}), (2, {"risk.risk_per_trade": "0.001"})]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("stauts",), "did you mean status?"),
        (("close",), "close takes exactly one argument, not 0"),
        (("close", "FOOUSDT"), "FOOUSDT is not traded here"),
        (("release", "nothing"), "can not be released"),
    ],
)
def test_what_can_not_be_done_is_told(words: tuple[str, ...], told: str, bot: BotProcess) -> None:
    assert told in refused(bot, *words)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"token": "guessed", "command": "halt", "arguments": []}', "the token is wrong"),
        (b'{"command": "halt"}', "a request must be"),
        (b"GET / HTTP/1.1", "a request must be"),
        (b"\xff\xfe", "a request must be"),
    ],
)
def test_nobody_else_commands_it(line: bytes, told: str, bot: BotProcess) -> None:
    door = find_door(bot.state_dir)
    with socket.create_connection((HOST, door.port), timeout=5) as connection:
        connection.sendall(line + b"\n")
        answer = connection.makefile("rb").readline()
    assert told in json.loads(answer)["error"]
    assert stat.S_IMODE((bot.state_dir / "control.json").stat().st_mode) == 0o600


def test_without_a_bot_there_is_nobody_to_command(tmp_path: Path) -> None:
    answer = bot_says("ctl", "--state-dir", str(tmp_path), "status")
    assert answer.returncode == 2
    assert "no bot is running" in answer.stderr


def test_a_bot_that_was_killed_is_told_as_such(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write_door(tmp_path, Door(1, "t", ended.pid))
    answer = bot_says("ctl", "--state-dir", str(tmp_path), "status")
    assert (answer.returncode, answer.stderr) == (2, f"the bot (process {ended.pid}) has died; start it again\n")
