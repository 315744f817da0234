"""Fields of stream frames, as the documentation has them (Bybit V5 docs, WebSocket), in short form."""

from typing import Final

from tests.simulator.core.test_fields import COIN, EXECUTION, ORDER, POSITION, WALLET

FRAMES: Final[dict[str, str]] = {
    "orderbook": "topic type ts data{s b:2 a:2 u seq} cts",
    "tickers": """
topic type ts cs data{symbol tickDirection price24hPcnt lastPrice prevPrice24h highPrice24h lowPrice24h prevPrice1h
markPrice indexPrice openInterest openInterestValue turnover24h volume24h fundingIntervalHour fundingCap
nextFundingTime fundingRate bid1Price bid1Size ask1Price ask1Size preOpenPrice preQty curPreListingPhase}
""",
    "tickers spot": """
topic type ts cs data{symbol lastPrice highPrice24h lowPrice24h prevPrice24h volume24h turnover24h price24hPcnt
usdIndexPrice}
""",
    "publicTrade": "topic type ts data(T s S v p L i BT RPI seq)",
    "publicTrade spot": "topic type ts data(T s S v p i BT RPI seq)",
    "kline": """
topic type ts data(start end interval open close high low volume turnover confirm timestamp)
""",
    "priceLimit": "topic ts data{symbol buyLmt sellLmt}",
    "insurance": "topic type ts data(coin symbols balance updateTime)",
    "adlAlert": "topic type ts data(c s b mb i_pr pr adl_tt adl_sr)",
    "allLiquidation": "topic type ts data(T s S v p)",
}
"""Whole frames of public topics, by kind of topic."""

ROWS: Final[dict[str, str]] = {
    "order": f"{ORDER} category closedPnl feeCurrency",
    "execution": f"{EXECUTION} category isLeverage marketUnit execPnl",
    "position": f"{POSITION} category entryPrice",
    "wallet": f"{WALLET}({COIN})",
    "execution.fast": """
category symbol execId execPrice execQty orderId isMaker orderLinkId side execTime seq
""",
}
"""Rows of private topics. What pairs lack of it is a matter of the test."""

_HEADER: Final = "header{X-Bapi-Limit X-Bapi-Limit-Status X-Bapi-Limit-Reset-Timestamp Traceid Timenow}"
_ACK: Final = f"reqId retCode retMsg op connId {_HEADER} data{{orderId orderLinkId}} retExtInfo"
_BATCH_ACK: Final = f"""
reqId retCode retMsg op connId {_HEADER} data{{list(category symbol orderId orderLinkId)}} retExtInfo{{list(code msg)}}
"""
TRADE_ACKS: Final[dict[str, str]] = {
    "order.create": _ACK,
    "order.amend": _ACK,
    "order.cancel": _ACK,
    "order.create-batch": _BATCH_ACK.replace("orderLinkId", "orderLinkId createAt"),
    "order.amend-batch": _BATCH_ACK,
    "order.cancel-batch": _BATCH_ACK,
}
"""Answers of the trade stream, by operation."""
