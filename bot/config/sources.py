"""Where settings come from: config.json, .env, the environment, --set; each is read into a layer."""

import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Final

from dotenv.parser import parse_stream

from bot.config.errors import Problem
from bot.config.layers import Layer
from bot.config.tree import Json, NotFinite, Path, parse_json, printable

ALERT_URLS: Final = "BOT_ALERT_URLS"
_PREFIX: Final = "BOT__"
_ALERT_URLS_KEY: Final = f"{_PREFIX}ALERTS__URLS"


class _UnreadableError(Exception):
    """A source that cannot be read; its text says why, to go behind the name of the source."""


def read_file(path: FilePath) -> Layer:
    """Read config.json."""
    layer = Layer()
    source = str(path)
    layer.origins[()] = source
    try:
        layer.tree = _object_in(_text_of(path))
    except FileNotFoundError:
        layer.refuse(source, "there is no such file; name another one with --config FILE")
        layer.is_readable = False
    except _UnreadableError as error:
        layer.refuse(source, str(error))
        layer.is_readable = False
    layer.report_refused_values()
    return layer


def read_dotenv(path: FilePath | None) -> tuple[dict[str, str], list[Problem]]:
    """Read a .env file, if there is one, into variables; a line that is no assignment is a problem."""
    if path is None:
        return {}, []
    source = str(path)
    try:
        text = _text_of(path)
    except FileNotFoundError:
        return {}, []
    except _UnreadableError as error:
        return {}, [Problem("", None, str(error), source)]
    variables: dict[str, str] = {}
    problems: list[Problem] = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            # The line is not shown: it may hold half a secret.
            problems.append(Problem("", None, f"line {binding.original.line} is not NAME=value", source))
        elif binding.key is not None:
            variables[binding.key] = binding.value or ""
    return variables, problems


def _text_of(path: FilePath) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise
    except UnicodeDecodeError as error:
        raise _UnreadableError(f"is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise _UnreadableError(f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a NUL character in the path
        raise _UnreadableError(f"cannot be read: {error}") from None


def _object_in(text: str) -> dict[str, Json]:
    try:
        value = parse_json(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise _UnreadableError(f"is not valid JSON: {_lower_first(error.msg)} at {place}") from None
    except RecursionError:
        raise _UnreadableError("is nested too deeply") from None
    except ValueError as error:
        raise _UnreadableError(f"is not valid JSON: {_lower_first(str(error))}") from None
    if not isinstance(value, dict):
        raise _UnreadableError("must hold a JSON object: { ... }")
    return value


def read_variables(variables: Mapping[str, str], where: str) -> Layer:
    """Read BOT__SECTION__KEY variables (in any case) and BOT_ALERT_URLS; `where` is "environment" or the .env file."""
    layer = Layer()
    named = {name: _key_path(name) for name in variables if name.upper().startswith(_PREFIX)}
    for name, path in sorted(named.items(), key=lambda item: (len(item[1]), item[0])):
        source = f"{where} {printable(name)}"
        if not all(path):
            layer.refuse(source, f"names no key; write it like {_PREFIX}RISK__LEVERAGE")
        elif path in layer.origins:
            layer.refuse(source, f"sets the same key as {layer.origins[path].removeprefix(where).strip()}")
        else:
            layer.put(path, parse_value(variables[name]), source)
    if variables.get(ALERT_URLS, "").strip():
        _put_alert_urls(layer, variables[ALERT_URLS], f"{where} {ALERT_URLS}")
    layer.report_refused_values()
    return layer


def read_overrides(overrides: Sequence[str]) -> Layer:
    """Read `--set a.b=value` options; of two that set the same key the later one counts."""
    layer = Layer()
    for text in overrides:
        key, equals, value = text.partition("=")
        path = tuple(key.strip().split("."))
        if not equals or not all(path):
            # Not shown in full: what stands after a missing "=" might be anything.
            layer.refuse(f"--set {printable(key)}", "must be written like --set risk.leverage=3")
        else:
            layer.put(path, parse_value(value), f"--set {printable(key.strip())}")
    layer.report_refused_values()
    return layer


def parse_value(text: str) -> Json:
    """Read the value of a variable or of --set: JSON if it is JSON, otherwise the text itself."""
    try:
        value = parse_json(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, NotFinite) else value


def split_urls(text: str) -> list[str]:
    """Split comma-separated URLs; a comma inside a URL (several receivers of a mail) stays where it is."""
    parts = re.split(r",\s*(?=[A-Za-z][A-Za-z0-9+.-]*://)", text.strip())
    return [part.strip().rstrip(",") for part in parts if part.strip()]


def _put_alert_urls(layer: Layer, text: str, source: str) -> None:
    path = ("alerts", "urls")
    if path in layer.origins:
        layer.refuse(source, f"sets the same key as {_ALERT_URLS_KEY}; keep one of them")
    else:
        layer.put(path, list[Json](split_urls(text)), source)


def _key_path(name: str) -> Path:
    return tuple(name[len(_PREFIX) :].lower().split("__"))


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
