"""Mistakes in strategies and their parameters, told like all others: by source, key and value."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.config.errors import Problem
from bot.config.layers import Layer, origin
from bot.config.models import Config
from bot.config.trading import StrategyConfig
from bot.config.tree import Path, dotted, shown

type FindMistakes = Callable[[str, Mapping[str, Any]], Sequence[tuple[str, Any, str]]]
"""Takes a strategy's name and parameters; gives the key below the strategy, the value or None, and what is wrong."""


def find_strategy_problems(merged: Layer, config: Config | None, find_mistakes: FindMistakes) -> Iterator[Problem]:
    """Yield a problem for each mistake in the bot's strategy, and in the strategies of symbols that have their own.

    Where the rest of the configuration is wrong too (`config` is None) the bot's strategy is looked at all the same.
    """
    chosen = merged.tree.get("strategy", {})
    name = chosen.get("name", StrategyConfig().name) if isinstance(chosen, dict) else None
    params = chosen.get("params", {}) if isinstance(chosen, dict) else None
    if isinstance(name, str) and isinstance(params, dict):
        yield from _problems(("strategy",), name, params, merged, find_mistakes)
    for index, entry in enumerate(config.symbols if config is not None else ()):
        if config is None or not (entry.strategy.name or entry.strategy.params.plain()):
            continue
        own = config.for_symbol(entry.symbol).strategy
        yield from _problems(("symbols", index, "strategy"), own.name, own.params.plain(), merged, find_mistakes)


def _problems(
    at: Path, name: str, params: Mapping[str, Any], merged: Layer, find_mistakes: FindMistakes
) -> Iterator[Problem]:
    for key, value, message in find_mistakes(name, params):
        path = (*at, *key.split("."))
        yield Problem(
            dotted(path), None if value is None else shown(path, value), message, origin(merged.origins, path)
        )
