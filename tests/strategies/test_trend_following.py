"""Out of a channel, and out again at the chandelier."""

import pytest

from bot.domain.errors import UserError
from bot.domain.messages import Direction, SignalRaised
from bot.domain.values import Candle
from bot.indicators import Chandelier
from bot.strategies.registry import built_in, make_strategy
from tests.strategies.markets import DAY, bars_of, given, judged, live, of, position, readings, rising, wandering

HISTORY = 300
SIDES = {1: Direction.LONG, -1: Direction.SHORT, 0: None}


def markets() -> tuple[list[Candle], list[Candle]]:
    bars = wandering(HISTORY + 2500, seed=6)
    return bars[:HISTORY], bars[HISTORY:]


def breakouts(bars: list[Candle], length: int) -> list[int]:
    """By the rule, from the bars alone."""
    found = []
    for number in range(length, len(bars)):
        before = bars[number - length : number]
        close = bars[number].close
        found.append((close > max(bar.high for bar in before)) - (close < min(bar.low for bar in before)))
    return found


def test_it_goes_with_every_close_beyond_the_channel_of_the_bars_before() -> None:
    history, bars = markets()
    found = judged("trend_following", None, history, bars)
    wanted = breakouts([*history[-55:], *bars], 55)
    assert [each.direction for each in found] == [SIDES[side] for side in wanted]
    assert min(wanted.count(1), wanted.count(-1)) > 10


def test_entries_have_a_stop_in_atr_and_no_target() -> None:
    history, bars = markets()
    for each in of(SignalRaised, live(given("trend_following", {"stop_atr": 4}, history), bars)):
        sign = 1 if each.direction is Direction.LONG else -1
        assert each.stop_price == pytest.approx(each.price - sign * 4 * dict(each.breakdown)["atr"])
        assert each.target_price is None


@pytest.mark.parametrize("side", [1, -1])
def test_a_position_ends_beyond_the_chandelier_or_with_a_breakout_on_the_other_side(side: int) -> None:
    history, bars = markets()
    core = given("trend_following", None, history)
    core.handle(position(str(side)), DAY)
    wanted = breakouts([*history[-55:], *bars], 55)
    chandelier = Chandelier(22, 3.0, 22)
    expected: list[Direction | None] = []
    for number, bar in enumerate(readings([chandelier], history + bars)):
        if number < HISTORY:
            continue
        out = wanted[number - HISTORY]
        stop = chandelier.long if side > 0 else chandelier.short
        if (bar.close - stop) * side < 0 and out != side:
            expected.append(Direction.FLAT)
        elif out == -side:
            expected.append(SIDES[out])
    assert [each.direction for each in of(SignalRaised, live(core, bars))] == expected
    assert expected.count(Direction.FLAT) > 10


def test_it_stays_with_a_trend() -> None:
    core = given("trend_following", None, rising(HISTORY))
    core.handle(position("1"), DAY)
    assert not of(SignalRaised, live(core, rising(HISTORY + 100)[HISTORY:]))


def test_a_market_that_stands_still_gives_nothing() -> None:
    still = bars_of([100.0] * 300, spread=0)
    assert {each.direction for each in judged("trend_following", None, still[:200], still[200:])} == {None}


@pytest.mark.parametrize("params", [{"channel_bars": 1}, {"chandelier_atr": 0}, {"stop_atr": 51}, {"atr_period": 1}])
def test_wrong_parameters_are_told_by_name(params: dict[str, float]) -> None:
    with pytest.raises(UserError, match=f"strategy.params.{next(iter(params))}"):
        make_strategy(built_in("trend_following", params))
