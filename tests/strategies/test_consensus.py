"""Seven signals, averaged."""

import pytest

from bot.domain.errors import UserError
from bot.domain.messages import Direction, SignalRaised
from bot.domain.values import Candle
from bot.indicators import Adx, Bollinger, Ema, Macd, Rsi, Stochastic, SuperTrend
from bot.strategies.registry import built_in, make_strategy
from tests.strategies.markets import given, judged, live, of, position, readings, rising, wandering

EAGER = {"atr_fraction_min": 0}
HISTORY = 400


def markets() -> tuple[list[Candle], list[Candle]]:
    bars = wandering(HISTORY + 2500, seed=8)
    return bars[:HISTORY], bars[HISTORY:]


def side(value: float) -> int:
    return (value > 0) - (value < 0)


def low_buys(value: float, lowest: float, low: float, high: float, highest: float) -> float:
    if value < low:
        return 2.0 if value <= lowest else 1.0
    if value >= high:
        return -2.0 if value >= highest else -1.0
    return 0.0


def expected(bars: list[Candle]) -> list[tuple[float, ...]]:
    """The seven by the rules, from the indicators alone."""
    rsi, stoch, macd, bands = Rsi(14), Stochastic(), Macd(), Bollinger(20)
    quick, slow, trend, adx = Ema(20), Ema(50), SuperTrend(), Adx()
    found: list[tuple[float, ...]] = []
    was = 0.0
    for bar in readings([rsi, stoch, macd, bands, quick, slow, trend, adx], bars):
        k, d, now = stoch.k, stoch.d, side(macd.histogram)
        by_k = (2 if k > d else 1) if k < 20 else (-2 if k < d else -1) if k > 80 else 0
        above = side(quick.value - slow.value)
        beyond = min(quick.value, slow.value) > bar.close if above < 0 else max(quick.value, slow.value) < bar.close
        strong = (adx.adx >= 20) + (adx.adx >= 35)
        found.append((
            low_buys(rsi.value, 30, 40, 60, 70),
            float(by_k),
            float(2 * now if macd.macd * now > 0 else now),
            float(2 * above if beyond else above),
            low_buys(bands.percent_b, 0.0, 0.2, 0.8, 1.0),
            trend.direction * (2 if was == -trend.direction else 1),
            float(side(adx.plus_di - adx.minus_di) * strong),
        ))  # fmt: skip
        was = trend.direction
    return found


def test_the_seven_are_those_of_the_rules_and_the_score_is_their_average() -> None:
    history, bars = markets()
    found = judged("consensus", EAGER, history, bars)
    wanted = expected(history + bars)[HISTORY:]
    assert [tuple(value for _, value in each.breakdown) for each in found] == wanted
    assert [each.score for each in found] == pytest.approx([sum(seven) / 7 for seven in wanted])
    for at in range(7):
        assert {-2.0, -1.0, 1.0, 2.0} <= {seven[at] for seven in wanted}


def test_it_asks_once_when_the_threshold_is_reached() -> None:
    found = judged("consensus", EAGER, *markets())
    scores = [each.score for each in found if each.score is not None]
    sides = [(score >= 0.75) - (score <= -0.75) for score in scores]
    for before, now, each in zip(sides, sides[1:], found[1:], strict=False):
        new = now if now not in {0, before} else 0
        assert each.direction == {1: Direction.LONG, -1: Direction.SHORT, 0: None}[new]
    assert {Direction.LONG, Direction.SHORT} <= {each.direction for each in found}


@pytest.mark.parametrize("held", ["1", "-1"])
def test_a_position_ends_when_the_consensus_is_gone(held: str) -> None:
    history, bars = markets()
    core = given("consensus", {**EAGER, "exit_threshold": 0.2}, history)
    core.handle(position(held), bars[0].start_ms)
    flats = [each for each in of(SignalRaised, live(core, bars)) if each.direction is Direction.FLAT]
    assert flats
    averages = [sum(value for _, value in each.breakdown) / 7 for each in flats]
    assert all(average * (1 if held == "1" else -1) < 0.2 for average in averages)


def test_a_lasting_trend_does_not_end_its_position() -> None:
    core = given("consensus", {**EAGER, "exit_threshold": -2}, rising(HISTORY))
    core.handle(position("1"), rising(1)[0].start_ms)
    assert Direction.FLAT not in {
        each.direction for each in of(SignalRaised, live(core, rising(HISTORY + 50)[HISTORY:]))
    }


def test_a_quiet_market_is_not_entered() -> None:
    found = judged("consensus", {"atr_fraction_min": 0.9}, *markets())
    assert {each.direction for each in found} == {None}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"threshold": 0}, "threshold: must be greater than 0"),
        ({"threshold": 2.1}, "threshold"),
        ({"exit_threshold": -3}, "exit_threshold"),
    ],
)
def test_wrong_parameters_are_told_by_name(params: dict[str, float], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("consensus", params))
