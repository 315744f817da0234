"""One order that waits for its price: limit and post-only; and what comes when it has waited long enough."""

from collections.abc import Sequence

from bot.domain.values import TimeMs
from bot.orders.algorithms.plan import (
    Action,
    Amend,
    AskPrices,
    Cancel,
    End,
    Market,
    Plan,
    Wake,
    away,
    is_worse,
    limit_order,
    market_order,
)
from bot.orders.algorithms.policy import Then

TIME_IS_OVER = "its time is over"


def limit(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """Wait at an offset from the signal's price until the expiry, then cancel, chase or convert."""
    if now_ms >= plan.ends_ms:
        return after_expiry(plan, market, now_ms)
    if not plan.children:
        price = away(plan, -plan.policy.offset_fraction, market.rules)
        return (limit_order(plan.room, price), Wake(plan.ends_ms))
    if not plan.working:
        return (End(plan.last_reason or "the exchange ended the order"),)
    return (Wake(plan.ends_ms),)


def post_only(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """Wait in front of one's own side of the book; where the order would have taken, quote again at the new edge.

    What the exchange refused outright (margin, say) is not tried again.
    """
    policy = plan.policy
    if now_ms >= plan.ends_ms:
        return after_expiry(plan, market, now_ms)
    if plan.working:
        return (Wake(plan.ends_ms),)
    if any(child.is_refused for child in plan.children):
        return (End(plan.last_reason),)
    if len(plan.children) > policy.requotes_max:
        ended = End(f"not taken as a maker after {policy.requotes_max} requotes")
        return _convert(plan) if policy.then is Then.CONVERT else (ended,)
    if market.best is None:
        return (AskPrices(),)
    return (limit_order(plan.room, market.best.own(plan.side), post_only=True), Wake(plan.ends_ms))


def after_expiry(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """What the policy says of an order whose time is over."""
    match plan.policy.then:
        case Then.CANCEL:
            return (End(TIME_IS_OVER),)
        case Then.CHASE:
            return _chase(plan, market, now_ms)
        case Then.CONVERT:
            return _convert(plan)


def _chase(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """Move the order to the best price of its own side, every so often, up to a bound and so many times."""
    policy = plan.policy
    if not plan.working:
        return (End(plan.last_reason or TIME_IS_OVER),)
    due_ms = TimeMs(plan.ends_ms + plan.moves * policy.chase_interval_ms)
    if now_ms < due_ms:
        return (Wake(due_ms),)
    if plan.moves >= policy.chase_moves_max:
        return (End(f"not filled after {plan.moves} moves"),)
    child = plan.working[-1]
    if child.wanted_price is not None:
        return ()  # where it is now is being found out
    if market.best is None:
        return (AskPrices(),)
    bound = away(plan, policy.chase_fraction_max, market.rules)
    edge = market.best.own(plan.side)
    price = bound if is_worse(edge, bound, plan.side) else edge
    return (Amend(child, price), Wake(TimeMs(due_ms + policy.chase_interval_ms)))


def _convert(plan: Plan) -> Sequence[Action]:
    """Cancel what rests and, once it is surely gone, send the rest as one market order."""
    if plan.working:
        return [Cancel(child) for child in plan.working if not child.is_market]
    if any(child.is_market for child in plan.children):
        return (End(plan.last_reason or "no more within the slippage bound"),)
    return (market_order(plan, plan.room),)
