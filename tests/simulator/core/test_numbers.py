"""How numbers are written and rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.numbers import plain, plain_float, to_ledger
from bot.simulator.push import KlinePush


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=8))
def test_plain_text_is_the_same_number(value: Decimal) -> None:
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert not (("." in text) and text.endswith(("0", ".")))


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E+1", "10"), ("2E-7", "0.0000002"), ("-0.00", "0"), ("0E-8", "0"), ("100", "100"), ("1.50", "1.5")],
)
def test_plain_notation(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@given(st.floats(min_value=0, max_value=1e15))
def test_float_text_parses_back(value: float) -> None:
    assert float(plain_float(value)) == value
    assert "e" not in plain_float(value)


def test_the_ledger_rounds_half_up() -> None:
    assert to_ledger(Decimal("0.000000005")) == Decimal("0.00000001")
    assert to_ledger(Decimal("-0.000000005")) == Decimal("-0.00000001")


number = st.floats(min_value=1e-6, max_value=1e9)


@given(st.tuples(number, number, number, number, number, number))
def test_a_kline_frame_keeps_every_float(numbers: tuple[float, float, float, float, float, float]) -> None:
    row = KlinePush("X", "1", 0, 59_999, *numbers, True, 60_000).frame()["data"][0]
    names = ("open", "high", "low", "close", "volume", "turnover")
    assert tuple(float(row[name]) for name in names) == numbers
