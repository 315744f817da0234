"""Drawdowns, days and returns of equity."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.values import TimeMs
from bot.performance.equity_curve import (
    DAY_MS,
    Day,
    EquityPoint,
    day_returns,
    days_of,
    deepest,
    deepest_fraction,
    drawdowns,
    month_returns,
    one_per_moment,
    returns_of,
    ulcer_index,
)

HOUR_MS = 3_600_000
money = st.decimals(min_value="0.01", max_value="1000000", places=2)
any_money = st.decimals(min_value="-1000", max_value="1000", places=2)


def curve(*equity: object, step_ms: int = HOUR_MS) -> list[EquityPoint]:
    return [EquityPoint(TimeMs(i * step_ms), Decimal(str(each))) for i, each in enumerate(equity)]


def test_a_drawdown_lasts_from_its_peak_to_its_recovery() -> None:
    (first, second) = drawdowns(curve(100, 110, 99, 105, 110, 120, 90))
    assert (first.value, first.fraction) == (Decimal(11), 0.1)
    assert (first.peak_ms, first.trough_ms, first.recovered_ms) == (HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS)
    assert first.duration_ms == 3 * HOUR_MS
    assert (second.value, second.recovered_ms, second.duration_ms) == (Decimal(30), None, HOUR_MS)
    assert deepest([first, second]) == second
    assert deepest_fraction([first, second]) == 0.25


@pytest.mark.parametrize("equity", [(), (100,), (100, 100, 100), (0, 0), (1, 2, 3)])
def test_without_a_fall_there_is_no_drawdown(equity: tuple[int, ...]) -> None:
    assert drawdowns(curve(*equity)) == []
    assert deepest([]) is None
    assert deepest_fraction([]) == 0


def test_equity_below_zero_is_more_than_everything_lost() -> None:
    (fall,) = drawdowns(curve(100, -50))
    assert fall.fraction == 1.5
    assert day_returns(days_of(curve(100, -50, -20, step_ms=DAY_MS))) is None
    assert returns_of([Decimal(0), Decimal(1)]) is None


def test_a_fall_from_nothing_has_no_fraction() -> None:
    found = drawdowns(curve(0, -5))
    assert found[0].fraction is None
    assert deepest_fraction(found) is None
    assert ulcer_index(curve(0, -5)) is None


@given(st.lists(money, min_size=1, max_size=40))
def test_drawdowns_stay_within_what_the_curve_lost(equity: list[Decimal]) -> None:
    found = drawdowns(curve(*equity))
    fraction = deepest_fraction(found)
    assert fraction is not None
    assert 0 <= fraction < 1
    most = max((a - b for i, a in enumerate(equity) for b in equity[i:]), default=Decimal(0))
    depth = deepest(found)
    assert (Decimal(0) if depth is None else depth.value) == most
    index = ulcer_index(curve(*equity))
    assert index is not None
    assert 0 <= index <= 100 * fraction + 1e-9
    for fall in found:
        assert fall.peak_ms < fall.trough_ms <= fall.end_ms
        assert fall.recovered_ms is None or fall.trough_ms < fall.recovered_ms


@given(st.lists(st.tuples(st.integers(0, 20 * DAY_MS), any_money), min_size=1, max_size=40))
def test_days_add_up_to_the_whole_and_none_is_left_out(rows: list[tuple[int, Decimal]]) -> None:
    points = one_per_moment(EquityPoint(TimeMs(time_ms), equity) for time_ms, equity in sorted(rows))
    days = days_of(points)
    assert sum(day.change for day in days) == points[-1].equity - points[0].equity
    assert all(later.start_ms - day.start_ms == DAY_MS for day, later in pairwise(days))
    assert all(later.before == day.after for day, later in pairwise(days))


def test_of_one_moment_the_last_word_counts() -> None:
    points = [EquityPoint(TimeMs(5), Decimal(1)), EquityPoint(TimeMs(5), Decimal(2))]
    assert one_per_moment(points) == [points[1]]


def test_months_compound_their_days() -> None:
    last_of_january = 30 * DAY_MS + 1
    points = [
        EquityPoint(TimeMs(0), Decimal(100)),
        EquityPoint(TimeMs(last_of_january), Decimal(110)),
        EquityPoint(TimeMs(last_of_january + DAY_MS), Decimal(99)),
    ]
    found = month_returns(days_of(points))
    assert found == {(1970, 1): pytest.approx(0.1), (1970, 2): pytest.approx(-0.1)}
    assert month_returns([Day(TimeMs(0), Decimal(0), Decimal(1))]) == {(1970, 1): None}


def test_the_ulcer_index_is_the_root_of_the_mean_square_of_percents() -> None:
    assert ulcer_index(curve(100, 90, 100, 80)) == pytest.approx(((0 + 100 + 0 + 400) / 4) ** 0.5)
    assert ulcer_index([]) is None


def test_midnight_ends_a_day() -> None:
    days = days_of(curve(100, 110, 121, step_ms=DAY_MS))
    assert [day.change for day in days] == [10, 11]
    assert days_of(curve(100)) == [Day(TimeMs(0), Decimal(100), Decimal(100))]
