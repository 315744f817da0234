"""Public market endpoints."""

from itertools import islice
from typing import Any

from bot.simulator.instrument_rows import instrument_row
from bot.simulator.intervals import INTERVALS, can_build
from bot.simulator.market.candles import newest_candles
from bot.simulator.market.ticker import rest_ticker
from bot.simulator.market.trades import past_trades
from bot.simulator.numbers import plain, plain_float
from bot.simulator.routes.call import CATEGORY, Call
from bot.simulator.routes.params import invalid


def time(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/time; here the virtual time of the market."""
    now_ms = call.state.clock.now_ms
    return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}


def instruments_info(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/instruments-info. All contracts fit on one page."""
    call.check_category()
    call.params.limit(500, 1000)
    status = call.params.text("status") or "Trading"
    base_coin = call.params.text("baseCoin")
    rows = [
        instrument_row(market.instrument, market.status)
        for market in call.markets()
        if status == market.status and base_coin in {"", market.instrument.base_coin}
    ]
    return {"category": CATEGORY, "list": rows, "nextPageCursor": ""}


def kline(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/kline: newest first, the first may be the candle under way."""
    call.check_category("linear")
    market = call.market()
    interval = call.params.text("interval")
    if interval not in INTERVALS or not can_build(interval, market.interval_ms):
        raise invalid("interval invalid")
    limit = call.params.limit(200, 1000)
    start_ms, end_ms = call.params.integer("start"), call.params.integer("end")
    candles = newest_candles(market, interval, start_ms, end_ms, limit)
    rows = [[str(each.start_ms), *(plain_float(number) for number in each[1:])] for each in candles]
    return {"category": CATEGORY, "symbol": market.symbol, "list": rows}


def tickers(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/tickers."""
    call.check_category()
    markets = call.markets()
    base_coin = call.params.text("baseCoin")
    rows = [
        rest_ticker(market, call.state.books[market.id])
        for market in markets
        if base_coin in {"", market.instrument.base_coin}
    ]
    return {"category": CATEGORY, "list": rows}


def orderbook(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/orderbook: at most 50 levels a side here."""
    call.check_category()
    market, limit = call.market(), call.params.limit(25, 1000)
    book = call.state.books[market.id]
    return {
        "s": market.symbol,
        "b": book.shown("Buy", limit),
        "a": book.shown("Sell", limit),
        "ts": call.now_ms,
        "u": call.now_ms,
        "seq": call.now_ms,
        "cts": call.now_ms,
    }


def recent_trade(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/recent-trade: newest first."""
    call.check_category()
    market, limit = call.market(), call.params.limit(500, 1000)
    rows = [
        {
            "execId": trade.trade_id,
            "symbol": market.symbol,
            "price": plain(trade.price),
            "size": plain(trade.qty),
            "side": trade.side,
            "time": str(trade.time_ms),
            "isBlockTrade": False,
            "isRPITrade": False,
            "seq": str(trade.time_ms),
        }
        for trade in islice(past_trades(market), limit)
    ]
    return {"category": CATEGORY, "list": rows}
