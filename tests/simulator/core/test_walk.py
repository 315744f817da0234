"""The documented path inside a bar and when it touches levels."""

from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.market.walk import BarWalk, Levels, Quote

INTERVAL_MS = 60_000
ticks = st.integers(min_value=1, max_value=300)


def _walk(previous: int, ohlc: tuple[int, int, int, int]) -> BarWalk:
    return BarWalk.of(0, INTERVAL_MS, Quote(previous, rising=True), ohlc)


def test_a_rising_bar_goes_to_its_low_first() -> None:
    walk = _walk(100, (100, 120, 90, 110))
    assert [walk.quote_at(at).ticks for at in (0, 15_000, 45_000, 59_999)] == [100, 90, 120, 110]


def test_a_falling_bar_goes_to_its_high_first() -> None:
    walk = _walk(100, (100, 120, 90, 95))
    assert [walk.quote_at(at).ticks for at in (0, 15_000, 45_000, 59_999)] == [100, 120, 90, 95]


def test_a_level_between_two_corners_is_touched_on_the_way() -> None:
    touch = _walk(100, (100, 120, 90, 110)).next_touch(None, Quote(100, rising=True), Levels(95, 130))
    assert touch == (7_000, Quote(95, rising=False))  # 95.33 to the nearest tick


def test_a_fast_market_leaves_gaps() -> None:
    touch = _walk(1000, (1000, 1000, 400, 500)).next_touch(None, Quote(1000, rising=True), Levels(995, None))
    assert touch == (16_000, Quote(980, rising=False))  # 600 ticks in 30 s: 20 a second


def test_a_gap_reaches_a_level_at_the_open_price() -> None:
    touch = _walk(100, (80, 85, 75, 82)).next_touch(None, Quote(100, rising=True), Levels(95, None))
    assert touch == (0, Quote(80, rising=False))


def test_a_level_already_passed_waits_a_millisecond() -> None:
    walk = _walk(100, (100, 120, 90, 110))
    touch = walk.next_touch(20_000, walk.quote_at(20_000), Levels(200, None))
    assert touch is not None
    assert touch.at_ms == 20_001


@given(previous=ticks, prices=st.tuples(ticks, ticks, ticks, ticks), level=ticks, since=st.integers(0, 59_999))
def test_a_touch_is_where_the_path_first_is_past_the_level(
    previous: int, prices: tuple[int, int, int, int], level: int, since: int
) -> None:
    open_, close = prices[0], prices[1]
    walk = _walk(previous, (open_, max(prices), min(prices), close))
    quote = walk.quote_at(since)
    for levels in (Levels(level, None), Levels(None, level)):
        if levels.hit_by(quote.ticks):
            continue
        touch = walk.next_touch(since, quote, levels)
        corners = [walk.quote_at(at).ticks for at in walk.corners_ms if at > since]
        assert (touch is not None) == any(levels.hit_by(each) for each in corners)
        if touch is not None:
            assert levels.hit_by(touch.quote.ticks)
            assert touch.quote == walk.quote_at(touch.at_ms)
            assert since <= touch.at_ms <= 59_999
            before = [walk.quote_at(at).ticks for at in range(since, touch.at_ms, 500)]
            assert not any(levels.hit_by(each) for each in before)
