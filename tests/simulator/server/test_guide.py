"""docs/simulator.md does what it says: its Python is run, its settings are read."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.simulator.faults.kinds import AnyFault, Fault
from bot.simulator.settings import settings_from_json

GUIDE = Path(__file__).parents[3] / "docs" / "simulator.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(GUIDE.read_text("utf-8")) if kind == language]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pybit drops sockets
def test_its_python_runs_from_top_to_bottom() -> None:
    scope: dict[str, Any] = {}
    try:
        for text in blocks("python"):
            exec(compile(text, str(GUIDE), "exec"), scope)  # noqa: S102 (our own page)
    finally:
        if "simulator" in scope:
            scope["simulator"].kill()
            scope["simulator"].wait()
            scope["simulator"].stdout.close()


@pytest.mark.parametrize("text", blocks("json"))
def test_its_settings_are_settings(text: str) -> None:
    settings_from_json(text.encode(), "the guide").check()


def test_it_names_every_fault() -> None:
    page = GUIDE.read_text("utf-8")
    kinds = {each.__struct_config__.tag for each in Fault.__subclasses__()}
    assert {kind for kind in kinds if f"`{kind}`" in page} == kinds
    assert len(kinds) == len(msgspec.json.schema(AnyFault)["anyOf"])
