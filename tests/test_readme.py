"""The README names scripts, commands and options that exist."""

import os
import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from bot.commands.app import app

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")
LINES = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_readme_can_be_given(line: str) -> None:
    script, *arguments = shlex.split(line)
    assert os.access(ROOT / script, os.X_OK)
    if script == "scripts/run":
        get_command(app).make_context("bot", arguments, resilient_parsing=True)
        known = get_command(app).commands  # type: ignore[attr-defined]
        words = [word for word in arguments if re.fullmatch("[a-z]+", word)]
        assert not words or words[0] in known
        options = {
            option for command in (get_command(app), *known.values()) for p in command.params for option in p.opts
        }
        assert {word for word in arguments if word.startswith("--")} <= options | {"--help"}


def test_every_command_line_is_looked_at() -> None:
    assert len(LINES) >= 10
