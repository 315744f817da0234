"""Higher bars are what the exchange would make of the base bars, and none is ever made of half of them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.values import Candle, TimeMs
from bot.market.higher_candles import HigherCandles, is_same
from tests.core.samples import MINUTE_MS

FIVE_MS = 5 * MINUTE_MS
START = 1_700_000_100_000  # a whole five minutes
FAR = TimeMs(2**60)


def minute(index: int, close: float = 100.0, volume: float = 1.0) -> Candle:
    return Candle(TimeMs(START + index * MINUTE_MS), close - 0.5, close + 2, close - 3, close, volume)


def five(index: int, base: Sequence[Candle]) -> Candle:
    """Written down apart: the ``index``-th five minutes of a run of minutes."""
    begin_ms = START + index * FIVE_MS
    bars = [bar for bar in base if begin_ms <= bar.start_ms < begin_ms + FIVE_MS]
    assert len(bars) == 5
    return Candle(
        TimeMs(begin_ms),
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        sum(bar.volume for bar in bars),
    )


def candles(keep: int = 50) -> HigherCandles:
    return HigherCandles(FIVE_MS, MINUTE_MS, keep)


MINUTES = st.lists(st.tuples(st.floats(50, 150), st.integers(0, 10**9).map(float)), min_size=1, max_size=60)


@given(MINUTES, st.data())
def test_history_and_stream_make_the_same_bars_wherever_they_meet(
    numbers: list[tuple[float, float]], data: st.DataObject
) -> None:
    base = [minute(index, close, volume) for index, (close, volume) in enumerate(numbers)]
    whole = [five(index, base) for index in range(len(base) // 5)]
    joined = data.draw(st.integers(0, len(base)))
    known = data.draw(st.integers(0, joined // 5))
    series = candles()
    run = series.rebuild(whole[:known], base[:joined], FAR)
    assert run == tuple(whole[: joined // 5])
    later = [made for bar in base[joined:] if (made := series.add(bar)) is not None]
    assert not series.lacks_bars
    assert [*run, *later] == whole


def test_a_bar_begun_before_the_first_base_bar_is_never_made() -> None:
    series = candles()
    assert series.rebuild([five(0, [minute(i) for i in range(5)])], [minute(7), minute(8)], FAR) != ()
    assert series.add(minute(9)) is None
    assert series.lacks_bars
    assert series.rebuild((), [minute(7), minute(8), minute(9)], FAR) == ()
    assert [series.add(minute(i)) is not None for i in range(10, 15)] == [False, False, False, False, True]


def test_history_that_does_not_reach_the_base_bars_is_left_out() -> None:
    old = five(0, [minute(i) for i in range(5)])
    assert candles().rebuild([old], [minute(17)], FAR) == ()


def test_what_was_not_closed_when_it_was_read_is_built_instead() -> None:
    base = [minute(i, 100 + i) for i in range(12)]
    half = Candle(TimeMs(START + FIVE_MS), 1.0, 2.0, 0.5, 1.5, 9.0)
    closed_by = TimeMs(START + FIVE_MS + 1)
    assert candles().rebuild([five(0, base), half], base, closed_by) == (five(0, base), five(1, base))


def test_history_beyond_the_base_bars_waits_for_them() -> None:
    base = [minute(i) for i in range(10)]
    assert candles().rebuild([five(0, base), five(1, base)], base[:7], FAR) == (five(0, base),)


def test_only_the_newest_are_kept() -> None:
    base = [minute(i) for i in range(30)]
    assert candles(keep=2).rebuild((), base, FAR) == (five(4, base), five(5, base))


@pytest.mark.parametrize("length_ms", [MINUTE_MS, FIVE_MS + 1, 30_000])
def test_only_multiples_can_be_built(length_ms: int) -> None:
    with pytest.raises(ValueError, match="can not be built"):
        HigherCandles(length_ms, MINUTE_MS, 10)


def test_volumes_may_differ_by_rounding_and_nothing_else_may() -> None:
    bar = minute(0, volume=0.1 + 0.2)
    assert is_same(bar, minute(0, volume=0.3))
    assert not is_same(bar, minute(0, volume=0.31))
    assert not is_same(bar, minute(0, close=100.1, volume=0.3))
