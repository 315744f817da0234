"""An entry never risks, borrows or buys more than is allowed, and is refused where nothing tradable is left."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.values import ZERO
from bot.risk.open_risk import open_risk
from bot.risk.sizing import MARGIN_HEADROOM, Sized, SizingInput, Unsized, fixed_risk
from tests.core.samples import RULES

ROUNDING = Decimal("1e-18")
"""Divisions are exact to 28 digits; amounts here have at most ten before the point."""

USUAL = SizingInput(
    equity=Decimal(10_000),
    available_margin=Decimal(10_000),
    risk_per_trade=Decimal("0.01"),
    price=Decimal(50_000),
    stop_price=Decimal(49_000),
    leverage=Decimal(10),
    taker_fee_rate=Decimal("0.00055"),
    instrument=RULES,
)


def wanting(**changes: Any) -> SizingInput:
    return msgspec.structs.replace(USUAL, **changes)


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places)


INSTRUMENTS = st.builds(
    lambda step, minimum, maximum, notional: msgspec.structs.replace(
        RULES, qty_step=step, min_order_qty=step * minimum, max_market_order_qty=step * maximum, min_notional=notional
    ),
    st.sampled_from([Decimal(text) for text in ("0.001", "0.01", "0.1", "1", "10")]),
    st.integers(1, 10),
    st.integers(1, 10**6),
    decimals("0", "100", 2),
)
WISHES = st.builds(
    SizingInput,
    equity=decimals("-100", "1000000", 4),
    available_margin=decimals("-1000", "1000000", 4),
    risk_per_trade=decimals("0.0001", "0.2", 4),
    price=decimals("0.1", "100000", 1),
    stop_price=decimals("0.1", "200000", 1),
    leverage=decimals("1", "100", 2),
    taker_fee_rate=decimals("0", "0.001", 5),
    instrument=INSTRUMENTS,
)

LIKELY = st.builds(
    lambda wish, fraction, equity: msgspec.structs.replace(
        wish,
        equity=equity,
        available_margin=min(abs(wish.available_margin), equity),
        stop_price=wish.price * fraction,
        instrument=msgspec.structs.replace(wish.instrument, qty_step=Decimal("0.001"), min_order_qty=Decimal("0.001")),
    ),
    WISHES,
    st.one_of(decimals("0.8", "0.999", 3), decimals("1.001", "1.2", 3)),
    decimals("1000", "1000000", 4),
)
"""Most of these have a size."""


def qty_of(wanted: SizingInput) -> Decimal:
    sized = fixed_risk(wanted)
    return sized.qty if isinstance(sized, Sized) else ZERO


@given(LIKELY)
def test_a_size_is_within_every_limit_and_on_the_step(wanted: SizingInput) -> None:
    sized = fixed_risk(wanted)
    assume(isinstance(sized, Sized))
    assert isinstance(sized, Sized)
    rules, qty = wanted.instrument, sized.qty
    assert qty % rules.qty_step == 0
    assert rules.min_order_qty <= qty <= rules.max_market_order_qty
    assert qty * wanted.price >= rules.min_notional
    assert sized.risk == qty * abs(wanted.price - wanted.stop_price)
    assert sized.risk <= wanted.equity * wanted.risk_per_trade + ROUNDING
    needed = qty * wanted.price / wanted.leverage + 2 * qty * wanted.price * wanted.taker_fee_rate
    assert abs(sized.margin - needed) <= ROUNDING
    assert sized.margin <= wanted.available_margin * MARGIN_HEADROOM + ROUNDING


@given(LIKELY)
def test_one_step_more_would_break_a_limit(wanted: SizingInput) -> None:
    sized = fixed_risk(wanted)
    assume(isinstance(sized, Sized))
    assert isinstance(sized, Sized)
    more = sized.qty + wanted.instrument.qty_step
    margin = more * wanted.price * (1 / wanted.leverage + 2 * wanted.taker_fee_rate)
    assert (
        more * abs(wanted.price - wanted.stop_price) > wanted.equity * wanted.risk_per_trade - ROUNDING
        or margin > wanted.available_margin * MARGIN_HEADROOM - ROUNDING
        or more > wanted.instrument.max_market_order_qty
    )


@given(WISHES)
def test_it_refuses_only_what_can_not_be_traded(wanted: SizingInput) -> None:
    refused = fixed_risk(wanted)
    assume(isinstance(refused, Unsized))
    assert isinstance(refused, Unsized)
    assert refused.reason
    rules, distance = wanted.instrument, abs(wanted.price - wanted.stop_price)
    smallest = max(rules.min_order_qty, rules.min_notional / wanted.price)
    margin = smallest * wanted.price * (1 / wanted.leverage + 2 * wanted.taker_fee_rate)
    room = wanted.available_margin * MARGIN_HEADROOM
    step = rules.qty_step  # what rounding down may take away
    assert (
        distance == 0
        or wanted.equity <= 0
        or (smallest - step) * distance < wanted.equity * wanted.risk_per_trade < (smallest + step) * distance
        or smallest * distance > wanted.equity * wanted.risk_per_trade - ROUNDING
        or margin * (1 + step / smallest) > room - ROUNDING
        or smallest + step > rules.max_market_order_qty
    )


@given(WISHES, decimals("0", "1000000", 4))
def test_more_equity_or_margin_never_makes_it_smaller(wanted: SizingInput, more: Decimal) -> None:
    usual = qty_of(wanted)
    assert qty_of(msgspec.structs.replace(wanted, equity=wanted.equity + more)) >= usual
    assert qty_of(msgspec.structs.replace(wanted, available_margin=wanted.available_margin + more)) >= usual


@given(WISHES, decimals("1", "10", 2))
def test_more_risk_or_leverage_or_a_nearer_stop_never_makes_it_smaller(wanted: SizingInput, factor: Decimal) -> None:
    usual = qty_of(wanted)
    distance = (wanted.stop_price - wanted.price) / factor
    assume(distance != 0)
    assert qty_of(msgspec.structs.replace(wanted, risk_per_trade=wanted.risk_per_trade * factor)) >= usual
    assert qty_of(msgspec.structs.replace(wanted, leverage=wanted.leverage * factor)) >= usual
    assert qty_of(msgspec.structs.replace(wanted, stop_price=wanted.price + distance)) >= usual


@given(WISHES)
def test_long_and_short_are_sized_alike(wanted: SizingInput) -> None:
    mirrored = msgspec.structs.replace(wanted, stop_price=2 * wanted.price - wanted.stop_price)
    assert fixed_risk(mirrored) == fixed_risk(wanted)


def test_the_usual_entry() -> None:
    assert fixed_risk(USUAL) == Sized(Decimal("0.1"), Decimal("505.5"), Decimal(100))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stop_price": USUAL.price}, "the stop is at the entry price"),
        ({"equity": ZERO}, "equity is 0"),
        ({"equity": Decimal(-5)}, "equity is -5"),
        ({"available_margin": ZERO}, "the free margin is the limit"),
        ({"available_margin": Decimal(-100)}, "the free margin is the limit"),
        ({"equity": Decimal(99)}, "below the minimum of 0.001"),
        (
            {"price": Decimal(4000), "stop_price": Decimal(104_000), "equity": Decimal(10_001)},
            "below the minimum value",
        ),
    ],
    ids=str,
)
def test_why_there_is_no_entry(changes: dict[str, Decimal], said: str) -> None:
    refused = fixed_risk(wanting(**changes))
    assert isinstance(refused, Unsized)
    assert said in refused.reason


def test_just_enough_is_enough() -> None:
    assert fixed_risk(wanting(equity=Decimal(100))) == Sized(Decimal("0.001"), Decimal("5.055"), Decimal(1))


@given(decimals("-100", "100", 3), decimals("1", "1000", 1), decimals("1", "1000", 1))
def test_open_risk_is_what_the_stop_loses(size: Decimal, entry: Decimal, stop: Decimal) -> None:
    risk = open_risk(size, entry, stop)
    assert risk == max(ZERO, -size * (stop - entry))
    assert risk >= ZERO
    assert open_risk(size, entry, None) == abs(size) * entry
