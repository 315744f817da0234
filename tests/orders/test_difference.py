"""The exchange's position is believed only after it was read twice, and not before news had time to come."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.values import TimeMs
from bot.orders.difference import BEARABLE_MS, Difference, Step

LATE = BEARABLE_MS


def observe(difference: Difference, *, equal: bool = False, by_rest: bool = True, at: int = 0) -> Step:
    return difference.observe(equal=equal, by_rest=by_rest, now_ms=TimeMs(at))


def test_equal_books_need_nothing() -> None:
    difference = Difference()
    assert observe(difference, equal=True) is Step.NOTHING
    assert not difference.is_open
    assert not difference.must_read_again(TimeMs(10**9))


def test_a_difference_that_stays_is_believed_after_two_more_readings() -> None:
    difference = Difference()
    assert observe(difference, by_rest=False) is Step.LOOK_LATER
    assert difference.is_open
    assert not difference.must_read_again(TimeMs(LATE - 1))
    assert difference.must_read_again(TimeMs(LATE))
    assert observe(difference, at=LATE) is Step.LOOK_LATER
    assert difference.must_read_again(TimeMs(LATE))
    assert observe(difference, at=2 * LATE) is Step.ADOPT
    assert not difference.is_open


def test_news_that_comes_late_ends_it_at_any_step() -> None:
    for steps in range(3):
        difference = Difference()
        for step in range(steps):
            observe(difference, at=step * LATE)
        assert observe(difference, equal=True, at=steps * LATE) is Step.NOTHING
        assert not difference.is_open
        assert observe(difference, at=10 * LATE) is Step.LOOK_LATER  # and the next one begins at the beginning


def test_pushed_news_alone_are_never_believed() -> None:
    difference = Difference()
    steps = [observe(difference, by_rest=False, at=at) for at in range(0, 60_000, 1_000)]
    assert Step.ADOPT not in steps
    assert difference.must_read_again(TimeMs(60_000))


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 8_000)), max_size=40))
def test_nothing_is_believed_in_a_hurry(looks: list[tuple[bool, bool, int]]) -> None:
    difference, now = Difference(), 0
    since: int | None = None
    readings = 0
    for equal, by_rest, pause in looks:
        now += pause
        step = observe(difference, equal=equal, by_rest=by_rest, at=now)
        if equal:
            since, readings = None, 0
            assert step is Step.NOTHING
        elif since is None:
            since, readings = now, 0
            assert step is Step.LOOK_LATER
        else:
            readings += by_rest and now - since >= BEARABLE_MS
            assert (step is Step.ADOPT) is (by_rest and readings == 2)
            if step is Step.ADOPT:
                since = None
        assert difference.is_open is (since is not None)
