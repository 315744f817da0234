"""Joining candles, thinning curves, and how numbers are written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.values import TimeMs
from bot.performance.report_data import AccountPoint
from bot.report.candles import Candle, merged
from bot.report.charts import thinned
from bot.report.formatting import DASH, Money, basis_points, date, duration, moment, percent, ratio

USDT, BTC = Money("USDT"), Money("BTC")


def test_joined_candles_keep_their_extremes() -> None:
    candles = [Candle(i, i, i + 10, i - 10, i + 1) for i in range(5)]
    assert merged(candles, 3) == [Candle(0, 0, 11, -10, 2), Candle(2, 2, 13, -8, 4), Candle(4, 4, 14, -6, 5)]
    assert merged(candles, 5) == candles
    assert merged([], 5) == []


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=300), st.integers(8, 50))
def test_a_thinned_curve_keeps_its_ends_its_peak_and_its_bottom(equity: list[int], most: int) -> None:
    points = [AccountPoint(TimeMs(i), Decimal(each), Decimal(0), Decimal(each)) for i, each in enumerate(equity)]
    kept = thinned(points, most)
    assert len(kept) <= max(most, 8)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert {min(equity), max(equity)} <= {int(point.equity) for point in kept}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (USDT.plain(Decimal("1234.567")), "1,234.57"),
        (USDT.signed(Decimal("1234.567")), "+1,234.57"),
        (USDT.signed(Decimal("-0.001")), "0.00"),
        (BTC.plain(Decimal("1234.5678901234")), "1,234.56789012"),
        (BTC.signed(Decimal("0.000012")), "+0.00001200"),
        (BTC.signed(Decimal("-1e-9")), "0.00000000"),
        (percent(0.1234), "12.34%"),
        (percent(0.1234, sign=True), "+12.34%"),
        (ratio(1.005e3), "1,005.00"),
        (basis_points(-1.0), "-1.00 bp"),
        (basis_points(-0.001), "+0.00 bp"),
        (duration(0), "0s"),
        (duration(61_000), "1m 1s"),
        (duration(3_600_000), "1h"),
        (duration(90_000_000), "1d 1h"),
        (moment(0), "1970-01-01 00:00"),
        (date(86_400_000), "1970-01-02"),
    ],
)
def test_numbers(text: str, expected: str) -> None:
    assert text == expected


def test_what_is_not_known_is_a_dash() -> None:
    assert {
        USDT.plain(None),
        USDT.signed(None),
        percent(None),
        ratio(None),
        basis_points(None),
        duration(None),
        moment(None),
    } == {DASH}
