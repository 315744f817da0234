"""How the stop of an open position moves."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.config.exits import ExitsConfig
from bot.domain.messages import Levels
from bot.domain.values import Side
from bot.orders.exits.moves import Trip, moved_stop, native_trail
from tests.core.samples import RULES

LONG = Trip(Side.BUY, Decimal(100), Decimal(2), Decimal(100))
SHORT = Trip(Side.SELL, Decimal(100), Decimal(2), Decimal(100))
LEVELS = Levels(atr=1.0, highest=108.0, lowest=92.0)


def exits(**section: object) -> ExitsConfig:
    return ExitsConfig.model_validate(section)


def best(trip: Trip, price: int) -> Trip:
    return msgspec.structs.replace(trip, best_price=Decimal(price))


def move(config: ExitsConfig, trip: Trip, stop: str, price: str) -> Decimal | None:
    return moved_stop(config, trip, Decimal(stop), Decimal(price), LEVELS, RULES)


BREAK_EVEN = exits(break_even={"after": {"risk": 1}, "offset_fraction": "0.001"})


def test_break_even_comes_with_the_profit_and_covers_the_fees() -> None:
    assert move(BREAK_EVEN, best(LONG, 101), "98", "101") is None
    assert move(BREAK_EVEN, best(LONG, 102), "98", "101.5") == Decimal("100.1")
    assert move(BREAK_EVEN, best(SHORT, 98), "102", "98.5") == Decimal("99.9")


def test_a_price_that_has_come_back_is_no_place_for_a_stop() -> None:
    assert move(BREAK_EVEN, best(LONG, 103), "98", "100.1") is None


TRAIL = exits(trailing={"kind": "distance", "distance": {"fraction": "0.03"}, "after": {"fraction": "0.02"}})


def test_a_trail_begins_with_its_profit_and_follows_the_best_price() -> None:
    assert move(TRAIL, best(LONG, 101), "90", "101") is None
    assert move(TRAIL, best(LONG, 104), "98", "103") == Decimal("101.0")
    assert move(TRAIL, best(SHORT, 96), "102", "97") == Decimal("99.0")


def test_a_chandelier_hangs_from_the_extreme_and_gets_shorter_with_profit() -> None:
    hung = exits(
        trailing={
            "kind": "chandelier",
            "distance": {"atr": 4},
            "tighter": [{"after": {"risk": 3}, "factor": "0.5"}, {"after": {"risk": 4}, "factor": "0.25"}],
        }
    )
    assert move(hung, best(LONG, 104), "98", "107") == Decimal("104.0")
    assert move(hung, best(LONG, 106), "98", "107.5") == Decimal("106.0")
    assert move(hung, best(LONG, 108), "98", "107.5") == Decimal("107.0")
    assert move(hung, best(SHORT, 92), "102", "92.5") == Decimal("93.0")


def test_small_moves_are_not_worth_a_request() -> None:
    assert move(TRAIL, best(LONG, 104), "100.96", "103") is None
    assert move(TRAIL, best(LONG, 104), "100.94", "103") == Decimal("101.0")


PRICES = st.decimals("50", "150", places=2)


@given(
    st.sampled_from([LONG, SHORT]), PRICES, PRICES, PRICES, st.floats(0.01, 20), st.floats(60, 140), st.floats(60, 140)
)
def test_a_stop_is_never_loosened_and_never_beyond_the_price(
    trip: Trip, stop: Decimal, price: Decimal, extreme: Decimal, atr: float, one: float, other: float
) -> None:
    config = exits(
        break_even={"after": {"atr": 1}},
        trailing={"kind": "chandelier", "distance": {"atr": 2}, "tighter": [{"after": {"risk": 1}, "factor": "0.3"}]},
    )
    seen = trip.seen(min(price, extreme), max(price, extreme))
    to = moved_stop(config, seen, stop, price, Levels(atr, max(one, other), min(one, other)), RULES)
    if to is not None:
        sign = trip.side.sign
        assert (to - stop) * sign > 0
        assert (price - to) * sign > 0
        assert to % RULES.tick_size == 0


def test_the_exchange_trails_by_the_distance_from_the_profit_on() -> None:
    native = exits(trailing={"kind": "native", "distance": {"atr": "1.5"}, "after": {"risk": 1}})
    assert native_trail(native, LONG, LEVELS, RULES) == (Decimal("1.5"), Decimal(102))
    assert native_trail(native, SHORT, LEVELS, RULES) == (Decimal("1.5"), Decimal(98))
    assert native_trail(native, LONG, None, RULES) is None
    assert native_trail(TRAIL, LONG, LEVELS, RULES) is None
