"""Endpoints that look orders and executions up."""

from collections.abc import Iterator
from typing import Any

from bot.simulator.numbers import ZERO
from bot.simulator.routes.call import Call
from bot.simulator.routes.order_cancel_all import FILTERS, kind_of
from bot.simulator.routes.paging import page, window
from bot.simulator.routes.params import invalid
from bot.simulator.trading.account import UNFILLED_KEPT_MS, Execution
from bot.simulator.trading.order import Order
from bot.simulator.trading.rows import execution_row, money, order_row

RECENT_CLOSED_MAX = 500


def realtime(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/realtime: open orders, newest first; by id closed ones are found as well."""
    call.check_category()
    limit = call.params.limit(20, 50)
    open_only = call.params.integer("openOnly") or 0
    if open_only not in {0, 1}:
        raise invalid("openOnly invalid")
    order_id, link_id = call.params.text("orderId"), call.params.text("orderLinkId")
    symbols = call.chosen(needed=not (order_id or link_id) and call.category() == "linear")
    kind = _read_filter(call)
    rows: Iterator[Order]
    if order_id or link_id:
        rows = _found(call, order_id, link_id)
    elif open_only:
        rows = _recently_closed(call)
    else:
        rows = reversed(call.account.open_orders.values())
    return _order_page(
        call, (order for order in rows if order.market_id in symbols and kind in {"", kind_of(order)}), limit
    )


def history(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/history: closed orders of at most seven days, unfilled ones for a day."""
    call.check_category()
    limit = call.params.limit(20, 50)
    start_ms, end_ms = window(call)
    symbols = call.chosen(needed=False)
    status = call.params.text("orderStatus")
    order_id, link_id = call.params.text("orderId"), call.params.text("orderLinkId")
    kind = _read_filter(call)
    rows: Iterator[Order]
    rows = _found(call, order_id, link_id) if order_id or link_id else _newest_first(call)
    kept = (
        order
        for order in rows
        if not order.is_open
        and order.market_id in symbols
        and start_ms <= order.created_ms <= end_ms
        and status in {"", order.status}
        and kind in {"", kind_of(order)}
        and (order.filled_qty or call.now_ms - order.updated_ms <= UNFILLED_KEPT_MS)
    )
    return _order_page(call, kept, limit)


def executions(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, execution/list: fills of at most seven days, newest first."""
    call.check_category()
    limit = call.params.limit(50, 100)
    start_ms, end_ms = window(call)
    symbols = call.chosen(needed=False)
    order_id, link_id = call.params.text("orderId"), call.params.text("orderLinkId")
    kind = call.params.text("execType")
    rows: Iterator[Execution] = reversed(call.account.executions)
    if order_id or link_id:
        order = call.account.find(order_id, link_id)
        wanted = order.order_id if order else ""
        rows = (each for each in rows if each.order_id == wanted)
    else:
        rows = (
            each
            for each in rows
            if each.market_id in symbols and start_ms <= each.time_ms <= end_ms and kind in {"", each.exec_type}
        )
    found, cursor = page(call, rows, limit)
    return {
        "category": call.category(),
        "list": [execution_row(each) for each in found],
        "nextPageCursor": cursor,
    }


def spot_borrow_check(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, order/spot-borrow-quota: nothing can be borrowed here, so it is what the wallet has."""
    call.category(choices=("spot",))
    market, side = call.market(), call.params.choice("side", ("Buy", "Sell"))
    rules, price = market.instrument, market.last_price
    purse = call.account.purse(rules.quote_coin if side == "Buy" else rules.base_coin)
    free = max(purse.wallet - purse.locked, ZERO)
    qty, amount = (free / price, free) if side == "Buy" else (free, free * price)
    return {
        "symbol": market.symbol,
        "side": side,
        "borrowCoin": purse.coin,
        "maxTradeQty": money(qty),
        "maxTradeAmount": money(amount),
        "spotMaxTradeQty": money(qty),
        "spotMaxTradeAmount": money(amount),
    }


def _order_page(call: Call, rows: Iterator[Order], limit: int) -> dict[str, Any]:
    found, cursor = page(call, rows, limit)
    return {"category": call.category(), "list": [order_row(each) for each in found], "nextPageCursor": cursor}


def _read_filter(call: Call) -> str:
    return call.params.choice("orderFilter", ("", *FILTERS), "")


def _found(call: Call, order_id: str, link_id: str) -> Iterator[Order]:
    order = call.account.find(order_id, link_id)
    return iter([order] if order else [])


def _newest_first(call: Call) -> Iterator[Order]:
    return reversed(call.account.orders.values())


def _recently_closed(call: Call) -> Iterator[Order]:
    closed = (order for order in _newest_first(call) if not order.is_open)
    return (order for order, _ in zip(closed, range(RECENT_CLOSED_MAX), strict=False))
