"""Quotes on both sides of the microprice."""

from typing import Any

import pytest

from bot.core.analyzer import AnalyzerCore
from bot.domain.errors import UserError
from bot.domain.messages import BarJudged, BookTop, MarketMoved, QuotesWanted
from bot.domain.values import Side, TimeMs
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC
from tests.strategies.markets import DAY, bars_of, closed, given, of, position

CALM = bars_of([100.0] * 100, spread=0.0001)
WILD = bars_of([100.0] * 100, spread=0.005)  # the ATR is 1 % of the price
PARAMS = {"amount_quote": 100, "inventory_max_quote": 1000, "half_spread_min": 0.001}


def book(micro: float = 100.0, spread: float = 0.02) -> BookTop:
    bid, ask = micro - spread / 2, micro + spread / 2
    return BookTop(DAY, bid, 1, ask, 1, spread / micro, spread / micro, micro, 0.0, 1, 1)


def quoted(core: AnalyzerCore, seen: BookTop | None) -> tuple[QuotesWanted, BarJudged]:
    out = core.handle(closed(CALM[-1], seen), DAY)
    (quotes,), (judgement,) = of(QuotesWanted, out), of(BarJudged, out)
    return quotes, judgement


def moved(core: AnalyzerCore, seen: BookTop) -> list[QuotesWanted]:
    return of(QuotesWanted, core.handle(MarketMoved(BTC, DAY, seen), DAY))


def prices(quotes: QuotesWanted) -> dict[Side, float]:
    return {each.side: each.price for each in quotes.quotes}


def maker(held: str = "0", history: Any = CALM, **params: float) -> AnalyzerCore:
    core = given("market_maker", {**PARAMS, **params}, history)
    core.handle(position(held), DAY)
    return core


def test_a_half_spread_on_both_sides_of_the_microprice() -> None:
    found = prices(quoted(maker(), book(100.0))[0])
    assert found == pytest.approx({Side.BUY: 99.9, Side.SELL: 100.1})


@pytest.mark.parametrize("side", [1, -1])
def test_inventory_moves_the_quotes_against_itself(side: int) -> None:
    _, judgement = quoted(maker(str(5 * side)), book(100.0))  # half of what it may hold
    readings = dict(judgement.breakdown)
    assert readings["inventory"] == pytest.approx(0.5 * side)
    assert readings["reservation"] == pytest.approx(100 - side * 0.5 * 0.1)
    _, judgement = quoted(maker(str(5 * side), skew=0), book(100.0))
    assert dict(judgement.breakdown)["reservation"] == 100


def test_a_wild_market_widens_the_spread_up_to_a_bound() -> None:
    calm, wild = (dict(quoted(maker(history=each), book())[1].breakdown)["half_spread"] for each in (CALM, WILD))
    assert calm == 0.001
    assert wild == pytest.approx(0.005, rel=0.1)  # half of ATR / price
    most = dict(quoted(maker(history=WILD, volatility_factor=10), book())[1].breakdown)["half_spread"]
    assert most == pytest.approx(0.1, rel=0.1)


def test_it_never_quotes_better_than_the_best_price_of_a_side() -> None:
    wide = book(100.0, spread=1.0)
    assert prices(quoted(maker(), wide)[0]) == pytest.approx({Side.BUY: 99.5, Side.SELL: 100.5})
    for held in ("-9", "-5", "5", "9"):
        seen = book(100.0, spread=0.3)
        for side, price in prices(quoted(maker(held, skew=5), seen)[0]).items():
            assert price <= seen.bid_price if side is Side.BUY else price >= seen.ask_price


@pytest.mark.parametrize(
    ("held", "sides"),
    [("8.9", {Side.BUY, Side.SELL}), ("9.1", {Side.SELL}), ("-9.1", {Side.BUY}), ("-8.9", {Side.BUY, Side.SELL})],
)
def test_a_side_whose_next_fill_would_be_too_much_is_not_quoted(held: str, sides: set[Side]) -> None:
    assert set(prices(quoted(maker(held), book(100.0))[0])) == sides


def test_it_requotes_only_when_a_price_is_off_by_enough() -> None:
    core = maker()
    quoted(core, book(100.0))
    assert not moved(core, book(100.02))  # a quarter of the half spread is 0.025
    (again,) = moved(core, book(100.03))
    assert prices(again) == pytest.approx({Side.BUY: 99.93 - 0.00003, Side.SELL: 100.13003}, abs=1e-4)
    assert not moved(core, book(100.04))


def test_what_is_kept_is_wanted_again_at_the_next_bar() -> None:
    core = maker()
    first, _ = quoted(core, book(100.0))
    second, _ = quoted(core, book(100.01))
    assert second.quotes == first.quotes


def test_a_side_that_has_to_go_is_news_whatever_the_prices() -> None:
    core = maker()
    quoted(core, book(100.0))
    core.handle(position("9.5"), DAY)
    (without_bid,) = moved(core, book(100.0))
    assert set(prices(without_bid)) == {Side.SELL}


def test_without_a_book_there_are_no_quotes() -> None:
    core = maker()
    quoted(core, book(100.0))
    quotes, judgement = quoted(core, None)
    assert quotes.quotes == ()
    assert judgement.reason == "no order book that can be trusted"
    assert quoted(core, book(100.0))[0].quotes  # and again when there is one


def test_between_bars_nothing_is_quoted_before_the_indicators_are_ready() -> None:
    assert not moved(given("market_maker", PARAMS, CALM[:3]), book())


def test_the_position_is_protected_on_both_sides() -> None:
    quotes, _ = quoted(maker(stop_fraction=0.03), book(100.0))
    assert (quotes.stop_long, quotes.stop_short) == pytest.approx((97, 103))


def test_it_asks_for_the_book_and_for_its_moves() -> None:
    needs = make_strategy(built_in("market_maker", {"requote_ms": 700})).needs
    assert (needs.book_depth, needs.moves_every_ms) == (50, 700)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"inventory_max_quote": 100}, "inventory_max_quote must have room for amount_quote"),
        ({"requote_ms": 100}, "requote_ms: must be greater than or equal to 200"),
        ({"half_spread_min": 0}, "half_spread_min"),
        ({"requote_fraction": 2}, "requote_fraction"),
    ],
)
def test_wrong_parameters_are_told_by_name(params: dict[str, float], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("market_maker", params))


def test_the_clock_plays_no_part() -> None:
    core, other = maker(), maker()
    one = core.handle(closed(CALM[-1], book()), DAY)
    two = other.handle(closed(CALM[-1], book()), TimeMs(DAY + 5_000))
    assert one == two
