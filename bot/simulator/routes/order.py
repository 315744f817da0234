"""Endpoints that create and cancel orders."""

from typing import Any

from bot.simulator.routes.call import Call
from bot.simulator.routes.order_entry import read_order
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.trading.order import Order

ORDER_NOT_FOUND = 110001
ORDER_FILTERS = ("Order", "StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")


def create(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/create. The answer only says that the order was taken; its fate is pushed."""
    order = read_order(call)
    call.state.desk.submit(call.account, order)
    return _ids(order)


def cancel(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/cancel: by orderId, else by orderLinkId."""
    call.check_category()
    market = call.market()
    order_id, link_id = call.params.text("orderId"), call.params.text("orderLinkId")
    if not (order_id or link_id):
        raise invalid("orderId or orderLinkId must be given")
    order = call.account.find(order_id, link_id)
    if order is None or not order.is_open or order.market_id != market.id:
        raise Refused(ORDER_NOT_FOUND, "order not exists or too late to cancel")
    call.state.desk.cancel(call.account, order)
    return _ids(order)


def cancel_all(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/cancel-all: without a filter everything, stops of positions included."""
    call.check_category()
    symbols = call.chosen(needed=True)
    kind = call.params.choice("orderFilter", ("", *ORDER_FILTERS), "")
    call.params.choice("stopOrderType", ("Stop",), "Stop")
    chosen = [
        order
        for order in call.account.open_orders.values()
        if order.market_id in symbols and kind in {"", _kind(order)}
    ]
    cancelled = []
    for order in chosen:
        if order.is_open:  # cancelling one may have ended another
            call.state.desk.cancel(call.account, order)
            cancelled.append(_ids(order))
    return {"list": cancelled, "success": "1"}


def _kind(order: Order) -> str:
    return "tpslOrder" if order.stop_order_type else "Order"


def _ids(order: Order) -> dict[str, Any]:
    return {"orderId": order.order_id, "orderLinkId": order.link_id}
