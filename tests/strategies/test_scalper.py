"""The scalper: out of oversold and overbought."""

from itertools import pairwise

import pytest

from bot.domain.errors import UserError
from bot.domain.messages import BarJudged, Direction, SignalRaised
from bot.indicators import Atr, FibonacciPivots
from bot.strategies.registry import built_in, make_strategy
from tests.strategies.markets import bars_of, given, judged, live, of, position, readings, wandering

EAGER = {"atr_fraction_min": 0, "atr_fraction_max": 1}
HISTORY = 300


def crossed(was: BarJudged, now: BarJudged) -> Direction | None:
    """What the rule makes of two bars."""
    (k0, d0), (k1, d1) = ((dict(each.breakdown)["stoch_k"], dict(each.breakdown)["stoch_d"]) for each in (was, now))
    if k0 <= d0 and k1 > d1 and k0 < 20:
        return Direction.LONG
    return Direction.SHORT if k0 >= d0 and k1 < d1 and k0 > 80 else None


def test_it_buys_out_of_oversold_and_sells_out_of_overbought_and_nothing_else() -> None:
    bars = wandering(HISTORY + 2000)
    found = judged("scalper", EAGER, bars[:HISTORY], bars[HISTORY:])
    wanted = [crossed(was, now) for was, now in pairwise(found)]
    assert [each.direction for each in found[1:]] == wanted
    assert min(wanted.count(Direction.LONG), wanted.count(Direction.SHORT)) > 20


def test_a_cross_in_the_middle_is_none() -> None:
    bars = wandering(HISTORY + 1000)
    strict = judged("scalper", {**EAGER, "oversold": 0, "overbought": 100}, bars[:HISTORY], bars[HISTORY:])
    assert {each.direction for each in strict} == {None}


def test_every_trade_has_the_same_value_and_stop_and_target_in_atr() -> None:
    bars = wandering(HISTORY + 1000)
    entries = of(SignalRaised, live(given("scalper", {**EAGER, "amount_quote": 250}, bars[:HISTORY]), bars[HISTORY:]))
    assert {each.amount_quote for each in entries} == {250}
    for each in entries:
        atr = dict(each.breakdown)["atr"]
        sign = 1 if each.direction is Direction.LONG else -1
        assert each.stop_price == pytest.approx(each.price - sign * 2 * atr)
        assert each.target_price == pytest.approx(each.price + sign * 3 * atr)


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"atr_fraction_min": 0.5, "atr_fraction_max": 0.9}, "too quiet"),
        ({"atr_fraction_min": 0, "atr_fraction_max": 1e-9}, "too wild"),
    ],
)
def test_neither_a_quiet_nor_a_wild_market_is_entered(params: dict[str, float], reason: str) -> None:
    bars = wandering(HISTORY + 500)
    found = judged("scalper", params, bars[:HISTORY], bars[HISTORY:])
    assert {each.direction for each in found} == {None}
    assert any(reason in each.reason for each in found)


@pytest.mark.parametrize(("held", "kept"), [("1", Direction.LONG), ("-1", Direction.SHORT)])
def test_the_cross_on_the_other_side_ends_a_position(held: str, kept: Direction) -> None:
    bars = wandering(HISTORY + 500)
    core = given("scalper", EAGER, bars[:HISTORY])
    core.handle(position(held), bars[HISTORY].start_ms)
    directions = {each.direction for each in of(SignalRaised, live(core, bars[HISTORY:]))}
    assert directions == {kept, Direction.FLAT}


def test_with_pivots_only_at_a_level_of_its_side() -> None:
    bars = wandering(4 * 1440)
    start = 3 * 1440
    free = judged("scalper", EAGER, bars[:start], bars[start:])
    filtered = judged("scalper", {**EAGER, "pivot_filter": True}, bars[:start], bars[start:])
    pivots, atr = FibonacciPivots(), Atr(14)
    kept = dropped = 0
    for number, bar in enumerate(readings([pivots, atr], bars)):
        if number < start or free[number - start].direction is None:
            continue
        long = free[number - start].direction is Direction.LONG
        side = (pivots.s1, pivots.s2, pivots.s3) if long else (pivots.r1, pivots.r2, pivots.r3)
        near = any(abs(bar.close - level) <= atr.value for level in (pivots.pivot, *side))
        now = filtered[number - start]
        assert now.direction == (free[number - start].direction if near else None)
        assert near or now.reason.endswith("at no level")
        kept, dropped = kept + near, dropped + (not near)
    assert min(kept, dropped) > 3


def test_a_market_that_stands_still_gives_nothing() -> None:
    assert {each.direction for each in judged("scalper", EAGER, bars_of([100.0] * 100), bars_of([100.0] * 50))} == {
        None
    }


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"oversold": 50, "overbought": 50}, "oversold must be below overbought"),
        ({"atr_fraction_min": 0.1}, "atr_fraction_min must be below atr_fraction_max"),
        ({"amount_quote": 0}, "amount_quote: must be greater than 0"),
        ({"oversold": 60}, "oversold: must be less than or equal to 50"),
    ],
)
def test_wrong_parameters_are_told_by_name(params: dict[str, float], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("scalper", params))
