"""Figures that Bybit publishes, or that follow from its published formulas by hand, to the digits given."""

from decimal import Decimal
from itertools import pairwise

import pytest

from bot.simulator.instruments import Instrument, make_instrument
from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO, to_ledger
from bot.simulator.risk_tiers import RiskTier
from bot.simulator.trading.exposure import (
    break_even,
    exposure_of,
    order_im,
    price_where_spent,
    tier_of,
)
from bot.simulator.trading.position import Position

D = Decimal
TAKER = D("0.00055")


def held(rules: Instrument, side: Side, qty: str, price: str, leverage: str) -> Position:
    position = Position.flat(rules)
    position.leverage = D(leverage)
    value = D(qty) / D(price) if position.inverse else D(qty) * D(price)
    position.apply(side, D(qty), to_ledger(value), ZERO, 0)
    return position


def test_fee_of_the_documented_execution() -> None:
    """Bybit V5 docs, execution stream: 0.5 BTC sold at 95900.1 cost 26.3725275."""
    value = D("0.5") * D("95900.1")
    assert value == D("47950.05")
    assert to_ledger(value * TAKER) == D("26.3725275")


def test_margins_of_a_published_position() -> None:
    """ETHUSDT short of 0.01 at 3642.075, mark 3642.33, 30x."""
    rules = make_instrument("ETHUSDT", 1, 3600.0)
    exposure = exposure_of(held(rules, "Sell", "0.01", "3642.075", "30"), D("3642.33"), TAKER, rules.risk_tiers[0])
    assert round(exposure.initial, 7) == D("1.2348091")
    assert round(exposure.maintenance, 7) == D("0.2028156")


def test_margins_and_break_even_of_a_long() -> None:
    """0.01 BTC at 60000, mark 60010, 10x: 600.1 / 10 + 0.297 and 600.1 x 0.5 % + 0.297."""
    rules = make_instrument("BTCUSDT", 1, 60_000.0)
    position = held(rules, "Buy", "0.01", "60000", "10")
    exposure = exposure_of(position, D(60010), TAKER, rules.risk_tiers[0])
    assert exposure.fee_to_close == D("0.297")
    assert exposure.initial == D("60.307")
    assert exposure.maintenance == D("3.2975")
    assert exposure.unrealised == D("0.1")
    position.cur_realised = D("-0.33")
    assert round(break_even(position, TAKER), 2) == D("60066.04")


def test_isolated_margin_is_fixed_at_the_entry() -> None:
    rules = make_instrument("BTCUSDT", 1, 60_000.0)
    position = held(rules, "Buy", "0.01", "60000", "10")
    margins = {
        exposure_of(position, mark, TAKER, rules.risk_tiers[0], isolated=True).initial for mark in (D(50000), D(70000))
    }
    assert margins == {D("60.297")}


def test_the_second_tier_of_btcusdt() -> None:
    """Up to 2,000,000 USDT 0.5 %, up to 2,600,000 0.56 % with a deduction of 1,200."""
    rules = make_instrument("BTCUSDT", 1, 60_000.0)
    assert tier_of(rules, D(2_000_000)) == RiskTier(D(2_000_000), D("0.005"), D("0.01"), D(100), ZERO)
    second = tier_of(rules, D(2_000_001))
    assert (second.limit_value, second.maintenance_rate) == (D(2_600_000), D("0.0056"))
    assert second.mm_deduction == 1_200


def test_maintenance_margin_does_not_jump_between_tiers() -> None:
    tiers = make_instrument("BTCUSDT", 1, 60_000.0).risk_tiers
    for lower, upper in pairwise(tiers):
        edge = lower.limit_value
        below = edge * lower.maintenance_rate - lower.mm_deduction
        assert below == edge * upper.maintenance_rate - upper.mm_deduction


@pytest.mark.parametrize(
    ("side", "extra", "price"),
    [
        # [E(1 - 1/L) - X/q] / (1 - MMR) and [E(1 + 1/L) + X/q] / (1 + MMR), E 60000, L 10, q 0.01
        ("Buy", "0", "54271.35678392"),
        ("Buy", "10", "53266.33165829"),
        ("Sell", "0", "65671.64179104"),
        ("Sell", "10", "66666.66666667"),
    ],
)
def test_liquidation_price_of_an_isolated_linear_position(side: Side, extra: str, price: str) -> None:
    position = held(make_instrument("BTCUSDT", 1, 60_000.0), side, "0.01", "60000", "10")
    found = price_where_spent(position, position.cost / 10 + D(extra), D("0.005"))
    assert found is not None
    assert to_ledger(found) == D(price)


@pytest.mark.parametrize(
    ("side", "price"),
    [
        # q(1 + MMR) / [q/E + q/(E L)] and q(1 - MMR) / [q/E - q/(E L)], q 6000, E 60000, L 10
        ("Buy", "54818.18181818"),
        ("Sell", "66333.33333333"),
    ],
)
def test_liquidation_price_of_an_isolated_inverse_position(side: Side, price: str) -> None:
    position = held(make_instrument("BTCUSD", 1, 60_000.0), side, "6000", "60000", "10")
    found = price_where_spent(position, position.cost / 10, D("0.005"))
    assert found is not None
    assert to_ledger(found) == D(price)


def test_at_the_liquidation_price_margin_and_maintenance_meet() -> None:
    for market_id, qty in (("BTCUSDT", "0.01"), ("BTCUSD", "6000")):
        rules = make_instrument(market_id, 1, 60_000.0)
        for side in ("Buy", "Sell"):
            position = held(rules, side, qty, "60000", "10")
            price = price_where_spent(position, position.cost / 10, rules.risk_tiers[0].maintenance_rate)
            assert price is not None
            exposure = exposure_of(position, price, TAKER, rules.risk_tiers[0], isolated=True)
            assert abs(exposure.initial + exposure.unrealised - exposure.maintenance) < D("1e-20")


@pytest.mark.parametrize(
    ("side", "inverse", "cost"),
    [
        # 600/10 + 600 x 0.00055 + 600 (1 -+ 0.1) x 0.00055
        ("Buy", False, "60.627"),
        ("Sell", False, "60.693"),
        # 0.1 BTC: 0.01 + 0.000055 + 0.1 (1 +- 0.1) x 0.00055
        ("Buy", True, "0.0101155"),
        ("Sell", True, "0.0101045"),
    ],
)
def test_order_cost(side: Side, inverse: bool, cost: str) -> None:
    qty = D(6000) if inverse else D("0.01")
    assert order_im(side, qty, D(60000), D(10), TAKER, inverse=inverse) == D(cost)
