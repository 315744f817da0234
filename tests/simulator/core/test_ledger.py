"""Positions, fees and funding in one ledger that balances."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.instruments import make_instrument
from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO, to_ledger
from bot.simulator.trading.position import Position

D = Decimal


def position_in(market_id: str) -> Position:
    return Position.flat(make_instrument(market_id, 1, 60_000.0))


def trade(position: Position, side: Side, qty: str, price: str) -> Decimal:
    size, at = D(qty), D(price)
    value = to_ledger(size / at if position.inverse else size * at)
    return position.apply(side, size, value, ZERO, 0).realised


def test_a_linear_position_averages_its_entry_and_keeps_it_when_it_shrinks() -> None:
    position = position_in("BTCUSDT")
    trade(position, "Buy", "1", "60000")
    trade(position, "Buy", "3", "64000")
    assert position.entry_price == 63000
    assert trade(position, "Sell", "1", "65000") == 2000
    assert position.entry_price == 63000
    assert position.profit_at(D(62000)) == -3000


def test_an_inverse_position_earns_its_base_coin() -> None:
    """6,000 contracts from 60,000 to 75,000: 6000/60000 - 6000/75000 = 0.02 BTC."""
    position = position_in("BTCUSD")
    trade(position, "Buy", "6000", "60000")
    assert position.entry_price == 60000
    assert position.profit_at(D(75000)) == D("0.02")
    assert trade(position, "Sell", "6000", "75000") == D("0.02")
    assert position.size == position.cost == 0


def test_an_inverse_short_averages_harmonically() -> None:
    position = position_in("BTCUSD")
    trade(position, "Sell", "10000", "50000")
    trade(position, "Sell", "10000", "100000")
    assert to_ledger(position.entry_price) == D("66666.66666667")
    assert trade(position, "Buy", "20000", "80000") == D("-0.05")


def test_what_goes_past_flat_opens_anew_with_its_share_of_the_fee() -> None:
    position = position_in("BTCUSDT")
    trade(position, "Buy", "1", "100")
    applied = position.apply("Sell", D(4), D(440), D(4), 7)
    assert [*applied] == [1, 10]
    assert position.size == -3
    assert position.entry_price == 110
    assert position.opened_ms == 7
    assert position.cur_realised == -3
    assert position.cum_realised == 6


FILLS = st.lists(
    st.tuples(
        st.sampled_from(["Buy", "Sell"]), st.integers(1, 5_000), st.integers(10_000, 2_000_000), st.booleans()
    ),
    min_size=1,
    max_size=40,
)  # fmt: skip


@pytest.mark.parametrize("market_id", ["BTCUSDT", "BTCUSD"])
@given(fills=FILLS)
def test_no_rounding_is_lost_between_two_sides(market_id: str, fills: list[tuple[Side, int, int, bool]]) -> None:
    """Two accounts trade with each other: what one gains in wallet and cost, the other loses, exactly."""
    one, other = position_in(market_id), position_in(market_id)
    wallets = [ZERO, ZERO]
    for side, steps, cents, turned in fills:
        qty, price = D(steps) / 1000, D(cents) / 10
        if one.inverse:
            qty = D(steps)
        value = to_ledger(qty / price if one.inverse else qty * price)
        against: Side = "Sell" if side == "Buy" else "Buy"
        pair: tuple[Side, Side] = (against, side) if turned else (side, against)
        wallets[0] += one.apply(pair[0], qty, value, ZERO, 0).realised
        wallets[1] += other.apply(pair[1], qty, value, ZERO, 0).realised
        assert one.size == -other.size
        assert wallets[0] + wallets[1] - one.signed_cost - other.signed_cost == 0
        assert one.cost >= 0
        assert bool(one.cost) == bool(one.size)
