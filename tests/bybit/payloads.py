"""V5 rows and frames as Bybit sends them, made for the tests."""

from typing import Any

type Row = dict[str, Any]


def order_row(**changes: Any) -> Row:
    return {
        "category": "linear", "symbol": "BTCUSDT", "orderId": "o-1", "orderLinkId": "bot-1", "side": "Buy",
        "orderType": "Market", "orderStatus": "Filled", "createType": "CreateByUser", "cancelType": "UNKNOWN",
        "rejectReason": "EC_NoError", "timeInForce": "IOC", "price": "61500.5", "qty": "0.010", "avgPrice": "61000",
        "leavesQty": "0", "cumExecQty": "0.010", "cumExecFee": "0.3355", "stopOrderType": "UNKNOWN",
        "triggerPrice": "", "reduceOnly": False, "createdTime": "1760000000100", "updatedTime": "1760000000103",
        "positionIdx": 0,
    } | changes  # fmt: skip


def execution_row(**changes: Any) -> Row:
    return {
        "category": "linear", "symbol": "BTCUSDT", "orderId": "o-1", "orderLinkId": "bot-1", "side": "Buy",
        "execId": "e-1", "execType": "Trade", "execPrice": "61000", "execQty": "0.010", "execFee": "0.3355",
        "feeCurrency": "USDT", "isMaker": False, "stopOrderType": "UNKNOWN", "createType": "CreateByUser",
        "execTime": "1760000000103", "seq": 7,
    } | changes  # fmt: skip


def position_row(**changes: Any) -> Row:
    return {
        "category": "linear", "symbol": "BTCUSDT", "positionIdx": 0, "side": "Buy", "size": "0.010",
        "entryPrice": "61000", "avgPrice": "61000", "leverage": "10", "takeProfit": "0", "stopLoss": "60000",
        "updatedTime": "1760000000104", "seq": 7,
    } | changes  # fmt: skip


def wallet_row(**changes: Any) -> Row:
    usdt = {"coin": "USDT", "equity": "9999.77", "walletBalance": "9999.67", "totalPositionIM": "60.3",
            "totalOrderIM": "1.2", "locked": "", "bonus": "0"}  # fmt: skip
    return {"accountType": "UNIFIED", "totalAvailableBalance": "9939.463", "coin": [usdt]} | changes


def kline_row(**changes: Any) -> Row:
    return {
        "start": 1760000000000, "end": 1760000059999, "interval": "1", "open": "61000.1", "close": "61002",
        "high": "61003.5", "low": "60999", "volume": "2.081", "turnover": "126940.2", "confirm": True,
        "timestamp": 1760000060000,
    } | changes  # fmt: skip


def public_frame(topic: str, data: Any, kind: str = "snapshot") -> Row:
    return {"topic": topic, "type": kind, "ts": 1760000060001, "data": data}


def private_frame(topic: str, *rows: Any) -> Row:
    return {"id": "x", "topic": topic, "creationTime": 1760000000105, "data": list(rows)}


def instrument_row(**changes: Any) -> Row:
    return {
        "symbol": "BTCUSDT", "contractType": "LinearPerpetual", "status": "Trading", "settleCoin": "USDT",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
        "lotSizeFilter": {"minNotionalValue": "5", "maxOrderQty": "1190.000", "maxMktOrderQty": "500.000",
                          "minOrderQty": "0.001", "qtyStep": "0.001"},
    } | changes  # fmt: skip
