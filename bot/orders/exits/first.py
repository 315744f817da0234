"""The stop and the targets that an entry begins with."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from bot.config.exits import ExitsConfig, StopConfig
from bot.domain.instrument import Instrument
from bot.domain.messages import Levels
from bot.domain.values import ZERO, Side
from bot.orders.exits.distance import exact, in_price


class NoLevelError(Exception):
    """A stop or a target can not be placed because what it is measured by is not known."""


class Target(NamedTuple):
    """A part of the position and the price at which it is taken off."""

    price: Decimal
    qty: Decimal


def first_stop(stop: StopConfig, side: Side, price: Decimal, levels: Levels | None) -> Decimal | None:
    """Where the first stop stands, not rounded; None where the strategy says. NoLevelError: not known."""
    if stop.kind == "strategy":
        return None
    away = ZERO if stop.distance is None else in_price(stop.distance, price, None, levels)
    if away is None:
        raise NoLevelError("the ATR that the stop is measured by is not known yet")
    if stop.kind == "distance":
        return price - side.sign * away
    extreme = None if levels is None else extreme_for(stop.kind, side, levels)
    if extreme is None:
        raise NoLevelError("the extremes that the stop is measured by are not known yet")
    return extreme - side.sign * away


def extreme_for(kind: str, side: Side, levels: Levels) -> Decimal | None:
    """The extreme that a stop hangs on: structure stands behind it, a chandelier hangs from the one ahead."""
    is_high = (side is Side.BUY) == (kind == "chandelier")
    return exact(levels.highest if is_high else levels.lowest)


def last_target(exits: ExitsConfig, side: Side, price: Decimal, stop: Decimal, levels: Levels | None) -> Decimal | None:
    """The target that is attached to the entry: the farthest, if all targets together take the whole position off."""
    shares = sum((each.share for each in exits.targets), ZERO)
    if not exits.targets or shares < 1:
        return None
    return max(_prices(exits, side, price, stop, levels), key=lambda each: each * side.sign)


def partial_targets(
    exits: ExitsConfig,
    entry_price: Decimal,
    size: Decimal,
    risk: Decimal | None,
    levels: Levels | None,
    rules: Instrument,
) -> Sequence[Target]:
    """The targets that rest as orders of their own, nearest first, for a position of signed ``size``.

    If the shares add up to 1 the farthest is left out: it is attached to the position. Quantities are rounded down;
    a target whose part is too small for an order is left to the next one, and the last to the stop.
    """
    side = Side.BUY if size > 0 else Side.SELL
    stop = entry_price - side.sign * (risk or ZERO)
    prices = _prices(exits, side, entry_price, stop, levels)
    wanted = sorted(zip(prices, exits.targets, strict=True), key=lambda each: each[0] * side.sign)
    if sum((each.share for each in exits.targets), ZERO) >= 1:
        wanted = wanted[:-1]
    out: list[Target] = []
    carried = ZERO
    for price, target in wanted:
        carried += abs(size) * target.share
        qty = rules.floor_qty(min(carried, rules.max_order_qty))
        at = rules.nearest_price(float(price))
        if qty >= rules.min_order_qty and rules.is_worth_enough(qty, at):
            out.append(Target(at, qty))
            carried -= qty
    return out


def _prices(
    exits: ExitsConfig, side: Side, entry_price: Decimal, stop: Decimal, levels: Levels | None
) -> Sequence[Decimal]:
    out: list[Decimal] = []
    for target in exits.targets:
        away = in_price(target.at, entry_price, abs(entry_price - stop), levels)
        if away is None:
            raise NoLevelError("the ATR that a target is measured by is not known yet")
        out.append(entry_price + side.sign * away)
    return out
