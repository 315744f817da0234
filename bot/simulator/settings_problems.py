"""Says in plain words what a JSON decoder found wrong in settings."""

import json
import re
from difflib import get_close_matches
from typing import Final

from bot.simulator.server.faults.kinds import Fault
from bot.simulator.settings_parts import AddressSettings, KeySettings, UpstreamSettings

_PLACE: Final = re.compile(r" - at `\$\.?(?P<path>.*)`$")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
_CHOICE: Final = re.compile(r"Invalid (?:enum )?value '(.*)'")
_TYPE: Final = re.compile(r"Expected `(.*)`, got `(.*)`")
_WORDS: Final = {
    "array": 'a list: ["...", "..."]',
    "object": "an object: {...}",
    "str": 'a text: "..."',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "decimal": "a number",
    "null": "null",
}
_PARTS: Final = {"keys": KeySettings, "upstream": UpstreamSettings, "address_limits": AddressSettings}


def settings_problem(text: bytes, error: Exception, names: tuple[str, ...]) -> str:
    """One sentence for a mistake in the JSON `text`; `names` are those of all settings."""
    try:
        json.loads(text)
    except json.JSONDecodeError as broken:
        return f"line {broken.lineno}, column {broken.colno}: this is no JSON: {broken.msg}"
    except UnicodeDecodeError:
        return "this is no UTF-8 text"
    return _shape_problem(str(error), names)


def _shape_problem(message: str, names: tuple[str, ...]) -> str:
    found = _PLACE.search(message)
    path, message = (found["path"], message[: found.start()]) if found else ("", message)
    if unknown := _UNKNOWN.fullmatch(message):
        return f"{_join(path, unknown[1])}: there is no such setting{_hint(unknown[1], _names_at(path, names))}"
    if missing := _MISSING.fullmatch(message):
        return f"{_join(path, missing[1])}: is missing"
    if choice := _CHOICE.fullmatch(message):
        choices = _choices_at(path)
        near = _hint(choice[1], choices)
        return f"{path}: {choice[1]!r} is not known{near or _list(choices)}"
    if kind := _TYPE.fullmatch(message):
        wanted = " or ".join(_WORDS.get(each, each) for each in kind[1].split(" | "))
        return f"{path}: must be {wanted}" if path else f"must be {wanted}"
    return f"{path}: {message}" if path else message


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _hint(word: str, choices: tuple[str, ...]) -> str:
    close = get_close_matches(word.lower().replace("-", "_"), choices, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _list(choices: tuple[str, ...]) -> str:
    return f"; it is one of {', '.join(choices)}" if choices else ""


def _names_at(path: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names that an object at `path` may have; for faults those of all kinds together."""
    part = re.split(r"[.\[]", path, maxsplit=1)[0]
    if not part:
        return names
    if part == "faults":
        return tuple({name for kind in Fault.__subclasses__() for name in ("fault", *kind.__struct_fields__)})
    return _PARTS[part].__struct_fields__ if part in _PARTS else ()


def _choices_at(path: str) -> tuple[str, ...]:
    name = path.rpartition(".")[2]
    return {
        "feed": ("synthetic", "candles", "capture", "mirror"),
        "speed": ("a number without quotes", "lockstep"),
        "how": ("close", "reset", "silence"),
        "fault": tuple(str(kind.__struct_config__.tag) for kind in Fault.__subclasses__()),
    }.get(name, ())
