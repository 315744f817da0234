"""Entries in many orders: layered, iceberg and TWAP."""

from collections.abc import Sequence
from decimal import Decimal

from bot.domain.values import TimeMs
from bot.orders.algorithms.plan import (
    Action,
    Amend,
    AskPrices,
    BestPrices,
    End,
    Market,
    Place,
    Plan,
    Wake,
    away,
    is_tradable,
    is_worse,
    limit_order,
    market_order,
)
from bot.orders.algorithms.resting import TIME_IS_OVER


def layered(plan: Plan, _market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """All levels at once, as orders that never take; what is left of them goes when their time is over."""
    if now_ms >= plan.ends_ms:
        return (End(TIME_IS_OVER),)
    if not plan.children:
        placed = [limit_order(level.qty, level.price, post_only=True) for level in plan.levels]
        return (*placed, Wake(plan.ends_ms))
    if not plan.working:
        return (End(plan.last_reason or "every level is over"),)
    return (Wake(plan.ends_ms),)


def iceberg(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """Show a part at one price; when it is filled show the next, until all is filled or the time is over."""
    if now_ms >= plan.ends_ms:
        return (End(TIME_IS_OVER),)
    if plan.working:
        return (Wake(plan.ends_ms),)
    if plan.children and plan.children[-1].filled < plan.children[-1].qty:
        return (End(plan.last_reason or "the exchange ended the order"),)
    price = away(plan, -plan.policy.offset_fraction, market.rules)
    shown = _part(plan, market.rules.floor_qty(plan.qty * plan.policy.show_fraction), market)
    return (limit_order(shown, price), Wake(plan.ends_ms))


def twap(plan: Plan, market: Market, now_ms: TimeMs) -> Sequence[Action]:
    """Slices at equal pauses, each as large as what is left over the number of those to come.

    Before each the best prices are looked at: where taking has become dearer than the signal's price by more than the
    bound, no more is sent. Limit slices wait in front of their own side, and are moved along when the next one is sent.
    """
    policy = plan.policy
    sent = len(plan.children)
    if any(child.is_refused for child in plan.children):
        return (End(plan.last_reason),)
    if sent >= plan.slices or not is_tradable(plan.room, plan.price, market.rules):
        return _all_sent(plan, now_ms)
    pause_ms = policy.twap_duration_ms // plan.slices
    due_ms = TimeMs(plan.began_ms + sent * pause_ms)
    if plan.children:  # after a delay the slices that are late do not come all at once
        due_ms = max(due_ms, TimeMs(plan.children[-1].sent_ms + pause_ms // 2))
    if now_ms < due_ms:
        return (Wake(due_ms),)
    if market.best is None:
        return (AskPrices(),)
    bound = plan.price * (1 + plan.side.sign * policy.run_away_fraction)
    if is_worse(market.best.other(plan.side), bound, plan.side):
        return (End(f"the price ran away: {market.best.other(plan.side)} is beyond {bound.normalize():f}"),)
    return (*_slice(plan, market, market.best, sent), Wake(TimeMs(due_ms + pause_ms)))


def _all_sent(plan: Plan, now_ms: TimeMs) -> Sequence[Action]:
    if not plan.working:
        return (End("every slice was sent"),)
    return (End(TIME_IS_OVER),) if now_ms >= plan.ends_ms else (Wake(plan.ends_ms),)


def _slice(plan: Plan, market: Market, best: BestPrices, sent: int) -> Sequence[Action]:
    part = _part(plan, market.rules.floor_qty(plan.room / (plan.slices - sent)), market)
    if plan.policy.twap_market:
        return (market_order(plan, part),)
    edge = best.own(plan.side)
    moved = [
        Amend(child, edge)
        for child in plan.working
        if child.price != edge and child.wanted_price is None and child.filled < child.qty
    ]
    placed: tuple[Place, ...] = (limit_order(part, edge),) if part > 0 else ()
    return (*moved, *placed)


def _part(plan: Plan, wanted: Decimal, market: Market) -> Decimal:
    """``wanted`` of what may still be sent, or all of it where the remainder would be too small to trade."""
    room = plan.room
    fits = is_tradable(wanted, plan.price, market.rules) and is_tradable(room - wanted, plan.price, market.rules)
    return wanted if fits else room
