"""How orders and executions are written in V5 answers and pushes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.simulator.numbers import plain, to_ledger
from bot.simulator.trading.account import Execution
from bot.simulator.trading.order import Order, Stops


def money(value: Decimal) -> str:
    """An amount or average rounded to 8 decimals."""
    if not value:
        return "0"
    text = str(to_ledger(value))
    return plain(Decimal(text)) if "E" in text else text.rstrip("0").rstrip(".")


def template(names: str, constants: Mapping[str, Any]) -> dict[str, Any]:
    """A row with all its fields: constants and, where nothing else is said, empty texts.

    Copying a row and setting some fields takes a fifth of the time of building it from its 50 fields.
    """
    return {**dict.fromkeys(names.split(), ""), **constants}


ORDER = template(
    """symbol orderId orderLinkId parentOrderLinkId blockTradeId isLeverage side positionIdx orderStatus createType
    cancelType rejectReason timeInForce orderType price qty avgPrice leavesQty leavesValue cumExecQty cumExecValue
    cumExecFee cumFeeDetail stopOrderType orderIv marketUnit slippageToleranceType slippageTolerance triggerPrice
    takeProfit stopLoss tpslMode ocoTriggerBy tpLimitPrice slLimitPrice tpTriggerBy slTriggerBy triggerDirection
    triggerBy lastPriceOnCreated basePrice reduceOnly closeOnTrigger placeType smpType smpGroup smpOrderId extraFees
    rpiTakerAccess rpiMatchedQty createdTime updatedTime""",
    {
        "positionIdx": 0, "avgPrice": "0", "leavesQty": "0", "leavesValue": "0", "cumExecQty": "0",
        "cumExecValue": "0", "cumExecFee": "0", "slippageToleranceType": "UNKNOWN", "smpType": "None",
        "smpGroup": 0, "rpiTakerAccess": False, "rpiMatchedQty": "0",
    },
)  # fmt: skip
ORDER_PUSH = ORDER | {"category": "linear", "closedPnl": "0", "feeCurrency": ""}
EXECUTION = template(
    """symbol orderId orderLinkId side orderPrice orderQty leavesQty createType orderType stopOrderType execFee
    execFeeV2 execId execPrice execQty execType execValue execTime feeCurrency isMaker feeRate tradeIv markIv
    markPrice indexPrice underlyingPrice blockTradeId closedSize seq extraFees""",
    {"execType": "Trade", "feeCurrency": "USDT"},
)
EXECUTION_PUSH = EXECUTION | {"category": "linear", "isLeverage": "0", "marketUnit": "", "execPnl": "0"}


def order_row(order: Order) -> dict[str, Any]:
    """An order as queries answer it."""
    return _fill_order(ORDER.copy(), order)


def order_push_row(order: Order) -> dict[str, Any]:
    """An order as the stream tells it."""
    row = _fill_order(ORDER_PUSH.copy(), order)
    row["closedPnl"] = plain(order.closed_pnl)
    return row


def _fill_order(row: dict[str, Any], order: Order) -> dict[str, Any]:
    row["symbol"] = order.symbol
    row["orderId"], row["orderLinkId"] = order.order_id, order.link_id
    row["side"], row["orderType"] = order.side, order.order_type
    row["orderStatus"], row["cancelType"], row["rejectReason"] = order.status, order.cancel_type, order.reject_reason
    row["createType"], row["timeInForce"] = order.create_type, order.time_in_force
    row["reduceOnly"], row["closeOnTrigger"] = order.reduce_only, order.close_on_trigger
    row["price"], row["qty"] = plain(order.price), plain(order.qty)
    open_qty, filled_qty, filled_value = order.open_qty, order.filled_qty, order.filled_value
    if open_qty:
        row["leavesQty"], row["leavesValue"] = plain(open_qty), plain(open_qty * order.price)
    row["cumFeeDetail"] = {}
    if filled_qty:
        fee = plain(order.fee)
        row["cumExecFee"], row["cumFeeDetail"] = fee, {"USDT": fee}
        row["cumExecQty"], row["cumExecValue"] = plain(filled_qty), plain(filled_value)
        row["avgPrice"] = money(filled_value / filled_qty)
    row["stopOrderType"], row["parentOrderLinkId"] = order.stop_order_type, order.parent_link_id
    row["triggerDirection"], row["triggerBy"] = order.trigger_direction, order.trigger_by
    if order.trigger_price is not None:
        row["triggerPrice"] = plain(order.trigger_price)
    if order.stops:
        _fill_stops(row, order.stops)
    if order.stops or order.stop_order_type:
        row["tpslMode"] = "Full"
    row["lastPriceOnCreated"] = plain(order.last_price_on_created)
    row["createdTime"], row["updatedTime"] = str(order.created_ms), str(order.updated_ms)
    return row


def _fill_stops(row: dict[str, Any], stops: Stops) -> None:
    if stops.take_profit is not None:
        row["takeProfit"], row["tpTriggerBy"] = plain(stops.take_profit), stops.tp_trigger_by
    if stops.stop_loss is not None:
        row["stopLoss"], row["slTriggerBy"] = plain(stops.stop_loss), stops.sl_trigger_by


def execution_row(execution: Execution) -> dict[str, Any]:
    """A fill as queries answer it."""
    return _fill_execution(EXECUTION.copy(), execution)


def execution_push_row(execution: Execution) -> dict[str, Any]:
    """A fill as the stream tells it."""
    row = _fill_execution(EXECUTION_PUSH.copy(), execution)
    row["execPnl"], row["category"] = plain(execution.realised), execution.category
    return row


def _fill_execution(row: dict[str, Any], execution: Execution) -> dict[str, Any]:
    row["symbol"], row["side"], row["seq"] = execution.symbol, execution.side, execution.seq
    row["execId"], row["orderId"], row["orderLinkId"] = execution.exec_id, execution.order_id, execution.link_id
    row["orderType"], row["createType"] = execution.order_type, execution.create_type
    row["stopOrderType"] = execution.stop_order_type or "UNKNOWN"
    row["orderPrice"], row["orderQty"] = plain(execution.order_price), plain(execution.order_qty)
    row["leavesQty"] = plain(execution.leaves_qty)
    row["execPrice"], row["execQty"] = plain(execution.price), plain(execution.qty)
    row["execValue"], row["closedSize"] = plain(execution.value), plain(execution.closed_qty)
    row["execFee"] = row["execFeeV2"] = plain(execution.fee)
    row["feeRate"], row["isMaker"] = plain(execution.fee_rate), execution.is_maker
    row["markPrice"], row["indexPrice"] = plain(execution.mark_price), plain(execution.index_price)
    row["execTime"], row["execType"] = str(execution.time_ms), execution.exec_type
    row["feeCurrency"] = execution.fee_coin
    return row
