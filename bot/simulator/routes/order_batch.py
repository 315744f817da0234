"""Endpoints that create, amend or cancel many orders at once: each item succeeds or fails for itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.simulator.routes import order
from bot.simulator.routes.call import Answer, Call
from bot.simulator.routes.params import Params, Refused, invalid

CONTRACTS_MAX, SPOT_MAX = 20, 10

type Single = Callable[[Call], dict[str, Any]]


def create_batch(call: Call) -> Answer:
    """Bybit V5 docs, order/batch-place."""

    def created(each: Call) -> dict[str, Any]:
        return order.create(each) | {"createAt": str(each.now_ms)}

    return _each(call, created, {"createAt": ""})


def amend_batch(call: Call) -> Answer:
    """Bybit V5 docs, order/batch-amend: conditional orders are not supported."""
    return _each(call, _amend_active, {})


def cancel_batch(call: Call) -> Answer:
    """Bybit V5 docs, order/batch-cancel."""
    return _each(call, order.cancel, {})


def _amend_active(call: Call) -> dict[str, Any]:
    call.category()
    if order.named_order(call, call.market()).is_waiting:
        raise invalid("conditional orders can not be amended in a batch")
    return order.amend(call)


def _each(call: Call, single: Single, failed: dict[str, Any]) -> Answer:
    """Both lists are as long as the request and in its order."""
    category = call.category()
    items = call.params.listed("request")
    if not 1 <= len(items) <= (SPOT_MAX if category == "spot" else CONTRACTS_MAX):
        raise invalid("the number of orders in a batch is limited")
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for item in items:
        row: dict[str, Any] = {"category": category, "symbol": "", "orderId": "", "orderLinkId": ""}
        try:
            params = Params(item if isinstance(item, dict) else {}).joined({"category": category})
            row |= {"symbol": params.text("symbol"), "orderLinkId": params.text("orderLinkId")}
            row |= single(replace(call, params=params))
            notes.append({"code": 0, "msg": "OK"})
        except Refused as refused:
            row |= failed
            notes.append({"code": refused.code, "msg": refused.message})
        rows.append(row)
    return Answer({"list": rows}, {"list": notes})
