"""Mistakes in strategies and their parameters, told like all others: by source, key and value."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bot.config.errors import Problem
from bot.config.layers import Layer, origin
from bot.config.models import Config
from bot.config.trading import DEFAULT_STRATEGY, StrategyChoice
from bot.config.tree import Json, Path, dotted, shown

type FindMistakes = Callable[[StrategyChoice], Sequence[tuple[str, Any, str]]]
"""Takes a choice of strategy; gives the key below the strategy, the value or None, and what is wrong."""


def find_strategy_problems(merged: Layer, config: Config | None, find_mistakes: FindMistakes) -> Iterator[Problem]:
    """Yield a problem for each mistake in the bot's strategy, and in the strategies of symbols that have their own.

    Where the rest of the configuration is wrong too (`config` is None) the bot's strategy is looked at all the same.
    """
    chosen = _choice(merged.tree.get("strategy", {})) if config is None else config.strategy.choice
    if chosen is not None:
        yield from _problems(("strategy",), chosen, merged, find_mistakes)
    for index, entry in enumerate(config.symbols if config is not None else ()):
        own = entry.strategy
        if config is None or not (own.name or own.file or own.params.plain()):
            continue
        choice = config.for_symbol(entry.symbol).strategy.choice
        yield from _problems(("symbols", index, "strategy"), choice, merged, find_mistakes)


def _choice(section: Json) -> StrategyChoice | None:
    """What a section that may be wrong asks for; None where that can not be told."""
    if not isinstance(section, dict):
        return None
    name, file, class_name, params = (section.get(key) for key in ("name", "file", "class", "params"))
    texts_are_texts = all(text is None or isinstance(text, str) for text in (name, file, class_name))
    if not texts_are_texts or not isinstance(params, dict | None) or (name is not None and file is not None):
        return None
    return StrategyChoice(
        (str(name or DEFAULT_STRATEGY)) if file is None else None,
        None if file is None else str(file),
        None if class_name is None else str(class_name),
        params or {},
    )


def _problems(at: Path, choice: StrategyChoice, merged: Layer, find_mistakes: FindMistakes) -> Iterator[Problem]:
    for key, value, message in find_mistakes(choice):
        path = (*at, *key.split("."))
        yield Problem(
            dotted(path), None if value is None else shown(path, value), message, origin(merged.origins, path)
        )
