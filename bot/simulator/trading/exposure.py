"""What one position or order ties up (Bybit help centre, margin rules since September 2025).

Notation of the formulas: q size, E entry, M mark, P order price, L leverage, t taker fee rate, s +1 long or -1
short, V(p) the value of a size at a price: q·p in linear contracts, q/p (in the settle coin) in inverse ones.
"""

from decimal import Decimal
from typing import NamedTuple

from bot.simulator.instruments import Instrument, RiskTier
from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO
from bot.simulator.trading.order import sign
from bot.simulator.trading.position import Position

BREAK_EVEN_FEE_RATE = Decimal("0.00055")
"""Bybit reckons with at least this rate, whatever the account pays."""


class Exposure(NamedTuple):
    """What one position ties up and has won at a mark price, in its settle coin; all zero when flat.

    Attributes:
        unrealised: profit if it were closed at the mark price, before fees.
        initial: IM = V(M)/L + F, in isolated margin V(E)/L + F + what was added by hand.
        maintenance: MM = V(M)·MMR - D + F, rate and deduction of the risk tier.
        fee_to_close: F = V(E)·(1 - s/L)·t (inverse: 1 + s/L), which both margins contain.
        tier: the risk tier that the value of position and orders falls into.
    """

    mark_price: Decimal
    tier: RiskTier
    unrealised: Decimal = ZERO
    initial: Decimal = ZERO
    maintenance: Decimal = ZERO
    fee_to_close: Decimal = ZERO


def tier_of(rules: Instrument, value: Decimal) -> RiskTier:
    """The risk tier of a position value; the last one has no end here."""
    tiers = rules.risk_tiers
    if value <= tiers[0].limit_value:
        return tiers[0]
    return next((each for each in tiers if value <= each.limit_value), tiers[-1])


def exposure_of(
    position: Position, mark_price: Decimal, taker_rate: Decimal, tier: RiskTier, *, isolated: bool = False
) -> Exposure:
    """A position valued at a mark price."""
    if not position.size:
        return Exposure(mark_price, tier)
    value, leverage = position.value_at(mark_price), position.leverage
    toward = -position.direction if position.inverse else position.direction
    fee = position.cost * (1 - toward / leverage) * taker_rate
    initial = (position.cost / leverage + position.extra_margin if isolated else value / leverage) + fee
    maintenance = value * tier.maintenance_rate - tier.mm_deduction + fee
    return Exposure(mark_price, tier, position.profit_at(mark_price), initial, maintenance, fee)


def order_im(
    side: Side, qty: Decimal, price: Decimal, leverage: Decimal, taker_rate: Decimal, *, inverse: bool = False
) -> Decimal:
    """V(P)/L + V(P)·t + V(P)·(1 - s/L)·t: the margin and the fees to open and to close (inverse: 1 + s/L)."""
    value = qty / price if inverse else qty * price
    toward = -sign(side) if inverse else sign(side)
    return value / leverage + value * taker_rate + value * (1 - toward / leverage) * taker_rate


def break_even(position: Position, taker_rate: Decimal) -> Decimal:
    """(E·q - realised) / (q - |q|·t) with signed q; for inverse contracts the price that pays what was realised."""
    size, rate = position.size, max(taker_rate, BREAK_EVEN_FEE_RATE)
    if position.inverse:
        worth = position.direction * position.cost + position.cur_realised
        return size * (1 + position.direction * rate) / worth if worth else ZERO
    paid = position.direction * position.cost - position.cur_realised
    return paid / (size - abs(size) * rate)


def price_where_spent(position: Position, spare: Decimal, rate: Decimal) -> Decimal | None:
    """The price at which `spare` plus the profit equals `rate` times the value."""
    size, cost, s = abs(position.size), position.cost, position.direction
    if position.inverse:
        worth = cost * s + spare
        price = s * size * (1 + s * rate) / worth if worth else None
    else:
        price = (cost - s * spare) / (size * (1 - s * rate))
    return price if price is not None and price > 0 else None
