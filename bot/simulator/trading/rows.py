"""How orders, executions, positions and wallets are written in V5 answers and pushes."""

from decimal import Decimal
from typing import Any

from bot.simulator.instruments import Instrument
from bot.simulator.numbers import ZERO, plain, to_ledger
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.margin import Margin, MarginSummary, break_even
from bot.simulator.trading.order import Order
from bot.simulator.trading.position import Position


def money(value: Decimal) -> str:
    """An amount or average rounded to 8 decimals."""
    return plain(to_ledger(value)) if value else "0"


def _optional(price: Decimal | None) -> str:
    return "" if price is None else plain(price)


def order_row(order: Order) -> dict[str, Any]:
    """The fields that order queries and the order stream share."""
    fee, open_qty = plain(order.fee), order.open_qty
    stops = order.stops
    tpsl_mode = "Full" if stops or order.stop_order_type else ""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderLinkId": order.link_id,
        "parentOrderLinkId": order.parent_link_id,
        "blockTradeId": "",
        "isLeverage": "",
        "side": order.side,
        "positionIdx": 0,
        "orderStatus": order.status,
        "createType": order.create_type,
        "cancelType": order.cancel_type,
        "rejectReason": order.reject_reason,
        "timeInForce": order.time_in_force,
        "orderType": order.order_type,
        "price": plain(order.price),
        "qty": plain(order.qty),
        "avgPrice": plain(order.avg_price),
        "leavesQty": plain(open_qty),
        "leavesValue": plain(open_qty * order.price),
        "cumExecQty": plain(order.filled_qty),
        "cumExecValue": plain(order.filled_value),
        "cumExecFee": fee,
        "cumFeeDetail": {"USDT": fee} if order.filled_qty else {},
        "stopOrderType": order.stop_order_type,
        "orderIv": "",
        "marketUnit": "",
        "slippageToleranceType": "UNKNOWN",
        "slippageTolerance": "",
        "triggerPrice": _optional(order.trigger_price),
        "takeProfit": _optional(stops.take_profit),
        "stopLoss": _optional(stops.stop_loss),
        "tpslMode": tpsl_mode,
        "ocoTriggerBy": "",
        "tpLimitPrice": "",
        "slLimitPrice": "",
        "tpTriggerBy": stops.tp_trigger_by if stops.take_profit is not None else "",
        "slTriggerBy": stops.sl_trigger_by if stops.stop_loss is not None else "",
        "triggerDirection": order.trigger_direction,
        "triggerBy": order.trigger_by,
        "lastPriceOnCreated": plain(order.last_price_on_created),
        "basePrice": "",
        "reduceOnly": order.reduce_only,
        "closeOnTrigger": order.close_on_trigger,
        "placeType": "",
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "extraFees": "",
        "rpiTakerAccess": False,
        "rpiMatchedQty": "0",
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
    }


def order_push_row(order: Order) -> dict[str, Any]:
    row = order_row(order)
    row["category"], row["closedPnl"], row["feeCurrency"] = "linear", plain(order.closed_pnl), ""
    return row


def execution_row(execution: Execution) -> dict[str, Any]:
    """The fields that execution/list and the execution stream share."""
    fee, mark_price = plain(execution.fee), plain(execution.mark_price)
    return {
        "symbol": execution.symbol,
        "orderId": execution.order_id,
        "orderLinkId": execution.link_id,
        "side": execution.side,
        "orderPrice": plain(execution.order_price),
        "orderQty": plain(execution.order_qty),
        "leavesQty": plain(execution.leaves_qty),
        "createType": execution.create_type,
        "orderType": execution.order_type,
        "stopOrderType": execution.stop_order_type or "UNKNOWN",
        "execFee": fee,
        "execFeeV2": fee,
        "execId": execution.exec_id,
        "execPrice": plain(execution.price),
        "execQty": plain(execution.qty),
        "execType": "Trade",
        "execValue": plain(execution.value),
        "execTime": str(execution.time_ms),
        "feeCurrency": "USDT",
        "isMaker": execution.is_maker,
        "feeRate": plain(execution.fee_rate),
        "tradeIv": "",
        "markIv": "",
        "markPrice": mark_price,
        "indexPrice": mark_price,
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": plain(execution.closed_qty),
        "seq": execution.seq,
        "extraFees": "",
    }


def execution_push_row(execution: Execution) -> dict[str, Any]:
    row = execution_row(execution)
    row["category"], row["isLeverage"], row["marketUnit"] = "linear", "0", ""
    row["execPnl"] = plain(execution.realised)
    return row


