"""The one entry point of sizing."""

from decimal import Decimal

import msgspec

from bot.config.risk import SizingConfig
from bot.domain.values import ZERO
from bot.risk.sizing.kelly import PastResults
from bot.risk.sizing.methods import METHODS, ONE, by_risk, loss_per_unit
from bot.risk.sizing.values import MARGIN_HEADROOM, Bound, Cap, Sized, SizingInput, Unsized

NO_RESULTS = PastResults()


def size_entry(wanted: SizingInput, config: SizingConfig, past: PastResults = NO_RESULTS) -> Sized | Unsized:
    """The size of an entry, with its reasons.

    It is the smallest of: what the risk allows (always), what the method says, what the strategy names, what the free
    margin carries (with the fees of opening and closing), the largest market order, and what the limits of the
    portfolio leave. The first three shrink by ``pyramid_factor`` with every level of a pyramid. Rounded down to the
    instrument's step; refused, never rounded up, below the smallest order.
    """
    nonsense = _nonsense(wanted)
    if nonsense is not None:
        return Unsized(nonsense)
    if wanted.level > config.pyramid_levels:
        return Unsized(f"the position was added to {config.pyramid_levels} times, which is the most")
    method = METHODS[config.kind](wanted, config, past)
    if isinstance(method, Unsized):
        return method
    risk = by_risk(wanted, config, past)
    wishes = [risk] if method == risk else [risk, method]
    if wanted.amount_quote is not None:
        text = f"{wanted.amount_quote:.2f} is the value that the strategy names"
        wishes.append(Bound(wanted.instrument.qty_worth(wanted.amount_quote, wanted.price), "fixed amount", text))
    shrink = config.pyramid_factor**wanted.level
    bounds = [msgspec.structs.replace(each, qty=each.qty * shrink) for each in wishes] if wanted.level else wishes
    bounds += [_by_margin(wanted), _by_order(wanted), *(_by_cap(cap, wanted, config) for cap in wanted.caps)]
    return _rounded(wanted, config, tuple(bounds))


def _nonsense(wanted: SizingInput) -> str | None:
    """Why nothing can be worked out from such numbers; None if it can."""
    numbers = {
        "the price": wanted.price,
        "the stop": wanted.stop_price,
        "the leverage": wanted.leverage,
        "the risk per trade": wanted.risk_per_trade,
        "equity": wanted.equity,
    }
    if wanted.amount_quote is not None:
        numbers["the amount"] = wanted.amount_quote
    for name, number in numbers.items():
        if not number.is_finite() or number <= 0:
            return f"{name} is {number}"
    for name, number in (("the free margin", wanted.available_margin), ("the fee rate", wanted.taker_fee_rate)):
        if not number.is_finite():
            return f"{name} is {number}"
    if wanted.price == wanted.stop_price:
        return "the stop is at the entry price"
    return None


def _margin_per_unit(wanted: SizingInput) -> Decimal:
    return wanted.contract.value(ONE, wanted.price) * (1 / wanted.leverage + 2 * wanted.taker_fee_rate)


def _by_margin(wanted: SizingInput) -> Bound:
    free = max(wanted.available_margin, ZERO)
    return Bound(free * MARGIN_HEADROOM / _margin_per_unit(wanted), "free margin", f"{wanted.text(free)} is free")


def _by_order(wanted: SizingInput) -> Bound:
    most = wanted.instrument.max_market_order_qty
    return Bound(most, "largest order", f"{most} is the most that one order may have")


def _by_cap(cap: Cap, wanted: SizingInput, config: SizingConfig) -> Bound:
    by_value = None if cap.notional is None else wanted.contract.qty(max(cap.notional, ZERO), wanted.price)
    loss = loss_per_unit(wanted, count_fees=config.count_fees)
    by_loss = None if cap.risk is None else max(cap.risk, ZERO) / loss
    return Bound(min(each for each in (by_value, by_loss) if each is not None), cap.name, cap.text)


def _rounded(wanted: SizingInput, config: SizingConfig, bounds: tuple[Bound, ...]) -> Sized | Unsized:
    rules = wanted.instrument
    limit = min(bounds, key=lambda bound: bound.qty)
    qty = rules.floor_qty(limit.qty)
    why = f"(the {limit.name} is the limit: {limit.text})"
    if qty < rules.min_order_qty:
        return Unsized(f"{limit.qty:.8f} would be the size, below the minimum of {rules.min_order_qty} {why}")
    if not rules.is_worth_enough(qty, wanted.price):
        value = rules.contract.value_quote(qty, wanted.price)
        return Unsized(f"an order of {value:.2f} is below the minimum value of {rules.min_notional} {why}")
    loss = loss_per_unit(wanted, count_fees=config.count_fees)
    return Sized(qty, qty * _margin_per_unit(wanted), qty * loss, limit, bounds)
