"""The committed JSON Schema, and the configuration that ships with the bot."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from bot.config.fields import Interval
from bot.config.load import load_config
from bot.config.schema import SCHEMA_FILE, schema_text
from bot.domain.values import MINUTES_BY_INTERVAL

ROOT = Path(__file__).parents[2]


def test_the_committed_schema_is_up_to_date() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m bot schema --output bot/config/config.schema.json"
    )


def test_the_default_configuration_is_valid_and_names_the_schema() -> None:
    config = load_config(ROOT / "config.json")
    assert (ROOT / config.schema_uri).resolve() == SCHEMA_FILE.resolve()
    assert len(config.symbols) == 5
    assert config.venue.kind == "simulator"


def test_every_key_is_described_and_every_number_bounded() -> None:
    schema = json.loads(schema_text())
    for where, key in _keys(schema):
        described = key if "description" in key else schema["$defs"][key["$ref"].rpartition("/")[2]]
        assert described.get("description"), where
        kinds = [key, *key.get("anyOf", [])]
        for number in (kind for kind in kinds if kind.get("type") in {"integer", "number"}):
            assert "maximum" in number, where
            assert {"minimum", "exclusiveMinimum"} & set(number), where


def test_every_object_refuses_other_keys() -> None:
    schema = json.loads(schema_text())
    sections = [schema, *schema["$defs"].values()]
    for section in (kind for each in sections for kind in each.get("anyOf", [each])):
        assert section["type"] == "string" or section["additionalProperties"] is False


def test_every_interval_is_one_of_the_domain() -> None:
    assert get_args(get_args(Interval)[0]) == tuple(MINUTES_BY_INTERVAL)


def _keys(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, section in [("", schema), *schema["$defs"].items()]:
        for kind in section.get("anyOf", [section]):
            for key, value in kind.get("properties", {}).items():
                yield f"{name}.{key}", value
