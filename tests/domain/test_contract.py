"""What contracts are worth: worked examples, and laws that linear and inverse ones share."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.contract import Contract, base_coin, contract_of, is_inverse, settle_coin
from bot.risk.open_risk import open_risk

LINEAR, INVERSE = contract_of("BTCUSDT"), contract_of("BTCUSD")
prices = st.decimals("0.0001", "200000", places=4)
amounts = st.decimals("0.001", "5000000", places=3)
both = st.sampled_from([LINEAR, INVERSE])
ROUNDING = Decimal("1e-12")


def near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= ROUNDING * max(abs(one), abs(other), Decimal(1))


@pytest.mark.parametrize(
    ("symbol", "base", "coin"),
    [
        ("BTCUSDT", "BTC", "USDT"),
        ("1000PEPEUSDT", "PEPE", "USDT"),
        ("ETHUSDC", "ETH", "USDC"),
        ("BTCPERP", "BTC", "USDC"),
        ("BTCUSD", "BTC", "BTC"),
        ("ETHUSDH26", "ETH", "ETH"),
        ("1INCHUSD", "1INCH", "1INCH"),
    ],
)
def test_a_symbol_says_its_coins(symbol: str, base: str, coin: str) -> None:
    assert (base_coin(symbol), settle_coin(symbol)) == (base, coin)
    assert is_inverse(symbol) == (coin == base)


def test_a_long_of_10000_dollars_from_10000_to_12500() -> None:
    """1 BTC of contracts; at 12500 it is bought back for 0.8 BTC, so 0.2 are left."""
    assert INVERSE.value(Decimal(10_000), Decimal(10_000)) == 1
    assert INVERSE.profit(Decimal(10_000), Decimal(10_000), Decimal(12_500)) == Decimal("0.2")
    assert INVERSE.profit(Decimal(-10_000), Decimal(10_000), Decimal(12_500)) == Decimal("-0.2")


def test_an_inverse_entry_averages_by_value() -> None:
    """2 x 10000 dollars at 10000 and 20000: 20000 dollars for 1.5 BTC."""
    value = INVERSE.value(Decimal(10_000), Decimal(10_000)) + INVERSE.value(Decimal(10_000), Decimal(20_000))
    assert near(INVERSE.average(Decimal(20_000), value), Decimal(20_000) / Decimal("1.5"))


@given(both, amounts, prices)
def test_value_quantity_and_price_agree(contract: Contract, qty: Decimal, price: Decimal) -> None:
    value = contract.value(qty, price)
    assert near(contract.qty(value, price), qty)
    assert near(contract.average(qty, value), price)
    assert near(contract.in_quote(value, price), contract.value_quote(qty, price))
    assert near(contract.money(contract.in_quote(value, price), price), value)


@given(both, amounts, prices, prices, prices)
def test_profits_add_up_and_change_sign_with_the_side(
    contract: Contract, qty: Decimal, one: Decimal, two: Decimal, three: Decimal
) -> None:
    profit = contract.profit
    assert near(profit(qty, one, two) + profit(qty, two, three), profit(qty, one, three))
    assert profit(-qty, one, two) == -profit(qty, one, two)
    assert (profit(qty, one, two) > 0) == (two > one)
    assert near(contract.gain(contract.value(qty, two) - contract.value(qty, one)), profit(qty, one, two))


@given(both, amounts, prices, prices)
def test_open_risk_is_what_the_stop_loses(contract: Contract, qty: Decimal, entry: Decimal, stop: Decimal) -> None:
    for size in (qty, -qty):
        assert open_risk(contract, size, entry, stop) == max(-contract.profit(size, entry, stop), Decimal(0))
        assert open_risk(contract, size, entry, None) == contract.value(qty, entry)
