"""Every mistake is told, at once, with its place and what would be right."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config.errors import ConfigError
from bot.config.load import load_config
from tests.config.conftest import Problems


@pytest.mark.parametrize(
    ("settings", "path", "value", "message"),
    [
        ({"venu": {}}, "venu", "{}", 'unknown key; did you mean "venue"?'),
        ({"risk": {"levrage": 3}}, "risk.levrage", "3", 'unknown key; did you mean "leverage"?'),
        ({"leverage": 3}, "leverage", "3", 'unknown key; did you mean "risk.leverage"?'),
        ({"simulator": {"feed": {"sed": 3}}}, "simulator.feed.sed", "3", 'unknown key; did you mean "seed"?'),
        ({"simulator": {"feed": {"end": "x"}}}, "simulator.feed.end", '"x"', "belongs to another kind"),
        ({"zzz": "\x1b[0m\n"}, "zzz", r'"\u001b[0m\n"', "unknown key"),
        (
            {"symbols": [{"symbol": "BTCUSDT", "risk": {"max_open_positions": 1}}]},
            "symbols[0].risk.max_open_positions", "1", 'unknown key; did you mean "risk.max_open_positions"?',
        ),
        ({"symbols": ["btc/usdt"]}, "symbols[0]", '"btc/usdt"', 'did you mean "BTCUSDT"?'),
        ({"symbols": [{"symbol": "sol"}]}, "symbols[0].symbol", '"sol"', 'did you mean "SOLUSDT"?'),
        ({"symbols": [{}]}, "symbols[0].symbol", None, "is required"),
        ({"symbols": []}, "symbols", "[]", "must have at least 1 item"),
        ({"symbols": "BTCUSDT"}, "symbols", '"BTCUSDT"', "must be a list"),
        ({"symbols": [7]}, "symbols[0]", "7", "must be an object: { ... }"),
        ({"symbols": ["BTCUSDT", {"symbol": "BTCUSDT"}]}, "symbols[1].symbol", '"BTCUSDT"', "already, as symbols[0]"),
        ({"interval": "2"}, "interval", '"2"', 'must be one of "1", "3", "5"'),
        ({"risk": {"risk_per_trade": "0"}}, "risk.risk_per_trade", '"0"', "must be above 0 and at most 0.1"),
        ({"risk": {"risk_per_trade": "1e-3"}}, "risk.risk_per_trade", '"1e-3"', "must be a number"),
        ({"risk": {"risk_per_trade": True}}, "risk.risk_per_trade", "true", "must be a number"),
        ({"risk": {"max_open_positions": 501}}, "risk.max_open_positions", "501", "must be at most 500"),
        ({"risk": {"max_open_positions": "3"}}, "risk.max_open_positions", '"3"', "must be a whole number"),
        ({"risk": 5}, "risk", "5", "must be an object: { ... }"),
        ({"risk": None}, "risk", "null", "must be an object: { ... }"),
        ({"alerts": {"console": 1}}, "alerts.console", "1", "must be true or false"),
        ({"alerts": {"min_severity": "warn"}}, "alerts.min_severity", '"warn"', 'did you mean "warning"?'),
        (
            {"venue": {"kind": "demo"}, "execution": {"transport": "websocket"}},
            "execution.transport", '"websocket"', "must be rest: Bybit's demo trading has no trade stream",
        ),
        ({"simulator": {"speed": 0}}, "simulator.speed", "0", 'above 0 and at most 100000, or "lockstep"'),
        ({"simulator": {"feed": {"kind": "candels"}}}, "simulator.feed.kind", '"candels"', 'did you mean "candles"?'),
        ({"simulator": {"feed": "synthetic"}}, "simulator.feed", '"synthetic"', "must be an object, such as"),
        ({"simulator": {"feed": {"kind": "candles"}}}, "simulator.feed.folder", None, "is required"),
        ({"simulator": {"feed": {"start": "2026-01-05T00:00"}}}, "simulator.feed.start", '"2026-01-05T00:00"', "zone"),
        (
            {"simulator": {"feed": {"kind": "candles", "folder": "x", "start": "2026-02-02", "end": "2026-02-01"}}},
            "simulator.feed.end", '"2026-02-01"', "must be later than the start",
        ),
        (
            {"simulator": {"upstream": {"rest": "api.bybit.com"}}},
            "simulator.upstream.rest", '"api.bybit.com"', "must be an address like https://host",
        ),
        (
            {"simulator": {"upstream": {"ws": "wss://host/v5/public"}}},
            "simulator.upstream.ws", '"wss://host/v5/public"', "must be an address like wss://host",
        ),
        ({"execution": {"order_prefix": "a-b"}}, "execution.order_prefix", '"a-b"', "must match ^[A-Za-z0-9]{1,4}$"),
        ({"storage": {"file": ""}}, "storage.file", '""', "must not be empty"),
        ({"strategy": {"params": [1]}}, "strategy.params", "[1]", "must be an object, such as"),
        ({"alerts": {"urls": ["nonsense"]}}, "alerts.urls[0]", "***", "must be an Apprise URL"),
        ({"bybit": {"apiKey": "k3y"}}, "bybit.apiKey", "***", "put BYBIT_API_KEY and BYBIT_API_SECRET in the environ"),
        ({"API-SECRET": "k3y"}, "API-SECRET", "***", "secrets do not belong here"),
        ({"symbols": [{"symbol": "BTCUSDT", "password": "k3y"}]}, "symbols[0].password", "***", "secrets do not"),
    ],
)  # fmt: skip
def test_one_mistake(problems: Problems, settings: Any, path: str, value: str | None, message: str) -> None:
    found = problems(settings)
    problem = found[path]
    assert problem.value == value
    assert message in problem.message
    assert problem.source.endswith("config.json")
    assert "k3y" not in str(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not valid JSON: expecting value at line 1 column 1"),
        ('{"risk":\n  {,}}', "at line 2 column 4"),
        ("[]", "must hold a JSON object"),
        ('{"x": 1e99999999999999999999}', "is out of range"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a":' * 60 + "1" + "}" * 60, "is nested too deeply"),
    ],
)
def test_a_file_that_is_no_json_object(problems: Problems, text: str, message: str) -> None:
    assert message in problems(text)[""].message


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(b'{"interval": "\xff"}')
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_config(file)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path)


def test_numbers_that_are_none_and_keys_given_twice(problems: Problems) -> None:
    found = problems('{"risk": {"leverage": NaN, "max_open_positions": 1, "max_open_positions": 2}, "interval": "1"}')
    assert found["risk.leverage"].message == "must be a finite number"
    assert found["risk.max_open_positions"].message == "is there more than once"
    assert "-Infinity" in str(problems('{"strategy": {"params": {"x": [-Infinity]}}}')["strategy.params.x[0]"])


def test_every_mistake_of_every_source_at_once(problems: Problems) -> None:
    found = problems(
        {"interval": "2", "risk": {"leverage": 0, "risk_per_trade": 9}},
        overrides=["console.refresh_ms=1", "risk.leverage=900", "=1", "a..b=2"],
        environ={"BOT__RISK__LEVERGE": "3", "BOT__STORAGE__FILE": "", "BOT__": "x"},
        dotenv="BOT__FEED__SILENT_AFTER_MS=soon\nthis is no assignment\n",
    )
    sources = {path: problem.source for path, problem in found.items() if path}
    assert sources.pop("interval").endswith("config.json")
    assert sources.pop("risk.risk_per_trade").endswith("config.json")
    assert sources.pop("feed.silent_after_ms").endswith(".env BOT__FEED__SILENT_AFTER_MS")
    assert sources == {
        "risk.leverage": "--set risk.leverage",
        "console.refresh_ms": "--set console.refresh_ms",
        "risk.leverge": "environment BOT__RISK__LEVERGE",
        "storage.file": "environment BOT__STORAGE__FILE",
    }


def test_the_source_is_told_also_inside_objects_and_unknown_sections(problems: Problems) -> None:
    found = problems(
        {"risk": {"leverage": 2}},
        overrides=['risk={"leverage": 0}'],
        environ={"BOT__RSK__LEVERAGE": "2", "BOT__RISK__LEVERAGE": "3"},
    )
    assert found["risk.leverage"].source == "--set risk"
    assert found["rsk"].source == "environment BOT__RSK__LEVERAGE"


def test_two_variables_for_one_key_are_refused(problems: Problems) -> None:
    found = problems(environ={"BOT__INTERVAL": "1", "bot__interval": "3"})
    assert found[""].message == "sets the same key as BOT__INTERVAL"
    found = problems(environ={"BOT__ALERTS__URLS": "[]", "BOT_ALERT_URLS": "json://x"})
    assert "sets the same key as BOT__ALERTS__URLS" in found[""].message


@pytest.mark.parametrize("kind", ["demo", "testnet", "mainnet"])
def test_real_venues_need_both_keys(problems: Problems, kind: str) -> None:
    venue = {"kind": kind, "i_understand_this_trades_real_money": True}
    found = problems({"venue": venue, "interval": "2"}, environ={"BYBIT_API_KEY": "abcdef"})
    assert set(found) == {"BYBIT_API_SECRET", "interval"}
    assert found["BYBIT_API_SECRET"].message == f"is not set, and venue.kind {kind} needs it"


def test_a_list_of_wrong_symbols_is_not_called_empty(problems: Problems) -> None:
    found = problems({"symbols": ["btcusdt"]})
    assert list(found) == ["symbols[0]"]


def test_mainnet_needs_a_confirmation(problems: Problems) -> None:
    environ = {"BYBIT_API_KEY": "abcdef", "BYBIT_API_SECRET": "ghijkl"}
    found = problems({"venue": {"kind": "mainnet"}}, environ=environ)
    assert set(found) == {"venue.i_understand_this_trades_real_money"}


def test_secrets_are_masked_wherever_they_were_put(problems: Problems) -> None:
    environ = {"BYBIT_API_KEY": "abc def", "BYBIT_API_SECRET": "s3cretly", "BOT_ALERT_URLS": "tgram://t0ken-of-mine/1"}
    found = problems({"interval": "s3cretly", "storage": {"fil": "t0ken-of-mine"}}, environ=environ)
    text = str(list(found.values()))
    assert "s3cretly" not in text
    assert "t0ken" not in text
    assert "abc def" not in text
    assert found["BYBIT_API_KEY"].message.startswith("must be ASCII text without blanks")
    assert "secrets do not belong here" in str(problems(overrides=["simulator.api_key=s3cretly"]))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
paths = st.sampled_from([
    "venue", "venue.kind", "simulator", "simulator.feed", "simulator.feed.kind", "simulator.feed.start", "symbols",
    "simulator.speed", "simulator.taker_fee_rate", "interval", "strategy", "strategy.params", "risk", "risk.leverage",
    "risk.max_open_positions", "alerts.urls", "logging.file", "execution.order_prefix", "unknown",
])  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path=paths, value=json_values)
def test_whatever_stands_in_the_file_is_loaded_or_told(problems: Problems, path: str, value: Any) -> None:
    tree: Any = value
    for key in reversed(path.split(".")):
        tree = {key: tree}
    try:
        found = problems(tree)
    except pytest.fail.Exception:
        return  # it loaded
    assert found
