"""An entry never risks, borrows or buys more than is allowed, and is refused where nothing tradable is left."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.config.risk import SizingConfig
from bot.domain.values import ZERO
from bot.risk.open_risk import open_risk
from bot.risk.sizing import MARGIN_HEADROOM, Cap, PastResults, Sized, SizingInput, Unsized, size_entry
from tests.core.samples import RULES

ROUNDING = Decimal("1e-15")
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
    bars_per_year=525_600.0,
)
FIXED_RISK = SizingConfig()


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
CAPS = st.lists(
    st.one_of(
        st.builds(lambda amount: Cap("a", "b", notional=amount), decimals("-100", "100000", 2)),
        st.builds(lambda amount: Cap("c", "d", risk=amount), decimals("-100", "1000", 2)),
    ),
    max_size=3,
).map(tuple)
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
    amount_quote=st.none() | decimals("0", "100000", 2),
    volatility=st.none() | st.floats(-0.1, 0.2),
    level=st.integers(0, 4),
    bars_per_year=st.sampled_from([0.0, 525_600.0, 365.0]),
    caps=CAPS,
)
POSITIVE_CAPS = st.lists(
    st.one_of(
        st.builds(lambda amount: Cap("a", "b", notional=amount), decimals("100", "100000", 2)),
        st.builds(lambda amount: Cap("c", "d", risk=amount), decimals("10", "1000", 2)),
    ),
    max_size=2,
).map(tuple)
LIKELY = st.builds(
    SizingInput,
    equity=decimals("1000", "1000000", 4),
    available_margin=decimals("500", "1000000", 4),
    risk_per_trade=decimals("0.001", "0.2", 4),
    price=st.just(Decimal(100)),
    stop_price=st.one_of(decimals("80", "99.9", 1), decimals("100.1", "120", 1)),
    leverage=decimals("1", "100", 2),
    taker_fee_rate=decimals("0", "0.001", 5),
    instrument=INSTRUMENTS.map(
        lambda rules: msgspec.structs.replace(rules, qty_step=Decimal("0.001"), min_order_qty=Decimal("0.001"))
    ),
    amount_quote=st.none() | decimals("200", "100000", 2),
    volatility=st.floats(0.0001, 0.2),
    level=st.integers(0, 1),
    bars_per_year=st.just(365.0),
    caps=POSITIVE_CAPS,
)
"""Most of these have a size."""
LIKELY_CONFIGS = st.builds(
    SizingConfig,
    kind=st.sampled_from(["fixed_risk", "fixed_amount", "kelly", "volatility_target"]),
    amount_quote=decimals("200", "100000", 2),
    count_fees=st.booleans(),
    volatility_target=decimals("0.01", "1", 3),
    pyramid_levels=st.integers(1, 5),
    pyramid_factor=decimals("0.5", "1", 1),
)
CONFIGS = st.builds(
    SizingConfig,
    kind=st.sampled_from(["fixed_risk", "fixed_amount", "kelly", "volatility_target"]),
    amount_quote=decimals("1", "100000", 2),
    count_fees=st.booleans(),
    volatility_per=st.sampled_from(["bar", "year"]),
    volatility_target=decimals("0.001", "1", 3),
    pyramid_levels=st.integers(0, 5),
    pyramid_factor=decimals("0.1", "1", 1),
)
PASTS = st.lists(decimals("-100", "100", 2), max_size=80).map(PastResults.of)


@given(LIKELY, LIKELY_CONFIGS, PASTS)
def test_a_size_is_within_every_limit_and_on_the_step(
    wanted: SizingInput, config: SizingConfig, past: PastResults
) -> None:
    sized = size_entry(wanted, config, past)
    assume(isinstance(sized, Sized))
    assert isinstance(sized, Sized)
    rules, qty = wanted.instrument, sized.qty
    assert qty % rules.qty_step == 0
    assert rules.min_order_qty <= qty <= rules.max_market_order_qty
    assert qty * wanted.price >= rules.min_notional
    fees = qty * (wanted.price + wanted.stop_price) * wanted.taker_fee_rate if config.count_fees else ZERO
    assert abs(sized.risk - qty * abs(wanted.price - wanted.stop_price) - fees) <= ROUNDING
    assert sized.risk <= wanted.equity * wanted.risk_per_trade * config.pyramid_factor**wanted.level + ROUNDING
    needed = qty * wanted.price / wanted.leverage + 2 * qty * wanted.price * wanted.taker_fee_rate
    assert abs(sized.margin - needed) <= ROUNDING
    assert sized.margin <= wanted.available_margin * MARGIN_HEADROOM + ROUNDING
    for cap in wanted.caps:
        assert cap.notional is None or qty * wanted.price <= cap.notional + ROUNDING
        assert cap.risk is None or sized.risk <= cap.risk + ROUNDING
    if wanted.amount_quote is not None:
        assert qty * wanted.price <= wanted.amount_quote + ROUNDING
    if config.kind == "fixed_amount":
        assert config.amount_quote is not None
        assert qty * wanted.price <= config.amount_quote + ROUNDING
    assert wanted.level <= config.pyramid_levels
    assert sized.limit.qty == min(bound.qty for bound in sized.bounds)
    assert sized.limit.qty - rules.qty_step < qty <= sized.limit.qty, "nothing is given away either"


@given(WISHES, CONFIGS, PASTS)
def test_what_is_refused_has_a_reason(wanted: SizingInput, config: SizingConfig, past: PastResults) -> None:
    refused = size_entry(wanted, config, past)
    assert isinstance(refused, Sized) or refused.reason


@given(WISHES, CONFIGS, PASTS)
def test_long_and_short_are_sized_alike(wanted: SizingInput, config: SizingConfig, past: PastResults) -> None:
    mirrored = msgspec.structs.replace(wanted, stop_price=2 * wanted.price - wanted.stop_price)
    assume(mirrored.stop_price > 0)
    config = config.model_copy(update={"count_fees": False})
    assert size_entry(mirrored, config, past) == size_entry(wanted, config, past)


@given(
    WISHES,
    st.sampled_from(["equity", "price", "stop_price", "risk_per_trade", "leverage", "amount_quote"]),
    st.sampled_from([Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), ZERO, Decimal(-1)]),
)
def test_what_is_no_positive_number_is_refused(wanted: SizingInput, field: str, number: Decimal) -> None:
    assert isinstance(size_entry(msgspec.structs.replace(wanted, **{field: number}), FIXED_RISK), Unsized)


@given(WISHES, decimals("0", "1000000", 4))
def test_more_equity_or_margin_never_makes_it_smaller(wanted: SizingInput, more: Decimal) -> None:
    def qty_of(wish: SizingInput) -> Decimal:
        sized = size_entry(wish, FIXED_RISK)
        return sized.qty if isinstance(sized, Sized) else ZERO

    usual = qty_of(wanted)
    assert qty_of(msgspec.structs.replace(wanted, equity=wanted.equity + more)) >= usual
    assert qty_of(msgspec.structs.replace(wanted, available_margin=wanted.available_margin + more)) >= usual


def test_the_usual_entry_says_what_limits_it() -> None:
    sized = size_entry(USUAL, FIXED_RISK)
    assert isinstance(sized, Sized)
    assert (sized.qty, sized.margin, sized.risk) == (Decimal("0.1"), Decimal("505.5"), Decimal(100))
    assert sized.reason == "risk: 100.00 may be lost, 1.00% of 10000.00"
    assert [bound.name for bound in sized.bounds] == ["risk", "free margin", "largest order"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stop_price": USUAL.price}, "the stop is at the entry price"),
        ({"equity": ZERO}, "equity is 0"),
        ({"equity": Decimal(-5)}, "equity is -5"),
        ({"price": Decimal("NaN")}, "the price is NaN"),
        ({"available_margin": ZERO}, "the free margin is the limit"),
        ({"available_margin": Decimal(-100)}, "the free margin is the limit"),
        ({"available_margin": Decimal("NaN")}, "the free margin is NaN"),
        ({"equity": Decimal(99)}, "below the minimum of 0.001"),
        ({"level": 1}, "the position was added to 0 times, which is the most"),
        ({"caps": (Cap("total exposure", "all is used", notional=Decimal(-1)),)}, "the total exposure is the limit"),
        (
            {"price": Decimal(4000), "stop_price": Decimal(104_000), "equity": Decimal(10_001)},
            "below the minimum value",
        ),
    ],
    ids=str,
)
def test_why_there_is_no_entry(changes: dict[str, Any], said: str) -> None:
    refused = size_entry(wanting(**changes), FIXED_RISK)
    assert isinstance(refused, Unsized)
    assert said in refused.reason


def test_just_enough_is_enough_and_nothing_is_rounded_up() -> None:
    enough = size_entry(wanting(equity=Decimal(100)), FIXED_RISK)
    assert isinstance(enough, Sized)
    assert enough.qty == Decimal("0.001")
    assert isinstance(size_entry(wanting(equity=Decimal("99.99")), FIXED_RISK), Unsized)


@given(decimals("-100", "100", 3), decimals("1", "1000", 1), decimals("1", "1000", 1))
def test_open_risk_is_what_the_stop_loses(size: Decimal, entry: Decimal, stop: Decimal) -> None:
    risk = open_risk(RULES.contract, size, entry, stop)
    assert risk == max(ZERO, -size * (stop - entry))
    assert risk >= ZERO
    assert open_risk(RULES.contract, size, entry, None) == abs(size) * entry
