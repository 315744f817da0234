"""How large an entry may be."""

from decimal import Decimal

import msgspec

from bot.domain.instrument import Instrument
from bot.domain.values import ZERO

MARGIN_HEADROOM = Decimal("0.9")
"""Part of the free margin that an entry may use: Bybit checks a market order at its price bound, some percent away."""


class Sized(msgspec.Struct, frozen=True):
    """A quantity in base coin with what it costs: margin and loss at the stop, in quote."""

    qty: Decimal
    margin: Decimal
    risk: Decimal


class Unsized(msgspec.Struct, frozen=True):
    """No tradable quantity, and why."""

    reason: str


class SizingInput(msgspec.Struct, frozen=True):
    """What a size depends on. Prices in quote per base, money in quote, ``risk_per_trade`` a fraction of equity."""

    equity: Decimal
    available_margin: Decimal
    risk_per_trade: Decimal
    price: Decimal
    stop_price: Decimal
    leverage: Decimal
    taker_fee_rate: Decimal
    instrument: Instrument
    amount_quote: Decimal | None = None


def fixed_risk(wanted: SizingInput) -> Sized | Unsized:
    """Lose ``equity * risk_per_trade`` at the stop, fees and slippage aside: quantity = that / stop distance.

    With ``amount_quote`` the value of the entry is that instead, but never more than the risk allows.

    Rounded down to the instrument's step; cut to what the free margin carries (with the fees of opening and closing)
    and to the largest market order; refused, never rounded up, below the smallest order.
    """
    rules = wanted.instrument
    distance = abs(wanted.price - wanted.stop_price)
    if distance == 0:
        return Unsized("the stop is at the entry price")
    if wanted.equity <= 0:
        return Unsized(f"equity is {wanted.equity}")
    by_risk = wanted.equity * wanted.risk_per_trade / distance
    margin_per_base = wanted.price * (1 / wanted.leverage + 2 * wanted.taker_fee_rate)
    by_margin = max(wanted.available_margin, ZERO) * MARGIN_HEADROOM / margin_per_base
    by_amount = by_risk if wanted.amount_quote is None else wanted.amount_quote / wanted.price
    qty = rules.floor_qty(min(by_risk, by_margin, by_amount, rules.max_market_order_qty))
    if qty < rules.min_order_qty:
        size, limit = min((by_risk, "risk"), (by_margin, "free margin"), (by_amount, "fixed amount"))
        return Unsized(
            f"{size:.8f} would be the size, below the minimum of {rules.min_order_qty} (the {limit} is the limit)"
        )
    if qty * wanted.price < rules.min_notional:
        return Unsized(f"an order of {qty * wanted.price:.2f} is below the minimum value of {rules.min_notional}")
    return Sized(qty, qty * margin_per_base, qty * distance)
