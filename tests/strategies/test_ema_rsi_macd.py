"""Votes of EMA cross, RSI, MACD cross and Bollinger touch."""

from itertools import pairwise

import pytest

from bot.domain.errors import UserError
from bot.domain.messages import BarJudged, Direction, SignalRaised
from bot.domain.values import Candle
from bot.indicators import Bollinger, Ema, Macd, Rsi
from bot.strategies.ema_rsi_macd import Cross
from bot.strategies.registry import built_in, make_strategy
from tests.strategies.markets import given, judged, live, of, position, readings, wandering

EAGER = {"atr_fraction_min": 0}
HISTORY = 300


def markets() -> tuple[list[Candle], list[Candle]]:
    bars = wandering(HISTORY + 2500, seed=5)
    return bars[:HISTORY], bars[HISTORY:]


def expected_votes(bars: list[Candle]) -> list[tuple[float, float, float, float]]:
    """The votes by the rules, from the indicators alone."""
    fast, slow, rsi, macd, bands = Ema(9), Ema(21), Rsi(14), Macd(), Bollinger(20)
    found, differences = [], []
    for bar in readings([fast, slow, rsi, macd, bands], bars):
        differences.append((fast.value - slow.value, macd.histogram))
        crosses = []
        for column in (0, 1):
            newest = [pair[column] for pair in differences[-4:]]
            turns = [now for was, now in pairwise(newest) if was * now < 0]
            crosses.append(0.0 if not turns else 1.0 if turns[-1] > 0 else -1.0)
        stretched = 1.0 if rsi.value <= 35 else -1.0 if rsi.value >= 65 else 0.0
        touch = 0.5 * ((bar.low <= bands.lower) - (bar.high >= bands.upper))
        found.append((crosses[0], stretched, crosses[1], touch))
    return found


def test_the_votes_are_those_of_the_rules_and_add_up() -> None:
    history, bars = markets()
    found = judged("ema_rsi_macd", EAGER, history, bars)
    expected = expected_votes(history + bars)[HISTORY:]
    assert [tuple(value for _, value in each.breakdown) for each in found] == expected
    assert [each.score for each in found] == [sum(votes) for votes in expected]
    assert all({-1.0, 0.0, 1.0} == {votes[at] for votes in expected} for at in (0, 1, 2))


def test_it_trades_at_a_strength_of_two_when_it_is_reached() -> None:
    history, bars = markets()
    found = judged("ema_rsi_macd", EAGER, history, bars)
    sides = [(each.score >= 2) - (each.score <= -2) for each in found if each.score is not None]
    wished = 0
    for was, side, each in zip(sides, sides[1:], found[1:], strict=False):
        new = side if side not in {0, was} else 0
        assert each.direction == {1: Direction.LONG, -1: Direction.SHORT, 0: None}[new]
        wished += new != 0
    assert wished > 10
    assert all(each.threshold == 2 for each in found)


def test_a_cross_is_remembered_for_so_many_bars() -> None:
    cross = Cross(3)
    assert [cross.vote(value) for value in (-1, -1, 2, 2, 2, 2, -1, 1, 0, 0, 0)] == [0, 0, 1, 1, 1, 0, -1, 1, 1, 1, 0]


@pytest.mark.parametrize("held", ["1", "-1"])
def test_strength_on_the_other_side_ends_a_position(held: str) -> None:
    history, bars = markets()
    core = given("ema_rsi_macd", EAGER, history)
    core.handle(position(held), bars[0].start_ms)
    signals = of(SignalRaised, live(core, bars))
    against = -1 if held == "1" else 1
    flats = [each for each in signals if each.direction is Direction.FLAT]
    assert flats
    assert all(sum(value for _, value in each.breakdown) * against >= 2 for each in flats)


def test_a_quiet_market_is_not_entered() -> None:
    found = judged("ema_rsi_macd", {"atr_fraction_min": 0.9}, *markets())
    assert {each.direction for each in found} == {None}
    assert any("too quiet" in each.reason for each in found)


def test_entries_are_protected() -> None:
    history, bars = markets()
    for each in of(SignalRaised, live(given("ema_rsi_macd", EAGER, history), bars)):
        sign = 1 if each.direction is Direction.LONG else -1
        assert each.stop_price is not None
        assert each.target_price is not None
        assert (each.price - each.stop_price) * sign > 0
        assert (each.target_price - each.price) * sign > 0


def test_nothing_is_asked_again_while_it_lasts() -> None:
    found: list[BarJudged] = judged("ema_rsi_macd", EAGER, *markets())
    assert any(each.reason == "the same as before" for each in found)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"fast_period": 21}, "fast_period must be smaller than slow_period"),
        ({"strength_min": 4}, "strength_min: must be less than or equal to 3.5"),
        ({"remember_bars": 0}, "remember_bars"),
        ({"rsi_oversold": 51}, "rsi_oversold"),
    ],
)
def test_wrong_parameters_are_told_by_name(params: dict[str, float], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("ema_rsi_macd", params))
