"""Sets of minutes, written like the times of a cron table."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Self

import msgspec

from bot.domain.values import TimeMs

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NO_NAMES: Mapping[str, int] = {}
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, _NO_NAMES),
    ("hour", 0, 23, _NO_NAMES),
    ("day of the month", 1, 31, _NO_NAMES),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, start=1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(_WEEKDAYS)}),
)
_SUNDAY_TOO = 7


class MinuteRule(msgspec.Struct, frozen=True):
    """All minutes (UTC) that match five fields: minute, hour, day of the month, month, day of the week.

    A field is ``*``, a number, a range ``9-17``, either with a step ``*/15``, or several of these with commas; months
    and weekdays also by their English names, Sunday as 0 or 7. Unlike in a cron table a minute must match all five.
    """

    text: str
    fields: tuple[frozenset[int], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a rule. ValueError says what is wrong with it."""
        parts = text.lower().split()
        if len(parts) != len(_FIELDS):
            raise ValueError(f"must have five fields, minute hour day month weekday, not {len(parts)}")
        fields = [_field(part, *field) for part, field in zip(parts, _FIELDS, strict=True)]
        if _SUNDAY_TOO in fields[4]:
            fields[4] |= {0}
        return cls(text, tuple(fields))

    def matches(self, at_ms: TimeMs) -> bool:
        """Whether a moment (ms since 1970) is in one of the minutes."""
        moment = datetime.fromtimestamp(at_ms // 1000, UTC)
        now = (moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7)
        return all(value in field for value, field in zip(now, self.fields, strict=True))


def _field(text: str, name: str, low: int, high: int, names: Mapping[str, int]) -> frozenset[int]:
    values: set[int] = set()
    for item in text.split(","):
        span, slash, step_text = item.partition("/")
        step = _number(step_text, f"step of the {name}", 1, high, _NO_NAMES) if slash else 1
        if span == "*":
            first, last = low, high
        else:
            first_text, dash, last_text = span.partition("-")
            first = _number(first_text, name, low, high, names)
            last = _number(last_text, name, low, high, names) if dash else (high if slash else first)
        if last < first:
            raise ValueError(f"the range {span} of the {name} goes backwards")
        values.update(range(first, last + 1, step))
    return frozenset(values)


def _number(text: str, name: str, low: int, high: int, names: Mapping[str, int]) -> int:
    number = names.get(text, int(text) if text.isascii() and text.isdigit() else -1)
    if not low <= number <= high:
        raise ValueError(f'"{text}" is no {name} ({low} to {high})')
    return number
