"""`python -m bot api`: what it lists, takes, refuses and prints."""

import json
import os
import pty
import subprocess
import sys

import pytest

from bot.bybit.client.by_text import all_calls, find_call
from bot.domain.errors import UserError
from tests.bybit.client.table import TABLE
from tests.commands.test_app import ROOT, bot_says


def test_all_calls_are_listed_with_one_line_each_and_those_that_change_something_are_marked() -> None:
    said = bot_says("api")
    assert (said.returncode, said.stderr) == (0, "")
    lines = said.stdout.splitlines()
    listed = {line[3:].split()[0]: line for line in lines if line.startswith(("   ", " * "))}
    assert listed.keys() == TABLE
    assert all(len(line.split(maxsplit=2)) == 3 and len(line) < 140 for line in listed.values())
    assert listed["place_order"].startswith(" * ")
    assert listed["get_positions"].startswith("   ")


def test_help_is_about_the_command_or_about_one_call() -> None:
    assert "Usage: python -m bot api [OPTIONS] [METHOD]" in bot_says("api", "--help").stdout
    said = bot_says("api", "place_order", "--help")
    assert said.returncode == 0
    assert said.stdout.startswith("Usage: python -m bot api place_order NAME=VALUE...")
    assert "one of Buy, Sell  [required]" in said.stdout
    assert "needs --yes on mainnet" in said.stdout


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_call_can_be_explained(name: str) -> None:
    call = find_call(name)
    assert call.summary
    assert all(each.expects for each in call.parameters)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("get_klin",), "there is no call get_klin; did you mean get_kline?"),
        (("xyz",), "there is no call xyz; `api` alone lists them"),
        (("get_kline", "BTCUSDT"), "BTCUSDT: parameters are given as name=value, such as symbol=..."),
        (("get_kline", "symbl=BTCUSDT"), "get_kline has no parameter symbl; did you mean symbol?"),
        (("get_server_time", "a=b"), "get_server_time has no parameter a; it has none"),
        (("get_kline", "symbol=BTCUSDT"), "get_kline needs interval as well"),
        (("get_insurance", "coin=A", "coin=B"), "coin is given twice"),
        (("get_tickers", "category=liner"), "category=liner: must be one of linear, inverse, spot, option"),
        (("get_kline", "limit=many"), "limit=many: must be a whole number"),
        (("get_kline", "start=today"), "start=today: must be milliseconds since 1970"),
        (("place_order", "qty=NaN"), "qty=NaN: must be a number"),
        (("place_order", "qty=1,5"), "qty=1,5: must be a number"),
        (("place_order", "reduceOnly=maybe"), "reduceOnly=maybe: must be true or false"),
    ],
)
def test_mistakes_are_told_in_one_line(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError) as told:
        find_call(words[0]).arguments(words[1:])
    assert str(told.value) == message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "Expecting value"),
        ('{"symbol": "BTCUSDT"}', "no list of objects"),
        ('[{"symbl": "BTCUSDT"}]', "no field symbl"),
        ('[{"symbol": "BTCUSDT"}]', "side"),
    ],
)
def test_a_batch_is_a_list_of_objects(text: str, why: str) -> None:
    with pytest.raises(UserError, match=why) as told:
        find_call("place_batch_order").arguments([f"request={text}"])
    assert str(told.value).startswith(f"request={text}: must be a JSON list of objects with symbol, side, orderType")


def test_names_are_found_as_bybit_and_as_python_spell_them() -> None:
    call = find_call("get-executions")
    for words in (["orderLinkId=x", "startTime=5"], ["order_link_id=x", "start_time_ms=5"], ["order-link-id=x",
                  "STARTTIME=5"]):  # fmt: skip
        assert call.arguments(words) == {"order_link_id": "x", "start_time_ms": 5}


def test_a_batch_of_words() -> None:
    order = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": 0.01, "price": "60000"}
    ((spec, _),) = [
        tuple(find_call("place_batch_order").arguments([f"request={json.dumps([order, order])}"])["request"])
    ]
    assert (str(spec.qty), str(spec.price), spec.order_type.value) == ("0.01", "60000", "Limit")


def test_only_who_says_yes_changes_something_on_mainnet() -> None:
    words = ("cancel_order", "symbol=BTCUSDT", "orderLinkId=x")
    said = bot_says(
        "--set",
        "venue.kind=mainnet",
        "--set",
        "venue.i_understand_this_trades_real_money=true",
        "api",
        *words,
        BYBIT_API_KEY="key",
        BYBIT_API_SECRET="secret",
    )
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == ("cancel_order changes something on mainnet, with real money: say --yes if you mean it\n")
    assert sum(call.changes for call in all_calls().values()) == 22


def test_an_answer_in_a_pipe_is_one_line_of_json() -> None:
    said = bot_says("api", "get_kline", "symbol=BTCUSDT", "interval=5", "limit=2")
    assert (said.returncode, said.stderr, said.stdout.count("\n")) == (0, "", 1)
    answer = json.loads(said.stdout)
    assert (answer["symbol"], len(answer["list"])) == ("BTCUSDT", 2)


def test_an_answer_on_a_terminal_is_indented_and_an_order_gets_an_id() -> None:
    main, terminal = pty.openpty()
    words = ("place_order", "symbol=BTCUSDT", "side=Buy", "order_type=Market", "qty=0.01")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "BYBIT_"))}
    code = subprocess.run(
        [sys.executable, "-m", "bot", "api", *words],
        cwd=ROOT,
        env=environment,
        stdout=terminal,
        check=False,
        timeout=60,
    ).returncode
    os.close(terminal)
    text = os.read(main, 10_000).decode()
    os.close(main)
    assert code == 0
    assert text.startswith("{\r\n  ")
    assert json.loads(text)["orderLinkId"].startswith("api-")


def test_a_refusal_is_told_with_its_code_and_meaning() -> None:
    said = bot_says("api", "set_leverage", "symbol=BTCUSDT", "buyLeverage=1000", "sellLeverage=1000")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("set_leverage: 110013 ")
    assert said.stderr.endswith("(the leverage is more than the risk limit allows)\n")


def test_what_was_so_already_is_no_error() -> None:
    said = bot_says("api", "switch_position_mode", "mode=0", "coin=USDT")
    assert (said.returncode, json.loads(said.stdout)) == (0, {})
    assert said.stderr == "switch_position_mode: it was so already\n"
