"""A series of bars never has a gap, whatever comes in whatever order."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import TickerUpdate
from bot.domain.values import Candle, TimeMs
from bot.market.candles import CandleSeries, Fit
from bot.market.quote import Quote
from tests.core.samples import BTC, MINUTE_MS, NOW, bar

FAR_AWAY = TimeMs(NOW + 10_000 * MINUTE_MS)
BARS = st.builds(bar, st.integers(0, 40), st.sampled_from((100.0, 101.0)))


def series_of(*indexes: int, keep: int = 100) -> CandleSeries:
    series = CandleSeries(MINUTE_MS, keep)
    for index in indexes:
        assert series.offer(bar(index)) is Fit.NEXT
    return series


def assert_gapless(bars: Sequence[Candle]) -> None:
    assert all(later.start_ms - earlier.start_ms == MINUTE_MS for earlier, later in pairwise(bars))


def test_an_empty_series_takes_any_bar() -> None:
    assert series_of(17).bars == (bar(17),)


@pytest.mark.parametrize(
    ("offered", "fit"),
    [
        (bar(3), Fit.NEXT),
        (bar(2), Fit.KNOWN),
        (bar(2, 99.0), Fit.REWRITTEN),
        (bar(0), Fit.KNOWN),
        (bar(0, 99.0), Fit.REWRITTEN),
        (bar(-5), Fit.KNOWN),
        (bar(4), Fit.AFTER_GAP),
        (bar(400), Fit.AFTER_GAP),
    ],
)
def test_how_a_bar_fits(offered: Candle, fit: Fit) -> None:
    series = series_of(0, 1, 2)
    assert series.offer(offered) is fit
    assert series.bars == ((bar(0), bar(1), bar(2), bar(3)) if fit is Fit.NEXT else (bar(0), bar(1), bar(2)))


def test_only_the_newest_are_kept() -> None:
    assert series_of(*range(10), keep=3).bars == (bar(7), bar(8), bar(9))


@given(st.lists(BARS), st.integers(1, 10))
def test_whatever_is_offered_there_is_no_gap_and_time_goes_on(offered: list[Candle], keep: int) -> None:
    series = CandleSeries(MINUTE_MS, keep)
    newest = -1
    for each in offered:
        before = series.bars
        fit = series.offer(each)
        if fit is Fit.NEXT:
            assert each.start_ms > newest
            newest = each.start_ms
            assert series.bars[-1] == each
        else:
            assert series.bars == before
        assert_gapless(series.bars)
        assert len(series.bars) <= keep


@given(st.lists(BARS), st.lists(BARS, max_size=3), st.integers(0, 45), st.integers(1, 10))
def test_rebuilding_keeps_the_newest_gapless_run_of_closed_bars(
    read: list[Candle], confirmed: list[Candle], closed: int, keep: int
) -> None:
    closed_by_ms = TimeMs(NOW + closed * MINUTE_MS)
    series = CandleSeries(MINUTE_MS, keep)
    run = series.rebuild(read, confirmed, closed_by_ms)
    assert run == series.bars
    assert_gapless(run)
    whole = {each.start_ms: each for each in read if each.start_ms + MINUTE_MS <= closed_by_ms}
    whole |= {each.start_ms: each for each in confirmed}  # the later one wins
    assert bool(run) is bool(whole)
    if not run:
        return
    assert run[-1].start_ms == max(whole)
    assert all(whole[each.start_ms] == each for each in run)
    assert len(run) == keep or TimeMs(run[0].start_ms - MINUTE_MS) not in whole  # nothing left out that would fit


@given(
    st.lists(BARS, unique_by=lambda each: each.start_ms).flatmap(
        lambda read: st.tuples(st.just(read), st.permutations(read))
    )
)
def test_the_order_of_different_bars_does_not_matter(orders: tuple[list[Candle], list[Candle]]) -> None:
    one, other = (CandleSeries(MINUTE_MS, 10).rebuild(read, (), FAR_AWAY) for read in orders)
    assert one == other


def test_the_series_goes_on_where_the_rebuilt_run_ends() -> None:
    series = series_of(0, 1)
    series.rebuild([bar(5), bar(6), bar(9)], [bar(10)], FAR_AWAY)
    assert series.bars == (bar(9), bar(10))
    assert series.offer(bar(12)) is Fit.AFTER_GAP
    assert series.offer(bar(11)) is Fit.NEXT


def test_a_bar_that_is_still_forming_is_left_out_unless_the_stream_has_closed_it() -> None:
    series = CandleSeries(MINUTE_MS, 10)
    too_early_ms = TimeMs(bar(1).start_ms + MINUTE_MS - 1)
    assert series.rebuild([bar(0), bar(1)], [], too_early_ms) == (bar(0),)
    assert series.offer(bar(1)) is Fit.NEXT
    assert series.rebuild([bar(0), bar(1)], [bar(1, 101.0)], too_early_ms) == (bar(0), bar(1, 101.0))


def test_an_empty_history_empties_the_series() -> None:
    series = series_of(0, 1)
    assert series.rebuild([], [], FAR_AWAY) == ()
    assert series.offer(bar(50)) is Fit.NEXT


FIELDS = ("last_price", "bid_price", "ask_price")


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), st.floats(1.0, 1e5))))
def test_a_quote_keeps_what_a_frame_does_not_carry(frames: list[dict[str, float]]) -> None:
    quote, expected = Quote(), dict.fromkeys(FIELDS, 0.0)
    for carried in frames:
        quote.merge(msgspec.structs.replace(TickerUpdate(BTC, NOW), **carried))
        expected |= carried
        assert {name: getattr(quote, name) for name in FIELDS} == expected
        assert quote.is_complete is all(expected.values())
