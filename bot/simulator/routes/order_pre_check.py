"""What an order would do to an account's margin rates."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bot.simulator.numbers import ZERO
from bot.simulator.routes.call import Call
from bot.simulator.routes.order_entry import read_order
from bot.simulator.trading.margin import MarginSummary

BASIS_POINTS = 10_000


def pre_check(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/pre-check: the order is checked as if it were placed, rates before and after it."""
    account, margin = call.account, call.state.margin
    order = read_order(call)
    before = margin.summary(account)
    cost = mm_cost = ZERO
    if order.category != "spot" and not order.is_waiting and not order.reduce_only:
        rules = call.market().instrument
        usd = margin.usd_price(rules.settle_coin)
        cost = margin.cost(account, order, order.price) * usd
        value = order.qty / order.price if order.category == "inverse" else order.qty * order.price
        mm_cost = value * rules.maintenance_rate * usd
    return {
        "orderId": order.order_id,
        "orderLinkId": order.link_id,
        "preImrE4": _rate(before.initial_margin, before),
        "preMmrE4": _rate(before.position_mm, before),
        "postImrE4": _rate(before.initial_margin + cost, before),
        "postMmrE4": _rate(before.position_mm + mm_cost, before),
    }


def _rate(margin: Decimal, summary: MarginSummary) -> int:
    if summary.equity <= 0:
        return 0
    return int((margin / summary.equity * BASIS_POINTS).quantize(Decimal(1), ROUND_HALF_UP))
