"""How orders, executions, positions and wallets are written in V5 answers and pushes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.simulator.instruments import Instrument
from bot.simulator.numbers import ZERO, plain, to_ledger
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.margin import Margin, MarginSummary, break_even
from bot.simulator.trading.order import Order, Stops
from bot.simulator.trading.position import Position


def money(value: Decimal) -> str:
    """An amount or average rounded to 8 decimals."""
    if not value:
        return "0"
    text = str(to_ledger(value))
    return plain(Decimal(text)) if "E" in text else text.rstrip("0").rstrip(".")


def _template(names: str, constants: Mapping[str, Any]) -> dict[str, Any]:
    """A row with all its fields: constants and, where nothing else is said, empty texts.

    Copying a row and setting some fields takes a fifth of the time of building it from its 50 fields.
    """
    return {**dict.fromkeys(names.split(), ""), **constants}


ORDER = _template(
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
EXECUTION = _template(
    """symbol orderId orderLinkId side orderPrice orderQty leavesQty createType orderType stopOrderType execFee
    execFeeV2 execId execPrice execQty execType execValue execTime feeCurrency isMaker feeRate tradeIv markIv
    markPrice indexPrice underlyingPrice blockTradeId closedSize seq extraFees""",
    {"execType": "Trade", "feeCurrency": "USDT"},
)
EXECUTION_PUSH = EXECUTION | {"category": "linear", "isLeverage": "0", "marketUnit": "", "execPnl": "0"}
POSITION = _template(
    """positionIdx tradeMode riskId riskLimitValue symbol side size positionValue autoAddMargin positionStatus
    leverage breakEvenPrice markPrice liqPrice bustPrice positionBalance positionIM positionIMByMp positionMM
    positionMMByMp takeProfit stopLoss trailingStop tpslMode sessionAvgPrice delta gamma vega theta unrealisedPnl
    curRealisedPnl cumRealisedPnl adlRankIndicator createdTime updatedTime openTime seq isReduceOnly
    mmrSysUpdatedTime leverageSysUpdatedTime""",
    {
        "positionIdx": 0, "tradeMode": 0, "riskId": 1, "autoAddMargin": 0, "positionStatus": "Normal",
        "positionBalance": "0", "takeProfit": "0", "stopLoss": "0", "trailingStop": "0", "tpslMode": "Full",
        "adlRankIndicator": 0, "openTime": 0, "isReduceOnly": False,
    },
)  # fmt: skip
POSITION_ANSWER = POSITION | {"avgPrice": "0"}
POSITION_PUSH = POSITION | {"category": "linear", "entryPrice": "0"}
WALLET = _template(
    """accountType accountIMRate accountIMRateByMp accountMMRate accountMMRateByMp totalEquity totalWalletBalance
    totalMarginBalance totalAvailableBalance totalPerpUPL totalInitialMargin totalInitialMarginByMp
    totalMaintenanceMargin totalMaintenanceMarginByMp accountLTV coin""",
    {"accountType": "UNIFIED", "accountLTV": "0"},
)
COIN = _template(
    """coin equity usdValue walletBalance locked spotHedgingQty borrowAmount spotBorrow accruedInterest totalOrderIM
    totalPositionIM totalPositionMM unrealisedPnl cumRealisedPnl bonus collateralSwitch marginCollateral colRes free
    availableToWithdraw availableToBorrow""",
    {
        "coin": "USDT", "locked": "0", "spotHedgingQty": "0", "borrowAmount": "0", "spotBorrow": "0",
        "accruedInterest": "0", "bonus": "0", "collateralSwitch": True, "marginCollateral": True, "colRes": "0",
    },
)  # fmt: skip


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
    row["execPnl"] = plain(execution.realised)
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
    row["markPrice"] = row["indexPrice"] = plain(execution.mark_price)
    row["execTime"] = str(execution.time_ms)
    return row


def position_row(position: Position, rules: Instrument, margin: Margin, summary: MarginSummary) -> dict[str, Any]:
    """A position as queries answer it.

    Args:
        position: what it is about.
        rules: of the position's symbol.
        margin: works out what the position ties up now.
        summary: the whole account now.
    """
    row = POSITION_ANSWER.copy()
    row["avgPrice"] = money(position.entry_price)
    return _fill_position(row, position, rules, margin, summary)


def position_push_row(position: Position, rules: Instrument, margin: Margin, summary: MarginSummary) -> dict[str, Any]:
    """A position as the stream tells it; takes the same as `position_row`."""
    row = POSITION_PUSH.copy()
    row["entryPrice"] = money(position.entry_price)
    return _fill_position(row, position, rules, margin, summary)


def _fill_position(
    row: dict[str, Any], position: Position, rules: Instrument, margin: Margin, summary: MarginSummary
) -> dict[str, Any]:
    exposure = margin.exposure(position)
    size = abs(position.size)
    row["symbol"], row["side"], row["size"] = position.symbol, position.side or "", plain(size)
    row["positionValue"], row["leverage"] = money(size * position.entry_price), plain(position.leverage)
    row["riskLimitValue"], row["markPrice"] = plain(rules.risk_limit_value), plain(exposure.mark_price)
    row["positionIM"] = row["positionIMByMp"] = money(exposure.initial)
    row["positionMM"] = row["positionMMByMp"] = money(exposure.maintenance)
    row["unrealisedPnl"] = money(exposure.unrealised)
    if size:
        row["adlRankIndicator"], row["openTime"] = 2, position.opened_ms
        row["breakEvenPrice"] = money(break_even(position, margin.taker_rate))
        liquidation = margin.liquidation_price(position, exposure, summary)
        row["liqPrice"] = "" if liquidation is None else money(liquidation)
    for name, stop in (("takeProfit", position.take_profit), ("stopLoss", position.stop_loss)):
        if stop is not None and stop.trigger_price is not None:
            row[name] = plain(stop.trigger_price)
    row["curRealisedPnl"], row["cumRealisedPnl"] = plain(position.cur_realised), plain(position.cum_realised)
    row["createdTime"], row["updatedTime"] = str(position.created_ms), str(position.updated_ms)
    row["seq"] = position.seq
    return row


def wallet_row(account: Account, summary: MarginSummary) -> dict[str, Any]:
    """The account of wallet-balance and of the wallet stream; USDT is its only coin and counts as USD."""
    row, coin = WALLET.copy(), COIN.copy()
    equity_usdt, im_usdt, mm_usdt = summary.equity, summary.initial_margin, summary.position_mm
    equity, wallet, unrealised = money(equity_usdt), plain(summary.wallet), money(summary.unrealised)
    im, mm = money(im_usdt), money(mm_usdt)
    im_rate = mm_rate = "0"
    if equity_usdt > 0:
        im_rate, mm_rate = money(im_usdt / equity_usdt), money(mm_usdt / equity_usdt)
    coin["equity"] = coin["usdValue"] = equity
    coin["walletBalance"], coin["unrealisedPnl"], coin["totalPositionMM"] = wallet, unrealised, mm
    coin["totalOrderIM"], coin["totalPositionIM"] = money(summary.order_im), money(summary.position_im)
    coin["cumRealisedPnl"] = plain(account.realised - account.fees)
    row["accountIMRate"] = row["accountIMRateByMp"] = im_rate
    row["accountMMRate"] = row["accountMMRateByMp"] = mm_rate
    row["totalEquity"] = row["totalMarginBalance"] = equity
    row["totalWalletBalance"], row["totalPerpUPL"] = wallet, unrealised
    row["totalAvailableBalance"] = money(max(equity_usdt - im_usdt, ZERO))
    row["totalInitialMargin"] = row["totalInitialMarginByMp"] = im
    row["totalMaintenanceMargin"] = row["totalMaintenanceMarginByMp"] = mm
    row["coin"] = [coin]
    return row
