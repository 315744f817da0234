"""Turns what pydantic found into problems that a person can mend."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, cast, get_args

from pydantic import ValidationError

from bot.config.base import Section
from bot.config.errors import Problem
from bot.config.layers import Layer, origin
from bot.config.models import Config
from bot.config.tree import Json, Path, dotted, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_FEED_KINDS: Final = ("synthetic", "candles")
_FEED: Final[Path] = ("simulator", "feed")
_UNION: Final = ("union_tag_invalid", "union_tag_not_found")
_OBJECT: Final = "must be an object: {{ ... }}"  # braces doubled for str.format
_PLAIN: Final = {
    "missing": "is required",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "tuple_type": 'must be a list: ["...", "..."]',
    "too_short": "must have at least {min_length} item",
    "too_long": "must have at most {max_length} items",
}  # fmt: skip


def find_problems(error: ValidationError, merged: Layer) -> Iterator[Problem]:
    """Yield a problem for each error of the validation of `merged.tree`."""
    for detail in error.errors(include_url=False):
        if detail["type"] == "duplicate_symbols":  # find_duplicates says which
            continue
        path, value, is_there = _locate(detail, merged.tree)
        if detail["type"] == "too_short" and value:  # what is too short is only what was left of it: told by item
            continue
        yield Problem(
            dotted(path),
            shown(path, value) if is_there else None,
            _message(detail, path, value),
            origin(merged.origins, path),
        )


def find_duplicates(merged: Layer) -> Iterator[Problem]:
    """Yield a problem for each symbol that an earlier entry names already."""
    symbols = merged.tree.get("symbols")
    first: dict[str, Path] = {}
    for index, entry in enumerate(symbols if isinstance(symbols, list) else ()):
        name = entry.get("symbol") if isinstance(entry, dict) else entry
        if not isinstance(name, str):
            continue
        path: Path = ("symbols", index, "symbol") if isinstance(entry, dict) else ("symbols", index)
        if name in first:
            message = f"is in the list already, as {dotted(first[name])}"
            yield Problem(dotted(path), shown(path, name), message, origin(merged.origins, path))
        first.setdefault(name, path)


def _locate(detail: "ErrorDetails", tree: Json) -> tuple[Path, Json, bool]:
    """Return the path, as the user wrote it, that an error is about, what stands there, and whether anything does."""
    context = detail.get("ctx", {})
    wanted = [*detail["loc"], *([context["key"]] if "key" in context else [])]
    wanted += [int(part) if part.isdigit() else part for part in str(context.get("at", "")).split(".") if part]
    if detail["type"] in _UNION:
        wanted.append("kind")
    path: Path = ()
    node = tree
    for part in wanted:
        if isinstance(node, dict):
            if path == _FEED and part in _FEED_KINDS and part not in node:
                continue  # pydantic names the kind of a union as a step of the path
            path = (*path, part)
            if part not in node:
                return path, None, False
            node = node[cast("str", part)]
        elif isinstance(node, list) and isinstance(part, int):
            path = (*path, part)
            node = node[part]
        else:
            break  # a symbol given by its name alone
    return path, node, True


def _message(detail: "ErrorDetails", path: Path, value: Json) -> str:
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind in _PLAIN:
        message = _PLAIN[kind].format(**context)
    elif kind == "extra_forbidden":
        similar = _similar_key(path)
        message = "unknown key" + ("; it belongs to another kind" if similar == path[-1] else _hint(similar))
    elif kind == "literal_error":
        message = f"must be one of {context['expected'].replace("'", '"')}" + _hint(_similar_choice(context, value))
    elif kind not in _UNION:
        message = detail["msg"]
    elif path == _FEED:
        message = 'must be an object, such as {"kind": "synthetic"}'
    else:
        message = 'must be one of "synthetic" or "candles"' + _hint(_close(str(value), _FEED_KINDS))
    return message


def _hint(suggestion: str | None) -> str:
    return "" if suggestion is None else f'; did you mean "{suggestion}"?'


def _similar_choice(context: dict[str, str], value: Json) -> str | None:
    choices = [choice.strip().strip("'") for choice in context["expected"].replace(" or ", ", ").split(",")]
    return _close(str(value), choices)


def _close(word: str, choices: Sequence[str]) -> str | None:
    by_lower_case = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word.lower(), by_lower_case, n=1, cutoff=0.6)
    return by_lower_case[close[0]] if close else None


def _similar_key(path: Path) -> str | None:
    """Return the key of this section that is nearest to the unknown one, or where a key of this name belongs."""
    here = [keys[-1] for keys in _key_paths(Config) if keys[:-1] == _without_indices(path[:-1])]
    name = str(path[-1])
    close = _close(name, here)
    if close is not None:
        return close
    elsewhere = [".".join(keys) for keys in _key_paths(Config) if keys[-1] == name.lower() and "symbols" not in keys]
    return elsewhere[0] if len(elsewhere) == 1 else None


def _without_indices(path: Path) -> tuple[str, ...]:
    return tuple(part for part in path if isinstance(part, str))


def _key_paths(section: type[Section], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every key path of the configuration; list indices are left out."""
    for name, field in section.model_fields.items():
        inner = (*path, field.alias or name)
        yield inner
        for deeper in _sections(field.annotation):
            yield from _key_paths(deeper, inner)


def _sections(annotation: object) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections(argument)
