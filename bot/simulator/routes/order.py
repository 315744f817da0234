"""Endpoints that create, amend and cancel single orders."""

from typing import Any

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.routes.call import Call
from bot.simulator.routes.contract_entry import check_status
from bot.simulator.routes.order_amend import read_amendment
from bot.simulator.routes.order_entry import read_order
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.trading.order import Order

ORDER_NOT_FOUND, SPOT_ORDER_NOT_FOUND = 110001, 170213
LOST_RACE_MS = 20
"""A cancel that comes within so many ms of virtual time after the fill is taken, and loses."""


def create(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/create. The answer only says that the order was taken; its fate is pushed."""
    order = read_order(call)
    call.state.desk.submit(call.account, order)
    return order_ids(order)


def amend(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/amend: by orderId, else by orderLinkId."""
    call.category()
    market = call.market()
    check_changeable(market)
    order = named_order(call, market)
    if not order.is_open:
        raise not_found(market)
    wanted = read_amendment(call, market, order)
    call.state.desk.amend(call.account, order, wanted)
    return order_ids(order)


def cancel(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/cancel: by orderId, else by orderLinkId.

    As on Bybit, a cancel that has been taken may still lose the race against a fill: the order is then told of a
    second time, as filled and with the trace of the cancel. Here that is what happens to one that comes less than
    `LOST_RACE_MS` after the fill; later it is refused.
    """
    call.category()
    market = call.market()
    check_changeable(market)
    order = named_order(call, market)
    if order.is_open:
        call.state.desk.cancel(call.account, order)
    elif order.status == "Filled" and call.now_ms - order.updated_ms < LOST_RACE_MS and not order.is_guard:
        call.state.outbox.lost_cancel(order)
    else:
        raise not_found(market)
    return order_ids(order)


def check_changeable(market: SymbolMarket) -> None:
    """Raises Refused while orders of a market are frozen: in its call auction."""
    if market.status == "PreLaunch":
        check_status(market, reducing=False)


def named_order(call: Call, market: SymbolMarket) -> Order:
    """The caller's order in a market that the request names, open or not."""
    order_id, link_id = call.params.text("orderId"), call.params.text("orderLinkId")
    if not (order_id or link_id):
        raise invalid("orderId or orderLinkId must be given")
    order = call.account.find(order_id, link_id)
    if order is None or order.market_id != market.id:
        raise not_found(market)
    return order


def not_found(market: SymbolMarket) -> Refused:
    if market.category == "spot":
        return Refused(SPOT_ORDER_NOT_FOUND, "Order does not exist.")
    return Refused(ORDER_NOT_FOUND, "order not exists or too late to cancel")


def order_ids(order: Order) -> dict[str, Any]:
    return {"orderId": order.order_id, "orderLinkId": order.link_id}
