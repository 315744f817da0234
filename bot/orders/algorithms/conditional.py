"""Orders that wait for a trigger: one alone, or beside a limit order of which one's fill cancels the other."""

from collections.abc import Sequence

from bot.domain.values import TimeMs
from bot.orders.algorithms.plan import (
    Action,
    Cancel,
    End,
    Market,
    Plan,
    Wake,
    away,
    is_tradable,
    limit_order,
    market_order,
    trigger_order,
)
from bot.orders.algorithms.resting import TIME_IS_OVER

LEGS = 2


def conditional(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """A market order once the last price has come to the trigger, until the expiry.

    A positive trigger fraction is a breakout in the direction of the entry, a negative one a pull-back. Where the price
    is beyond the trigger already the exchange refuses, and so does the entry: the moment has passed.
    """
    if now_ms >= plan.ends_ms:
        return (End(TIME_IS_OVER),)
    if not plan.children:
        trigger = market.rules.nearest_price(float(plan.price * (1 + plan.side.sign * plan.policy.trigger_fraction)))
        return (trigger_order(plan, plan.room, trigger), Wake(plan.ends_ms))
    if not plan.working:
        return (End(plan.last_reason or "triggered, and nothing more was to be had"),)
    return (Wake(plan.ends_ms),)


def oco(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """A limit order at a dip beside a breakout trigger: the first fill of one cancels the other.

    Each leg has half the quantity, so that even if both are filled in a race no more is held than was approved (and
    that is kept). When one is filled and the other surely gone, the other half follows as a market order.
    """
    policy = plan.policy
    if not plan.children:
        half = market.rules.floor_qty(plan.qty / LEGS)
        dip = away(plan, -policy.oco_dip_fraction, market.rules)
        trigger = market.rules.nearest_price(float(plan.price * (1 + plan.side.sign * policy.oco_breakout_fraction)))
        return (
            limit_order(half, dip),
            trigger_order(plan, half, trigger),
            Wake(plan.ends_ms),
        )
    return _filled(plan, market, now_ms) if plan.filled else _unfilled(plan, now_ms)


def _filled(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """The other leg goes, and only when it is surely gone its half is bought at the market."""
    legs, rest = plan.children[:LEGS], plan.children[LEGS:]
    if rest:
        return () if plan.working else (End(plan.last_reason or "no more within the slippage bound"),)
    losing = [leg for leg in legs if not leg.is_over and not leg.filled]
    if losing:
        return [Cancel(leg) for leg in losing]
    if any(not leg.is_over for leg in legs):
        return (End(TIME_IS_OVER),) if now_ms >= plan.ends_ms else (Wake(plan.ends_ms),)
    if not is_tradable(plan.room, plan.price, market.rules):
        return (End("filled"),)
    return (market_order(plan, plan.room),)


def _unfilled(plan: Plan, now_ms: TimeMs) -> Sequence[Action]:
    """One leg alone is not what was wanted."""
    if now_ms >= plan.ends_ms:
        return (End(TIME_IS_OVER),)
    if any(leg.is_over for leg in plan.children):
        return (End(plan.last_reason or "the exchange ended a leg"),)
    return (Wake(plan.ends_ms),)
