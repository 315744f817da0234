"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.duration import parse_duration_ms
from bot.domain.errors import UserError


@pytest.mark.parametrize(
    ("text", "duration_ms"),
    [
        ("90s", 90_000),
        ("5m", 300_000),
        ("1h30m", 5_400_000),
        ("1.5H", 5_400_000),
        ("250ms", 250),
        ("2d 1s", 172_801_000),
    ],
)
def test_durations(text: str, duration_ms: int) -> None:
    assert parse_duration_ms(text) == duration_ms


@pytest.mark.parametrize("text", ["", "90", "s", "0s", "-5s", "1x", "5s later", "99999d", "1e3s", "0.1ms", "٣s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="write it like 90s, 5m or 1h30m"):
        parse_duration_ms(text)


@given(st.integers(0, 20), st.integers(0, 59), st.integers(1, 59))
def test_parts_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration_ms(f"{hours}h{minutes}m{seconds}s") == ((hours * 60 + minutes) * 60 + seconds) * 1000
