"""Endpoints that end many orders: cancel-all and the switch for disconnection."""

from typing import Any

from bot.simulator.routes.call import Call
from bot.simulator.routes.order import check_changeable, order_ids
from bot.simulator.routes.params import invalid
from bot.simulator.trading.order import Order

FILTERS = ("Order", "StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")
CANCELLED_AT_ONCE_MAX = 500
DCP_PRODUCTS = ("OPTIONS", "DERIVATIVES", "SPOT")
DCP_MIN_S, DCP_MAX_S = 3, 300


def cancel_all(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/cancel-all: of a symbol, a base coin or a settle coin, in that order of priority.

    Without a filter, contracts lose orders of every kind, stops of positions included; pairs their plain orders.
    """
    category = call.category()
    markets = call.chosen(needed=category != "spot")
    kind = call.params.choice("orderFilter", ("", *FILTERS), "Order" if category == "spot" else "")
    conditional_only = bool(call.params.choice("stopOrderType", ("", "Stop"), ""))
    for market in markets.values():
        check_changeable(market)
    chosen = [
        order
        for order in call.account.open_orders.values()
        if order.market_id in markets
        and kind in {"", kind_of(order)}
        and not (conditional_only and kind == "StopOrder" and order.stop_order_type != "Stop")
    ]
    cancelled = []
    for order in chosen[:CANCELLED_AT_ONCE_MAX]:
        if order.is_open:  # cancelling one may have ended another
            call.state.desk.cancel(call.account, order)
            cancelled.append(order_ids(order))
    return {"list": cancelled, "success": "1"}


def set_dcp(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/dcp: after how many seconds without a private stream open orders are cancelled."""
    product = call.params.choice("product", DCP_PRODUCTS, "OPTIONS")
    window_s = call.params.integer("timeWindow")
    if window_s is None or not DCP_MIN_S <= window_s <= DCP_MAX_S:
        raise invalid(f"timeWindow must be {DCP_MIN_S} to {DCP_MAX_S}")
    call.account.dcp_windows_s[product] = window_s
    return {}


def kind_of(order: Order) -> str:
    """What `orderFilter` calls an order: a triggered one is like any other."""
    if not order.is_waiting:
        return "Order"
    return "tpslOrder" if order.stop_order_type == "tpslOrder" else "StopOrder"
