"""Layers of settings, one for each source, and how they are laid over each other."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.config.errors import Problem
from bot.config.secrets import API_KEY, API_SECRET, MASK, names_a_secret
from bot.config.tree import Json, JsonText, NotFinite, Path, dotted, walk

_SECRET_MESSAGE: Final = (
    f"secrets do not belong here; put {API_KEY} and {API_SECRET} in the environment or in .env and remove this key"
)
_CHOICES: Final[Mapping[Path, Mapping[str, str | None]]] = {
    ("simulator", "feed"): {"kind": "synthetic"},
    ("strategy",): {"name": "ema_cross", "file": None},
}
"""Objects in which some keys (with their defaults) decide what the others mean."""


@dataclass(slots=True)
class Layer:
    """The settings of one source as a tree, what set each of them, and what is wrong with the source itself."""

    tree: dict[str, Json] = field(default_factory=dict)
    origins: dict[Path, str] = field(default_factory=dict)
    """Which file, variable or option set the value at a path."""
    problems: list[Problem] = field(default_factory=list)
    is_readable: bool = True
    """False if the source could not be read at all, so that judging its keys would only mislead."""

    def refuse(self, source: str, message: str, path: str = "", value: str | None = None) -> None:
        self.problems.append(Problem(path, value, message, source))

    def put(self, path: Path, value: Json, source: str) -> None:
        """Set a key, making the objects that lead to it."""
        node = self.tree
        for part in path[:-1]:
            deeper = node.get(str(part))
            if not isinstance(deeper, dict):
                deeper = {}
                node[str(part)] = deeper
            node = deeper
        node[str(path[-1])] = value
        self.origins[path] = source

    def report_refused_values(self) -> None:
        """Report repeated keys, numbers that are none and keys that hold secrets."""
        for path, value in walk(self.tree):
            source = origin(self.origins, path)
            if isinstance(value, JsonText):
                for key in value.repeated_keys:
                    self.refuse(source, "is there more than once", dotted((*path, key)))
            if isinstance(value, NotFinite):
                self.refuse(source, "must be a finite number", dotted(path), str(value))
            if path and isinstance(path[-1], str) and names_a_secret(path[-1]):
                self.refuse(source, _SECRET_MESSAGE, dotted(path), MASK)


def origin(origins: Mapping[Path, str], path: Path) -> str:
    """Return what set the value at a path: itself or its nearest parent, else the first of the keys inside it."""
    for length in range(len(path), -1, -1):
        if path[:length] in origins:
            return origins[path[:length]]
    return next((source for inside, source in origins.items() if inside[: len(path)] == path), "")


def merge(layers: Iterable[Layer]) -> Layer:
    """Lay sources over each other, the later over the earlier; objects are merged, anything else is replaced."""
    merged = Layer()
    for layer in layers:
        merged.problems.extend(layer.problems)
        _lay_over(merged, (), merged.tree, layer.tree, layer.origins)
    return merged


def _lay_over(
    merged: Layer, path: Path, low: dict[str, Json], high: dict[str, Json], sources: Mapping[Path, str]
) -> None:
    for key, value in high.items():
        inner = (*path, key)
        below = low.get(key)
        if isinstance(value, dict) and isinstance(below, dict) and not _is_another_kind(inner, below, value):
            _lay_over(merged, inner, below, value, sources)
            continue
        low[key] = copy.deepcopy(value)
        for stale in [known for known in merged.origins if known[: len(inner)] == inner]:
            del merged.origins[stale]
        for deeper, _ in walk(value, inner):
            merged.origins[deeper] = origin(sources, deeper)


def _is_another_kind(path: Path, low: dict[str, Json], high: dict[str, Json]) -> bool:
    """Whether `high` picks another kind of feed or strategy, to which the keys of `low` mean nothing."""
    return any(key in high and high[key] != low.get(key, default) for key, default in _CHOICES.get(path, {}).items())
