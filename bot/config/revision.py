"""Which changes of the configuration a running bot can take over, and which it can not."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.config.models import Config

HOT = (
    "risk.risk_per_trade",
    "risk.max_open_positions",
    "risk.fallback_stop_fraction",
    "risk.limits",
    "risk.sizing",
    "risk.guards.cooldown",
    "risk.guards.stop_losses",
    "risk.guards.losing_streak",
    "risk.guards.low_profit",
    "risk.guards.signal_age_max_ms",
    "risk.guards.spread_max",
    "risk.guards.windows",
    "entry",
    "exits.break_even",
    "exits.step_fraction",
    "exits.targets",
    "exits.time_stop_minutes",
    "execution.close_positions_on_stop",
    "alerts.min_severity",
)
"""Keys, with everything below them, that count from one message to the next."""

COLD = (
    "risk.sizing.kind",  # another method may need indicators that were not read from the start
    "risk.limits.correlation",  # closes would have to be collected first
)
"""Parts of hot keys that are fixed nevertheless."""


class Change(NamedTuple):
    """What another configuration changes: keys with their new values, and those of them that need a restart."""

    keys: Mapping[str, str]
    cold: Sequence[str]


def change_between(running: Config, wanted: Config) -> Change:
    """Compare two configurations key by key."""
    before, after = dict(_leaves(running)), dict(_leaves(wanted))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if running.alerts.urls != wanted.alerts.urls and "alerts.urls" not in names:
        names.append("alerts.urls")
    if running.credentials != wanted.credentials:
        names.append("the API key")
    unread = ["exits"] if wanted.exits.follows_market and not running.exits.follows_market else []
    if running.risk.guards.spread_max is None:
        unread.append("risk.guards.spread_max")  # without a ticker no spread is known, and nothing entered
    cold = [name for name in names if not is_hot(name) or _within(name, unread)]
    told = [name for name in names if not any(other.startswith(f"{name}.") for other in names)]
    return Change({name: after.get(name, "removed") for name in told}, cold)


def is_hot(name: str) -> bool:
    """Whether a running bot can take over another value of a key."""
    return _within(name, HOT) and not _within(name, COLD)


def _within(name: str, keys: Sequence[str]) -> bool:
    return any(name == key or name.startswith(f"{key}.") for key in keys)


def _leaves(config: Config) -> Iterator[tuple[str, str]]:
    """Every key with its value as text; secrets show as stars."""
    yield from _flattened("", config.model_dump(mode="json"))


def _flattened(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _flattened(f"{name}.{key}" if name else key, below)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)
