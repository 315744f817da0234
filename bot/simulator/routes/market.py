"""Public market endpoints: time, instruments, tickers, order book, trades."""

from typing import Any

from bot.simulator.instrument_rows import instrument_row
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.ticker import rest_ticker
from bot.simulator.market.trades import newest_trades
from bot.simulator.numbers import plain
from bot.simulator.routes.call import Call
from bot.simulator.routes.market_paging import page_of_symbols

STATUSES = ("Trading", "PreLaunch", "Delivering", "Closed")


def time(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/time; here the virtual time of the market."""
    now_ms = call.state.clock.now_ms
    return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}


def instruments_info(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/instrument: by symbol; pairs are not paged, and there are no options."""
    category = call.listed_category()
    limit = call.params.limit(500, 1000)
    status = call.params.choice("status", STATUSES, "Trading")
    markets = sorted((each for each in _of_base_coin(call) if each.status == status), key=lambda market: market.symbol)
    if category == "spot":
        return {"category": category, "list": [instrument_row(each.instrument, each.status) for each in markets]}
    page, cursor = page_of_symbols(call, markets, limit)
    rows = [instrument_row(each.instrument, each.status) for each in page]
    return {"category": category, "list": rows, "nextPageCursor": cursor}


def tickers(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/tickers; what trades no more has none."""
    category = call.listed_category()
    markets = [each for each in _of_base_coin(call) if each.status != "Closed"]
    return {"category": category, "list": [rest_ticker(each, call.state.books[each.id]) for each in markets]}


def orderbook(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/orderbook."""
    spot = call.category() == "spot"
    market, limit = call.market(), call.params.limit(1 if spot else 25, 1000)
    book = call.state.books[market.id]
    now = call.now_ms
    return {
        "s": market.symbol, "b": book.shown("Buy", limit), "a": book.shown("Sell", limit),
        "ts": now, "u": now, "seq": now, "cts": now,
    }  # fmt: skip


def recent_trade(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/recent-trade: newest first."""
    category = call.category()
    most = 60 if category == "spot" else 1000
    market, limit = call.market(), call.params.limit(min(most, 500), most)
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
        for trade in newest_trades(market, limit)
    ]
    return {"category": category, "list": rows}


def _of_base_coin(call: Call) -> list[SymbolMarket]:
    base_coin = call.params.text("baseCoin")
    return [each for each in call.markets() if base_coin in {"", each.instrument.base_coin}]
