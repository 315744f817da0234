"""Endpoints that read an account's history of money: transaction log and closed profit."""

from typing import Any

from bot.simulator.intervals import DAY_MS
from bot.simulator.numbers import ZERO, plain
from bot.simulator.routes.call import CONTRACTS, Call
from bot.simulator.routes.paging import page, window
from bot.simulator.trading.account import ClosedPnl, LogEntry
from bot.simulator.trading.rows import money

LOG_DEFAULT_MS = DAY_MS


def transaction_log(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, account/transaction-log: a day unless a window of up to seven days is given."""
    params = call.params
    params.choice("accountType", ("UNIFIED", ""), "")
    limit = params.limit(20, 50)
    start_ms, end_ms = window(call, LOG_DEFAULT_MS)
    category, currency = params.text("category"), params.text("currency")
    base_coin, kind = params.text("baseCoin"), params.text("type")
    symbols = {each.symbol for each in call.state.markets.values() if each.instrument.base_coin == base_coin}
    rows = (
        each
        for each in reversed(call.account.log)
        if start_ms <= each.time_ms <= end_ms
        and category in {"", each.category}
        and currency in {"", each.coin}
        and kind in {"", each.kind}
        and (not base_coin or each.symbol in symbols)
    )
    found, cursor = page(call, rows, limit)
    return {"list": [_log_row(each) for each in found], "nextPageCursor": cursor}


def closed_pnl(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/closed-pnl: what each order has closed of positions, newest first."""
    category = call.category(choices=CONTRACTS)
    limit = call.params.limit(50, 100)
    start_ms, end_ms = window(call)
    markets = call.chosen(needed=False)
    rows = (
        each
        for each in reversed(call.account.closed)
        if each.market_id in markets and start_ms <= each.updated_ms <= end_ms
    )
    found, cursor = page(call, rows, limit)
    return {"category": category, "list": [_closed_row(each) for each in found], "nextPageCursor": cursor}


def _log_row(entry: LogEntry) -> dict[str, Any]:
    return {
        "id": entry.entry_id,
        "symbol": entry.symbol,
        "category": entry.category,
        "side": entry.side,
        "transactionTime": str(entry.time_ms),
        "type": entry.kind,
        "transSubType": "",
        "qty": plain(entry.qty),
        "size": plain(entry.size),
        "currency": entry.coin,
        "tradePrice": plain(entry.price),
        "funding": plain(entry.funding) if entry.kind == "SETTLEMENT" else "",
        "fee": plain(entry.fee),
        "cashFlow": plain(entry.cash_flow),
        "change": plain(entry.change),
        "cashBalance": plain(entry.balance),
        "feeRate": plain(entry.fee_rate),
        "bonusChange": "",
        "tradeId": entry.trade_id,
        "orderId": entry.order_id,
        "orderLinkId": entry.link_id,
        "extraFees": "",
    }


def _closed_row(closed: ClosedPnl) -> dict[str, Any]:
    qty = closed.closed_qty
    inverse = closed.category == "inverse"
    entry, leave = closed.entry_value, closed.exit_value
    entry_price, exit_price = (qty / entry, qty / leave) if inverse else (entry / qty, leave / qty)
    return {
        "symbol": closed.symbol,
        "orderId": closed.order_id,
        "side": closed.side,
        "qty": plain(closed.order_qty),
        "orderPrice": plain(closed.order_price),
        "orderType": closed.order_type,
        "execType": closed.exec_type,
        "closedSize": plain(qty),
        "cumEntryValue": money(entry),
        "avgEntryPrice": money(entry_price) if qty else plain(ZERO),
        "cumExitValue": money(leave),
        "avgExitPrice": money(exit_price),
        "closedPnl": plain(closed.closed_pnl),
        "fillCount": str(closed.fill_count),
        "leverage": plain(closed.leverage),
        "openFee": plain(closed.open_fee),
        "closeFee": plain(closed.close_fee),
        "createdTime": str(closed.created_ms),
        "updatedTime": str(closed.updated_ms),
    }
