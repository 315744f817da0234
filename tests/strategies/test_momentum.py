"""MACD, RSI band and SMA, counted together; and the MACD cross alone."""

from itertools import pairwise
from typing import Any

import pytest

from bot.domain.errors import UserError
from bot.domain.messages import Direction, SignalRaised
from bot.domain.values import Candle
from bot.indicators import Ema, Macd, Rsi, Sma
from bot.strategies.registry import built_in, make_strategy
from tests.strategies.markets import DAY, given, judged, live, of, position, readings, wandering

EAGER = {"atr_fraction_min": 0}
HISTORY = 500
SIDES = {1: Direction.LONG, -1: Direction.SHORT, 0: None}


def markets() -> tuple[list[Candle], list[Candle]]:
    bars = wandering(HISTORY + 2500, seed=4)
    return bars[:HISTORY], bars[HISTORY:]


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


def expected_points(bars: list[Candle]) -> list[tuple[int, int, int]]:
    macd, rsi, sma = Macd(), Rsi(14), Sma(50)
    return [
        (
            sign(macd.histogram),
            1 if 50 < rsi.value < 70 else -1 if 30 < rsi.value < 50 else 0,
            sign(bar.close - sma.value),
        )
        for bar in readings([macd, rsi, sma], bars)
    ]


@pytest.mark.parametrize("least", [2, 3])
def test_it_goes_with_the_points_once_per_move(least: int) -> None:
    history, bars = markets()
    found = judged("momentum", {**EAGER, "score_min": least}, history, bars)
    points = expected_points(history + bars)[HISTORY:]
    assert [tuple(value for _, value in each.breakdown) for each in found] == points
    assert [each.score for each in found] == [sum(three) for three in points]
    sides = []
    for three in points:
        most = max(three.count(1), three.count(-1))
        sides.append(sign(sum(three)) if most >= least else 0)
    for (was, now), each in zip(pairwise(sides), found[1:], strict=True):
        assert each.direction is SIDES[now if now not in {0, was} else 0]
    assert min(sides.count(1), sides.count(-1)) > 50


def test_beyond_its_band_the_rsi_gives_no_point() -> None:
    history, bars = markets()
    found = judged("momentum", {**EAGER, "rsi_low": 98, "rsi_high": 100}, history, bars)
    assert {dict(each.breakdown)["rsi_band"] for each in found} == {0}
    assert {each.direction for each in found} == {None}


@pytest.mark.parametrize("held", ["1", "-1"])
def test_a_position_ends_when_more_speaks_for_the_other_side(held: str) -> None:
    history, bars = markets()
    core = given("momentum", {**EAGER, "score_min": 3, "atr_fraction_min": 0.9}, history)  # no entries
    core.handle(position(held), DAY)
    flats = {each.time_ms: each for each in of(SignalRaised, live(core, bars))}
    assert {each.direction for each in flats.values()} == {Direction.FLAT}
    against = -1 if held == "1" else 1
    assert all(sum(value for _, value in each.breakdown) * against > 0 for each in flats.values())


def test_macd_goes_with_the_cross_if_the_trend_agrees_and_only_ends_positions_else() -> None:
    history, bars = markets()
    found = judged("macd_cross", EAGER, history, bars)
    macd, trend = Macd(), Ema(100)
    was, counts = 0.0, {1: 0, -1: 0, 0: 0}
    for number, bar in enumerate(readings([macd, trend], history + bars)):
        now = macd.histogram
        side = 1 if was <= 0 < now else -1 if was >= 0 > now else 0
        was = now
        if number < HISTORY:
            continue
        each = found[number - HISTORY]
        if side == 0:
            assert (each.direction, each.reason) == (None, "no cross")
            continue
        agrees = (bar.close - trend.value) * side > 0
        assert each.direction is (SIDES[side] if agrees else Direction.FLAT)
        counts[side if agrees else 0] += 1
    assert min(counts.values()) > 10


def test_without_a_trend_period_every_cross_counts() -> None:
    history, bars = markets()
    found = judged("macd_cross", {**EAGER, "trend_period": 0}, history, bars)
    assert {each.direction for each in found} == {None, Direction.LONG, Direction.SHORT}
    assert all("trend" not in dict(each.breakdown) for each in found)


@pytest.mark.parametrize("name", ["momentum", "macd_cross"])
def test_entries_are_protected_in_atr_and_a_quiet_market_is_left_alone(name: str) -> None:
    history, bars = markets()
    entries = [
        each
        for each in of(SignalRaised, live(given(name, {**EAGER, "stop_atr": 1, "target_atr": 4}, history), bars))
        if each.direction is not Direction.FLAT
    ]
    assert entries
    for each in entries:
        assert each.stop_price is not None
        assert each.target_price is not None
        sign_ = 1 if each.direction is Direction.LONG else -1
        assert (each.price - each.stop_price) * sign_ > 0
        assert each.target_price - each.price == pytest.approx(4 * (each.price - each.stop_price))
    quiet = judged(name, {"atr_fraction_min": 0.9}, history, bars)
    assert {each.direction for each in quiet} <= {None, Direction.FLAT}
    assert any("too quiet" in each.reason for each in quiet)


def test_a_target_can_be_left_out() -> None:
    history, bars = markets()
    entries = of(SignalRaised, live(given("momentum", {**EAGER, "target_atr": None}, history), bars))
    assert {each.target_price for each in entries} == {None}


@pytest.mark.parametrize(
    ("name", "params", "text"),
    [
        ("momentum", {"rsi_low": 70}, "rsi_low must be below rsi_high"),
        ("momentum", {"score_min": 4}, "score_min: must be less than or equal to 3"),
        ("momentum", {"sma_period": 1}, "sma_period"),
        ("macd_cross", {"fast_period": 26}, "fast_period must be smaller than slow_period"),
        ("macd_cross", {"trend_period": 1}, "trend_period must be 0, for none, or at least 2"),
        ("macd_cross", {"signal_period": 1}, "signal_period"),
    ],
)
def test_wrong_parameters_are_told_by_name(name: str, params: dict[str, Any], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in(name, params))
