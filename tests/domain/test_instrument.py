"""Rounding never exceeds a limit and always lands on the grid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.instrument import Instrument
from bot.domain.values import Side, plain
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
