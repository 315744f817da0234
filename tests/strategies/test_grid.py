"""Lines around a centre."""

import pytest

from bot.core.analyzer import AnalyzerCore
from bot.domain.errors import UserError
from bot.domain.messages import BarJudged, CandlesLoaded, QuotesWanted
from bot.domain.values import Candle, Side, TimeMs
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC
from tests.strategies.markets import DAY, bars_of, closed, given, live, of, position

HISTORY = bars_of([100.0] * 100)
PARAMS = {"levels": 3, "step_fraction": 0.01, "amount_quote": 50}
START = TimeMs(HISTORY[-1].start_ms + 60_000)


def bar(close: float, number: int = 0, spread: float = 0.001) -> Candle:
    return Candle(TimeMs(START + number * 60_000), close, close * (1 + spread), close * (1 - spread), close, 5.0)


def plan(core: AnalyzerCore, candle: Candle) -> tuple[QuotesWanted, BarJudged]:
    out = core.handle(closed(candle), START)
    (quotes,), (judgement,) = of(QuotesWanted, out), of(BarJudged, out)
    return quotes, judgement


def lines(quotes: QuotesWanted, side: Side) -> list[float]:
    return sorted(round(each.price, 4) for each in quotes.quotes if each.side is side)


def test_lines_below_buy_and_lines_above_sell_and_the_nearest_stays_empty() -> None:
    quotes, judgement = plan(given("grid", PARAMS, HISTORY), bar(100.0))
    assert lines(quotes, Side.BUY) == pytest.approx([100 / 1.01**k for k in (3, 2, 1)], abs=1e-3)
    assert lines(quotes, Side.SELL) == pytest.approx([100 * 1.01**k for k in (1, 2, 3)], abs=1e-3)
    assert {each.amount_quote for each in quotes.quotes} == {50}
    assert dict(judgement.breakdown)["centre"] == 100
    distances = [abs(each.price - 100) for each in quotes.quotes]
    assert distances == sorted(distances)  # if not all have room, the nearest are placed


def test_a_filled_line_is_answered_one_step_further_on_and_not_at_its_own_price() -> None:
    core = given("grid", PARAMS, HISTORY)
    quotes, _ = plan(core, bar(99.0))  # at the first line below
    assert lines(quotes, Side.BUY) == pytest.approx([100 / 1.01**k for k in (3, 2)], abs=1e-3)
    assert lines(quotes, Side.SELL) == pytest.approx([100, 101, 102.01, 103.0301], abs=1e-3)


def test_stops_stand_beyond_the_last_lines_and_inventory_is_bounded() -> None:
    quotes, _ = plan(given("grid", {**PARAMS, "stop_steps": 2, "inventory_max_quote": 123}, HISTORY), bar(100.0))
    assert quotes.stop_long == pytest.approx(100 / 1.01**5)
    assert quotes.stop_short == pytest.approx(100 * 1.01**5)
    assert quotes.inventory_max_quote == 123


@pytest.mark.parametrize(("close", "centre"), [(102.9, 100), (103.2, 103.2), (97.2, 100), (96.9, 96.9)])
def test_beyond_the_last_line_the_centre_moves_to_the_close(close: float, centre: float) -> None:
    core = given("grid", PARAMS, HISTORY)
    core.handle(position("1"), DAY)
    _, judgement = plan(core, bar(close))
    assert dict(judgement.breakdown)["centre"] == pytest.approx(centre)
    assert ("new centre" in judgement.reason) is (centre != 100)


def centres(core: AnalyzerCore, bars: list[Candle]) -> list[float]:
    return [dict(each.breakdown)["centre"] for each in of(BarJudged, live(core, bars))]


def test_without_a_position_the_centre_moves_after_a_while() -> None:
    core = given("grid", {**PARAMS, "recentre_bars": 200}, HISTORY)
    found = centres(core, [bar(101.0, number) for number in range(300)])
    moved = found.index(101.0)
    assert 200 - len(HISTORY) <= moved <= 200
    assert set(found[:moved]) == {100.0}
    assert set(found[moved:]) == {101.0}


def test_with_a_position_it_stays() -> None:
    core = given("grid", {**PARAMS, "recentre_bars": 200}, HISTORY)
    core.handle(position("1"), DAY)
    assert set(centres(core, [bar(101.0, number) for number in range(500)])) == {100.0}


def test_in_a_wild_market_all_orders_are_withdrawn() -> None:
    core = given("grid", {**PARAMS, "atr_steps_max": 0.5}, HISTORY)
    calm, _ = plan(core, bar(100.0))
    assert calm.quotes
    for number in range(1, 20):
        wild, judgement = plan(core, bar(100.0, number, spread=0.02))
    assert wild.quotes == ()
    assert judgement.reason == "the market is too wild"


def test_the_grid_outlives_a_lost_connection() -> None:
    core = given("grid", PARAMS, HISTORY)
    plan(core, bar(102.0))
    core.handle(CandlesLoaded(BTC, tuple(bars_of([102.0] * 100))), DAY)
    _, judgement = plan(core, bar(102.0, 1))
    assert dict(judgement.breakdown)["centre"] == 100


@pytest.mark.parametrize("params", [{"levels": 0}, {"step_fraction": 0.3}, {"amount_quote": 0}, {"stop_steps": 0}])
def test_wrong_parameters_are_told_by_name(params: dict[str, float]) -> None:
    with pytest.raises(UserError, match=f"strategy.params.{next(iter(params))}"):
        make_strategy(built_in("grid", params))
