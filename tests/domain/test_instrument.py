"""Rounding never exceeds a limit and always lands on the grid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.instrument import Instrument
from bot.domain.values import OrderType, Side, TimeInForce, plain
from tests.core.samples import RULES

STEPS = st.sampled_from([Decimal(step) for step in ("0.0001", "0.001", "0.05", "0.1", "0.5", "1", "10")])


def rules(tick: Decimal, step: Decimal) -> Instrument:
    fields = {name: getattr(RULES, name) for name in RULES.__struct_fields__}
    return Instrument(**(fields | {"tick_size": tick, "qty_step": step}))


@given(STEPS, st.decimals("0", "100000", places=8))
def test_a_quantity_is_on_the_step_and_never_larger(step: Decimal, qty: Decimal) -> None:
    floored = rules(Decimal(1), step).floor_qty(qty)
    assert floored % step == 0
    assert qty - step < floored <= qty


@given(STEPS, st.floats(0.01, 1e6, allow_nan=False))
def test_prices_are_on_the_tick_and_stops_never_widen(tick: Decimal, price: float) -> None:
    instrument = rules(tick, Decimal(1))
    exact = Decimal(repr(price))
    for rounded in (
        instrument.nearest_price(price),
        instrument.stop_price(price, Side.BUY),
        instrument.stop_price(price, Side.SELL),
    ):
        assert rounded % tick == 0
        assert abs(rounded - exact) < tick
    assert instrument.stop_price(price, Side.BUY) >= exact
    assert instrument.stop_price(price, Side.SELL) <= exact


@pytest.mark.parametrize("price", [float("nan"), float("inf"), -1.0, 0.0])
def test_a_senseless_price_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="finite and positive"):
        RULES.nearest_price(price)


@given(st.decimals("1", "1000", places=4))
def test_leverage_is_within_its_bounds(leverage: Decimal) -> None:
    clamped = RULES.clamp_leverage(leverage)
    assert RULES.min_leverage <= clamped <= RULES.max_leverage


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_plain_numbers_have_no_exponent_and_keep_their_value(number: Decimal) -> None:
    text = plain(number)
    assert "e" not in text.lower()
    assert Decimal(text) == number
    assert text == "0" or not ("." in text and text.endswith("0"))


QTYS = st.decimals("-1", "3000", places=4)
PRICES = st.none() | st.decimals("-1", "200000", places=2)


@given(st.sampled_from(OrderType), st.sampled_from(TimeInForce), QTYS, PRICES, PRICES, st.booleans())
def test_an_order_that_breaks_no_rule_is_within_all_of_them(
    kind: OrderType,
    lives: TimeInForce,
    qty: Decimal,
    price: Decimal | None,
    stop: Decimal | None,
    reduce_only: bool,
) -> None:
    if RULES.broken_rule(kind, lives, qty, (price, stop), reduce_only=reduce_only) is not None:
        return
    assert 0 < qty <= (RULES.max_market_order_qty if kind is OrderType.MARKET else RULES.max_order_qty)
    assert qty % RULES.qty_step == 0
    assert all(each > 0 and each % RULES.tick_size == 0 for each in (price, stop) if each is not None)
    if not reduce_only:
        assert qty >= RULES.min_order_qty
        assert kind is OrderType.MARKET or price is None or qty * price >= RULES.min_notional


@given(STEPS, st.decimals("0.001", "0.9", places=3), st.integers(1, 1_000_000))
def test_rounded_orders_break_no_rule(tick: Decimal, fraction: Decimal, ticks: int) -> None:
    instrument = rules(tick, Decimal("0.001"))
    price = tick * ticks
    qty = instrument.floor_qty(instrument.largest_qty(OrderType.LIMIT) * fraction)
    limit = instrument.limit_price(float(price), Side.BUY)
    if qty < instrument.min_order_qty or qty * limit < instrument.min_notional or limit <= 0:
        return
    told = instrument.broken_rule(OrderType.LIMIT, TimeInForce.GTC, qty, (limit,), reduce_only=False)
    assert told is None


@pytest.mark.parametrize(
    ("qty", "price", "told"),
    [
        ("NaN", "100", "must be finite"),
        ("1", "Infinity", "must be finite"),
        ("0.0005", "100", "not a positive multiple"),
        ("1", "100.05", "not a multiple of 0.1"),
        ("2000", "100", "above the largest"),
        ("0.001", "100", "below the least of 5"),
    ],
)
def test_what_is_broken_is_told(qty: str, price: str, told: str) -> None:
    broken = RULES.broken_rule(OrderType.LIMIT, TimeInForce.GTC, Decimal(qty), (Decimal(price),), reduce_only=False)
    assert told in str(broken)


def test_a_close_may_be_smaller_than_the_least_order() -> None:
    tiny = rules(Decimal("0.1"), Decimal("0.0001"))
    assert tiny.broken_rule(OrderType.MARKET, TimeInForce.IOC, Decimal("0.0004"), (), reduce_only=True) is None
