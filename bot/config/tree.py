"""JSON values read exactly, the key paths inside them, and how a value is shown in a message."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from bot.config.secrets import MASK, names_a_secret

type Json = bool | int | float | Decimal | str | list[Json] | dict[str, Json] | None
type Path = tuple[str | int, ...]

_SHOWN_LENGTH_MAX: Final = 80
_DEPTH_MAX: Final = 50


class NotFinite(str):
    """NaN or Infinity, kept as text until its place in the file is known."""

    __slots__ = ()


class JsonText(dict[str, Json]):
    """A JSON object together with the keys that its text gives more than once."""

    __slots__ = ("repeated_keys",)

    def __init__(self, pairs: list[tuple[str, Json]]) -> None:
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        self.repeated_keys = tuple(key for key, count in counts.items() if count > 1)


def parse_json(text: str) -> Json:
    """Read JSON text without losing a digit: numbers with a fraction become `Decimal`.

    Raises ValueError (json.JSONDecodeError where the place is known) and RecursionError. Repeated keys and
    NaN or Infinity are kept as `JsonText.repeated_keys` and `NotFinite`, so that the caller can say where they are.
    """
    value: Json = json.loads(text, parse_float=_exact, parse_constant=NotFinite, object_pairs_hook=JsonText)
    _refuse_depth(value)
    return value


def _refuse_depth(value: Json) -> None:
    """Keep every later walk over the value shallow, whatever the file holds."""
    level = [value]
    for _ in range(_DEPTH_MAX):
        level = [item for node in level for item in _items(node)]
        if not level:
            return
    raise RecursionError


def _items(value: Json) -> Iterable[Json]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what a Decimal can hold
        raise ValueError(f"the number {text[:_SHOWN_LENGTH_MAX]} is out of range") from None


def walk(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Yield a value and everything inside it, each with its path, outermost first."""
    yield path, value
    match value:
        case dict():
            for key, item in value.items():
                yield from walk(item, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from walk(item, (*path, index))
        case _:
            pass


def dotted(path: Path) -> str:
    """Return a path as people write it: risk.leverage, symbols[1].interval."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{printable(part)}"
    return text.removeprefix(".")


def printable(text: str) -> str:
    """Return the text with control characters escaped: a message stays one line, whatever was in the file."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape", "replace").decode() for char in text)


def shown(path: Path, value: Json) -> str:
    """Return a value as a message shows it: JSON, shortened, and masked where its path names a secret."""
    text = printable(_json_text(path, value))
    return text if len(text) <= _SHOWN_LENGTH_MAX else text[: _SHOWN_LENGTH_MAX - 3] + "..."


def is_secret_path(path: Path) -> bool:
    """Tell whether what stands at this path must not be shown: keys of an account, alert URLs."""
    names = [part for part in path if isinstance(part, str)]
    return names[:2] == ["alerts", "urls"] or any(map(names_a_secret, names))


def _json_text(path: Path, value: Json) -> str:
    match value:
        case _ if is_secret_path(path):
            return MASK
        case dict():
            items = (f"{json.dumps(key)}: {_json_text((*path, key), item)}" for key, item in value.items())
            return "{" + ", ".join(items) + "}"
        case list():
            return "[" + ", ".join(_json_text((*path, index), item) for index, item in enumerate(value)) + "]"
        case Decimal() | NotFinite():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
