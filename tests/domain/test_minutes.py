"""Minutes that match five fields."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.minutes import MinuteRule
from bot.domain.values import TimeMs


def at(text: str) -> TimeMs:
    return TimeMs(int(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000))


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("* * * * *", ["2026-01-01 00:00", "2026-07-05 23:59"], []),
        ("* 13-20 * * mon-fri", ["2026-01-05 13:00", "2026-01-09 20:59"], ["2026-01-05 12:59", "2026-01-10 14:00"]),
        ("*/15 * * * *", ["2026-01-01 00:45"], ["2026-01-01 00:46"]),
        ("5/20 * * * *", ["2026-01-01 00:05", "2026-01-01 00:45"], ["2026-01-01 00:00", "2026-01-01 00:20"]),
        ("0-4,55-59 0,8,16 * * *", ["2026-01-01 08:04", "2026-01-01 16:55"], ["2026-01-01 08:05", "2026-01-01 09:00"]),
        ("30 12 25 dec *", ["2026-12-25 12:30"], ["2026-11-25 12:30"]),
        ("* * * * 0", ["2026-01-04 10:00"], ["2026-01-05 10:00"]),
        ("* * * * 7", ["2026-01-04 10:00"], ["2026-01-03 10:00"]),
        ("* * 13 * fri", ["2026-02-13 10:00"], ["2026-02-20 10:00", "2026-01-13 10:00"]),
    ],
)
def test_minutes_in_and_out_of_a_rule(rule: str, inside: list[str], outside: list[str]) -> None:
    parsed = MinuteRule.parse(rule)
    assert all(parsed.matches(at(text)) for text in inside)
    assert not any(parsed.matches(at(text)) for text in outside)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("* * * *", "five fields"),
        ("60 * * * *", '"60" is no minute (0 to 59)'),
        ("* 24 * * *", "is no hour"),
        ("* * 0 * *", "is no day of the month"),
        ("* * * foo *", '"foo" is no month'),
        ("* * * * 8", "is no day of the week"),
        ("* 20-8 * * *", "goes backwards"),
        ("*/0 * * * *", "is no step of the minute"),
        (", * * * *", "is no minute"),
        ("1- * * * *", "is no minute"),
        ("-1 * * * *", "is no minute"),
        ("٣ * * * *", "is no minute"),
    ],
)
def test_what_is_wrong_with_a_rule(rule: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(").replace(")", r"\)")):
        MinuteRule.parse(rule)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(0, 59_999))  # noqa: DTZ001 - made UTC below
def test_a_rule_for_a_minute_matches_all_of_it_and_not_the_next(moment: datetime, within_ms: int) -> None:
    minute = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    weekday = minute.isoweekday() % 7
    rule = MinuteRule.parse(f"{minute.minute} {minute.hour} {minute.day} {minute.month} {weekday}")
    start_ms = int(minute.timestamp() * 1000)
    assert rule.matches(TimeMs(start_ms + within_ms))
    assert not rule.matches(TimeMs(start_ms + int(timedelta(minutes=1).total_seconds() * 1000) + within_ms))
