"""Durations as people write them on a command line."""

import re
from decimal import Decimal
from typing import Final

from bot.domain.errors import UserError

_UNIT_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)", re.ASCII)
_WHOLE: Final = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_DAYS_MAX: Final = 3_650


def parse_duration_ms(text: str) -> int:
    """Return a duration such as 90s, 5m, 1h30m or 1.5d in milliseconds. UserError: it is not one, or not above 0."""
    compact = text.strip().lower().replace(" ", "")
    duration_ms = 0
    if _WHOLE.fullmatch(compact):
        duration_ms = int(sum(Decimal(number) * _UNIT_MS[unit] for number, unit in _PART.findall(compact)))
    if not 0 < duration_ms <= _DAYS_MAX * _UNIT_MS["d"]:
        raise UserError(f"{text!r} is not a duration; write it like 90s, 5m or 1h30m")
    return duration_ms
