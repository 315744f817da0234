"""The JSON Schema of config.json, generated from the models so that it cannot lag behind them."""

import json
from pathlib import Path

from bot.config.models import Config

SCHEMA_FILE = Path(__file__).with_name("config.schema.json")
"""The committed schema; `$schema` in config.json points at it, so that editors complete and check the file."""


def schema_text() -> str:
    """Return the schema as the text of `SCHEMA_FILE`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
