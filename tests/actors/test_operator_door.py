"""The door of a bot: what it does when something is wrong on its own side, and what it must not tell."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.operator_door import BotHandle, OperatorDoor
from actors.reviser import Reviser
from bot.config.load import load_config
from bot.config.models import Config
from bot.domain.errors import UserError
from bot.domain.values import Symbol, TimeMs
from bot.operator.door import Door, find_door, knock, write_door


class _Source:
    def __init__(self, file: Path) -> None:
        self.file = file

    def load(self, overrides: Sequence[str]) -> Config:
        return load_config(self.file, overrides, {}, None)


def handle(tmp_path: Path) -> BotHandle:
    file = tmp_path / "config.json"
    file.write_text("{}")
    source = _Source(file)
    reviser = Reviser(source, source.load(()), lambda *_: None)
    return BotHandle(lambda _: None, lambda: None, lambda: [Symbol("BTCUSDT")], lambda: TimeMs(1), reviser)


def test_a_door_that_could_not_be_written_down_closes_at_once(tmp_path: Path) -> None:
    door = OperatorDoor(tmp_path / "missing", handle(tmp_path))
    with pytest.raises(OSError, match="missing"):
        door.open()
    closing = threading.Thread(target=door.close, daemon=True)
    closing.start()
    closing.join(5)
    assert not closing.is_alive(), "the bot could not stop: its positions would be left as they are"


def test_what_is_set_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    door = OperatorDoor(tmp_path, handle(tmp_path))
    door.open()
    try:
        with caplog.at_level(logging.INFO), pytest.raises(UserError) as refused:
            knock(find_door(tmp_path), "set", ['alerts.urls=["slack://s3cret-token"]'])
    finally:
        door.close()
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in caplog.text
    assert "alerts.urls" in caplog.text


def test_another_program_behind_the_port_of_a_bot_that_was_killed(tmp_path: Path) -> None:
    """Its file is still there, and its port has been given to somebody else, here to another bot."""
    other = OperatorDoor(tmp_path, handle(tmp_path))
    other.open()
    try:
        port = find_door(tmp_path).port
        killed = tmp_path / "killed"
        killed.mkdir()
        write_door(killed, Door(port, "of another time", 1))
        with pytest.raises(UserError, match="the token is wrong"):
            knock(find_door(killed), "halt", [])
    finally:
        other.close()
    with pytest.raises(UserError, match="does not answer"):
        knock(Door(port, "t", 1), "halt", [])
