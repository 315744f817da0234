"""A position without a stop gets one after a second, or is closed after five."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.values import TimeMs
from bot.orders.protection import (
    CLOSE_AFTER_MS,
    CLOSE_AGAIN_AFTER_MS,
    SET_STOP_AFTER_MS,
    Protection,
    Remedy,
)


def naked(at_ms: int = 0) -> Protection:
    watch = Protection()
    watch.observe(is_open=True, has_stop=False, now_ms=TimeMs(at_ms))
    return watch


def remedies(watch: Protection, until_ms: int) -> list[tuple[int, Remedy]]:
    """What is due when one looks every 100 ms."""
    found = [(now, watch.due(TimeMs(now))) for now in range(0, until_ms + 1, 100)]
    return [(now, remedy) for now, remedy in found if remedy is not Remedy.NOTHING]


def test_nothing_is_due_for_what_is_flat_or_protected() -> None:
    for is_open, has_stop in ((False, False), (False, True), (True, True)):
        watch = Protection()
        watch.observe(is_open=is_open, has_stop=has_stop, now_ms=TimeMs(0))
        assert watch.next_check_ms is None
        assert remedies(watch, 20_000) == []


def test_first_the_stop_then_the_close_again_and_again() -> None:
    assert remedies(naked(), 10_000) == [
        (SET_STOP_AFTER_MS, Remedy.SET_STOP),
        (CLOSE_AFTER_MS, Remedy.CLOSE),
        (CLOSE_AFTER_MS + CLOSE_AGAIN_AFTER_MS, Remedy.CLOSE),
        (CLOSE_AFTER_MS + 2 * CLOSE_AGAIN_AFTER_MS, Remedy.CLOSE),
    ]


def test_a_stop_that_is_refused_leaves_only_the_close() -> None:
    watch = naked()
    watch.stop_refused(TimeMs(200))
    assert watch.next_check_ms == 200
    assert remedies(watch, 300) == [(200, Remedy.CLOSE)]


def test_a_refusal_means_nothing_once_the_position_is_protected_or_gone() -> None:
    for is_open in (True, False):
        watch = naked()
        watch.observe(is_open=is_open, has_stop=is_open, now_ms=TimeMs(100))
        watch.stop_refused(TimeMs(200))
        assert remedies(watch, 20_000) == []


def test_a_position_that_loses_its_stop_starts_anew() -> None:
    watch = naked()
    assert watch.due(TimeMs(SET_STOP_AFTER_MS)) is Remedy.SET_STOP
    watch.observe(is_open=True, has_stop=True, now_ms=TimeMs(1_500))
    watch.observe(is_open=True, has_stop=False, now_ms=TimeMs(3_000))
    assert remedies(watch, 9_000)[:2] == [
        (3_000 + SET_STOP_AFTER_MS, Remedy.SET_STOP),
        (3_000 + CLOSE_AFTER_MS, Remedy.CLOSE),
    ]


@given(st.lists(st.integers(0, 400), max_size=60))
def test_more_news_of_the_same_naked_position_never_delay_a_step(pauses: list[int]) -> None:
    watch, now = naked(), 0
    given_at: list[tuple[int, Remedy]] = []
    looks: list[int] = []
    for pause in pauses:
        now += pause
        watch.observe(is_open=True, has_stop=False, now_ms=TimeMs(now))
        looks.append(now)
        remedy = watch.due(TimeMs(now))
        if remedy is not Remedy.NOTHING:
            given_at.append((now, remedy))
    kinds = [remedy for _, remedy in given_at]
    assert kinds == [Remedy.SET_STOP, *[Remedy.CLOSE] * (len(kinds) - 1)][: len(kinds)]
    for limit, position in ((SET_STOP_AFTER_MS, 0), (CLOSE_AFTER_MS, 1)):
        first_look = next((look for look in looks if look >= limit), None)
        if first_look is not None and (position == 0 or given_at[0][0] < first_look):
            assert given_at[position][0] == first_look
    closes = [at for at, remedy in given_at if remedy is Remedy.CLOSE]
    assert all(later - earlier >= CLOSE_AGAIN_AFTER_MS for earlier, later in pairwise(closes))


@given(st.integers(0, 20_000))
def test_whoever_wakes_at_the_next_check_finds_something_due(start_ms: int) -> None:
    watch = naked(start_ms)
    for _ in range(5):
        at_ms = watch.next_check_ms
        assert at_ms is not None
        assert watch.due(TimeMs(at_ms - 1)) is Remedy.NOTHING
        assert watch.due(at_ms) is not Remedy.NOTHING
