"""The methods of sizing. Each answers with the bound it sets, or says why it can not."""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal

from bot.config.risk import SizingConfig
from bot.risk.sizing.kelly import PastResults, kelly_risk
from bot.risk.sizing.values import Bound, SizingInput, Unsized

type Method = Callable[[SizingInput, SizingConfig, PastResults], Bound | Unsized]


ONE = Decimal(1)


def loss_per_unit(wanted: SizingInput, *, count_fees: bool) -> Decimal:
    """What one unit of quantity loses at the stop: by the price, and with ``count_fees`` both taker fees."""
    contract, price, stop = wanted.contract, wanted.price, wanted.stop_price
    value = contract.value(ONE, price) + contract.value(ONE, stop)
    fees = value * wanted.taker_fee_rate if count_fees else Decimal(0)
    return abs(contract.profit(ONE, price, stop)) + fees


def by_risk(wanted: SizingInput, config: SizingConfig, _past: PastResults) -> Bound:
    """Lose ``equity * risk_per_trade`` at the stop: quantity = that / loss per unit."""
    money = wanted.equity * wanted.risk_per_trade
    loss = loss_per_unit(wanted, count_fees=config.count_fees)
    text = f"{wanted.text(money)} may be lost, {wanted.risk_per_trade:.2%} of {wanted.text(wanted.equity)}"
    return Bound(money / loss, "risk", text)


def by_amount(wanted: SizingInput, config: SizingConfig, _past: PastResults) -> Bound | Unsized:
    """A value in quote coin: the quantity that is worth it."""
    amount = config.amount_quote
    if amount is None:
        return Unsized("no amount_quote is configured")
    return Bound(
        wanted.instrument.qty_worth(amount, wanted.price), "fixed amount", f"{amount:.2f} is the value of an entry"
    )


def by_kelly(wanted: SizingInput, config: SizingConfig, past: PastResults) -> Bound:
    """Lose Kelly's part of the equity at the stop."""
    fraction, text = kelly_risk(past, wanted.risk_per_trade, config.kelly_fraction, config.kelly_trades_min)
    return Bound(wanted.equity * fraction / loss_per_unit(wanted, count_fees=config.count_fees), "Kelly", text)


def by_volatility(wanted: SizingInput, config: SizingConfig, _past: PastResults) -> Bound | Unsized:
    """Move ``equity * target`` in an average bar: value = that / (ATR / price).

    A target per year is scaled by the square root of the bars in a year, as for independent bars.
    """
    volatility = wanted.volatility
    if volatility is None:
        return Unsized("the volatility is not known")
    if not (math.isfinite(volatility) and volatility > 0):
        return Unsized(f"the volatility is {volatility}")
    target = config.volatility_target
    if config.volatility_per == "year":
        if wanted.bars_per_year <= 0:
            return Unsized("it is not known how many bars a year has")
        target /= Decimal(repr(math.sqrt(wanted.bars_per_year)))
    value = wanted.equity * target / Decimal(repr(volatility))
    text = f"a bar moves {volatility:.3%} and may move the equity by {target:.3%}"
    return Bound(wanted.contract.qty(value, wanted.price), "volatility target", text)


METHODS: Mapping[str, Method] = {
    "fixed_risk": by_risk,
    "fixed_amount": by_amount,
    "kelly": by_kelly,
    "volatility_target": by_volatility,
}
