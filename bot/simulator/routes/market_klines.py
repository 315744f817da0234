"""Candles of the last, mark and index price and of the premium index (Bybit V5 docs, market/kline and relatives)."""

from bisect import bisect_left
from typing import Any

from bot.simulator.instruments import Category
from bot.simulator.intervals import INTERVALS, can_build, candle_end_ms, candle_start_ms
from bot.simulator.market.candles import CandleSource, LastCandles, newest_candles
from bot.simulator.market.reference_candles import PathCandles, PremiumCandles
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import plain_float
from bot.simulator.routes.call import CONTRACTS, Call
from bot.simulator.routes.params import invalid

PRICE_COLUMNS = 5
ALL_COLUMNS = 7


def kline(call: Call) -> dict[str, Any]:
    """Newest first, the first may be the candle under way; with `start` alone the ones that follow it."""
    category = call.category("linear")
    return _answer(call, category, LastCandles(call.market()), ALL_COLUMNS)


def mark_price_kline(call: Call) -> dict[str, Any]:
    category = call.category("linear", CONTRACTS)
    market = call.market()
    return _answer(call, category, PathCandles(market, market.mark_path), PRICE_COLUMNS)


def index_price_kline(call: Call) -> dict[str, Any]:
    category = call.category("linear", CONTRACTS)
    market = call.market()
    return _answer(call, category, PathCandles(market, market.index_path), PRICE_COLUMNS)


def premium_index_price_kline(call: Call) -> dict[str, Any]:
    category = call.category("linear", ("linear",))
    return _answer(call, category, PremiumCandles(call.market()), PRICE_COLUMNS)


def _answer(call: Call, category: Category, source: CandleSource, columns: int) -> dict[str, Any]:
    market, interval = source.market, _interval(call, source.market)
    limit = call.params.limit(200, 1000)
    start_ms, end_ms = call.params.integer("start"), call.params.integer("end")
    if start_ms is not None and end_ms is None:
        end_ms = _page_end_ms(market, interval, start_ms, limit)
    candles = newest_candles(source, interval, start_ms, end_ms, limit)
    rows = [[str(each.start_ms), *(plain_float(number) for number in each[1:columns])] for each in candles]
    return {"category": category, "symbol": market.symbol, "list": rows}


def _page_end_ms(market: SymbolMarket, interval: str, start_ms: int, limit: int) -> int | None:
    """When the last of `limit` candles from `start_ms` opens; None if there are not so many closed bars."""
    starts, last_bar, open_ms = market.bars.start, market.bar, None
    bar = bisect_left(starts, start_ms, hi=last_bar)
    while limit and bar < last_bar:
        candle_ms = candle_start_ms(interval, starts[bar])
        if candle_ms >= start_ms:  # else it opened before
            open_ms = candle_ms
            limit -= 1
        bar = bisect_left(starts, candle_end_ms(interval, candle_ms), lo=bar, hi=last_bar)
    return None if limit else open_ms


def _interval(call: Call, market: SymbolMarket) -> str:
    interval = call.params.text("interval")
    if interval not in INTERVALS or not can_build(interval, market.interval_ms):
        raise invalid("interval invalid")
    return interval