def position_row(
    position: Position, rules: Instrument, margin: Margin, summary: MarginSummary, entry_name: str
) -> dict[str, Any]:
    """The fields of position/list and of the position stream.

    Args:
        position: what it is about.
        rules: of the position's symbol.
        margin: works out what the position ties up now.
        summary: the whole account now.
        entry_name: what the entry price is called: avgPrice in answers, entryPrice in the stream.
    """
    exposure = margin.exposure(position)
    im, mm = money(exposure.initial), money(exposure.maintenance)
    liquidation = margin.liquidation_price(position, exposure, summary)
    even = break_even(position, margin.taker_rate)
    size, entry = abs(position.size), position.entry_price
    return {
        entry_name: money(entry),
        "positionIdx": 0,
        "tradeMode": 0,
        "riskId": 1,
        "riskLimitValue": plain(rules.risk_limit_value),
        "symbol": position.symbol,
        "side": position.side or "",
        "size": plain(size),
        "positionValue": money(size * entry),
        "autoAddMargin": 0,
        "positionStatus": "Normal",
        "leverage": plain(position.leverage),
        "breakEvenPrice": "" if even is None else money(even),
        "markPrice": plain(exposure.mark_price),
        "liqPrice": "" if liquidation is None else money(liquidation),
        "bustPrice": "",
        "positionBalance": "0",
        "positionIM": im,
        "positionIMByMp": im,
        "positionMM": mm,
        "positionMMByMp": mm,
        "takeProfit": _guard(position.take_profit),
        "stopLoss": _guard(position.stop_loss),
        "trailingStop": "0",
        "tpslMode": "Full",
        "sessionAvgPrice": "",
        "delta": "",
        "gamma": "",
        "vega": "",
        "theta": "",
        "unrealisedPnl": money(exposure.unrealised),
        "curRealisedPnl": plain(position.cur_realised),
        "cumRealisedPnl": plain(position.cum_realised),
        "adlRankIndicator": 2 if position.size else 0,
        "createdTime": str(position.created_ms),
        "updatedTime": str(position.updated_ms),
        "openTime": position.opened_ms if position.size else 0,
        "seq": position.seq,
        "isReduceOnly": False,
        "mmrSysUpdatedTime": "",
        "leverageSysUpdatedTime": "",
    }


def wallet_row(account: Account, summary: MarginSummary) -> dict[str, Any]:
    """The account of wallet-balance and of the wallet stream; USDT is its only coin and counts as USD."""
    equity_usdt, im_usdt, mm_usdt = summary.equity, summary.initial_margin, summary.position_mm
    equity, wallet, unrealised = money(equity_usdt), plain(summary.wallet), money(summary.unrealised)
    im, mm = money(im_usdt), money(mm_usdt)
    order_im, position_im = money(summary.order_im), money(summary.position_im)
    im_rate = mm_rate = "0"
    if equity_usdt > 0:
        im_rate, mm_rate = money(im_usdt / equity_usdt), money(mm_usdt / equity_usdt)
    coin = {
        "coin": "USDT",
        "equity": equity,
        "usdValue": equity,
        "walletBalance": wallet,
        "locked": "0",
        "spotHedgingQty": "0",
        "borrowAmount": "0",
        "spotBorrow": "0",
        "accruedInterest": "0",
        "totalOrderIM": order_im,
        "totalPositionIM": position_im,
        "totalPositionMM": mm,
        "unrealisedPnl": unrealised,
        "cumRealisedPnl": plain(account.realised - account.fees),
        "bonus": "0",
        "collateralSwitch": True,
        "marginCollateral": True,
        "colRes": "0",
        "free": "",
        "availableToWithdraw": "",
        "availableToBorrow": "",
    }
    return {
        "accountType": "UNIFIED",
        "accountIMRate": im_rate,
        "accountIMRateByMp": im_rate,
        "accountMMRate": mm_rate,
        "accountMMRateByMp": mm_rate,
        "totalEquity": equity,
        "totalWalletBalance": wallet,
        "totalMarginBalance": equity,
        "totalAvailableBalance": money(max(equity_usdt - im_usdt, ZERO)),
        "totalPerpUPL": unrealised,
        "totalInitialMargin": im,
        "totalInitialMarginByMp": im,
        "totalMaintenanceMargin": mm,
        "totalMaintenanceMarginByMp": mm,
        "accountLTV": "0",
        "coin": [coin],
    }


def _guard(order: Order | None) -> str:
    return "0" if order is None else _optional(order.trigger_price)
