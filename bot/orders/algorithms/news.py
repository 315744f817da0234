"""What the exchange says, as far as it concerns the children of a plan."""

from bot.domain.contract import contract_of
from bot.domain.messages import (
    AmendAnswered,
    ExecutionReported,
    ExecutionsLoaded,
    OpenOrdersLoaded,
    OrderLookedUp,
    OrderRefused,
    OrderUpdate,
    WorkingOrdersLoaded,
)
from bot.domain.values import OrderLinkId
from bot.orders.algorithms.plan import Child, Plan

NOT_MODIFIED = 10001
"""Bybit V5 docs, order/amend: also the answer to an amendment that changes nothing."""


def note(plan: Plan, message: object, seen: set[str]) -> None:
    """Enter news of a child; of anything else there is nothing to enter. ``seen`` has the executions known already."""
    match message:
        case ExecutionReported():
            _book(plan, message, seen)
        case ExecutionsLoaded():
            for execution in message.executions:
                _book(plan, execution, seen)
        case OrderUpdate():
            _see(plan, message, is_answer=False)
        case OpenOrdersLoaded() | WorkingOrdersLoaded():
            for order in message.orders:
                _see(plan, order, is_answer=False)
        case OrderLookedUp() if message.order is not None:
            _see(plan, message.order, is_answer=True)
        case OrderRefused():
            _refused(plan, message)
        case AmendAnswered():
            _amended(plan, message)
        case _:
            pass


def _child(plan: Plan, order_link_id: OrderLinkId) -> Child | None:
    return next((child for child in plan.children if child.order_link_id == order_link_id), None)


def _refused(plan: Plan, refused: OrderRefused) -> None:
    child = _child(plan, refused.order_link_id)
    if child is not None:
        child.is_refused, child.reason = True, f"refused: {refused.code} {refused.text}"


def _book(plan: Plan, execution: ExecutionReported, seen: set[str]) -> None:
    child = _child(plan, execution.order_link_id)
    if child is None or execution.exec_id in seen:
        return
    seen.add(execution.exec_id)
    child.filled += execution.qty
    child.value += contract_of(plan.symbol).value(execution.qty, execution.price)


def _see(plan: Plan, order: OrderUpdate, *, is_answer: bool) -> None:
    """The exchange's word on a child. A list or push may be older than the amendment; an answer counts."""
    child = _child(plan, order.order_link_id)
    if child is None:
        return
    if order.status.is_final:
        if order.reject_reason not in {"", "EC_NoError"}:
            child.reason = f"{order.status.value}: {order.reject_reason}"
    elif not child.is_market and order.price:
        child.price = order.price
    if is_answer or order.status.is_final or order.price == child.wanted_price:
        child.wanted_price = None


def _amended(plan: Plan, answer: AmendAnswered) -> None:
    """Taken, or nothing to change: it is where it was wanted. Else the order is looked up, which the desk does."""
    child = _child(plan, answer.order_link_id)
    if child is not None and answer.code in {0, NOT_MODIFIED} and child.wanted_price is not None:
        child.price, child.wanted_price = child.wanted_price, None
