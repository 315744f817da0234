"""docs/simulator.md does what it says: its Python is run, its settings are read, its control requests are sent."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.server.control.hands import HandActions
from bot.simulator.server.faults.kinds import AnyFault, Fault
from bot.simulator.settings import SimulatorSettings, settings_from_json

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


def control_requests() -> list[tuple[str, str, Any]]:
    """Method, action and body of every example of the control port."""
    parts = [part.split("\n", 1) for text in blocks("http") for part in text.strip().split("\n\n")]
    heads = [(part[0].split(), part[1] if len(part) > 1 else "null") for part in parts]
    return [(method, name, json.loads(body)) for (method, name), body in heads]


def test_its_control_requests_are_answered() -> None:
    settings = SimulatorSettings(
        symbols=("BTCUSDT", "BTCUSD", "spot:BTCUSDT"),
        accounts={"second": {"USDT": Decimal(1), "BTC": Decimal(1)}},
    )
    with SimulatorProcess(settings) as process, ControlClient(process.endpoints) as control:
        for method, name, body in control_requests():
            answer = control.request(method, name, body)
            if name == "request":
                assert answer["retCode"] == 0, answer
        coins = control.books("second")["coins"]
        assert (coins["USDT"]["wallet_balance"], coins["BTC"]["wallet_balance"]) == ("2501", "0.9")
        kinds = {row["exec_type"] for row in control.books("main")["executions"]}
    assert {"Trade", "AdlTrade", "BustTrade"} <= kinds


def test_it_shows_every_action_of_the_hand() -> None:
    actions = HandActions.__new__(HandActions).actions()  # their names need no running exchange
    assert {(method, name) for method, name, _ in control_requests()} == {(each.method, each.name) for each in actions}
