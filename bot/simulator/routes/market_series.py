"""Figures of contracts over time: funding rates, open interest, the share of accounts that are long."""

import math
import zlib
from typing import Any

from bot.simulator.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.ticker import open_interest as interest_at
from bot.simulator.numbers import plain, plain_float
from bot.simulator.routes.call import CONTRACTS, Call
from bot.simulator.routes.market_paging import page_of_times
from bot.simulator.routes.params import invalid

PERIODS_MS = {
    "5min": 5 * MINUTE_MS,
    "15min": 15 * MINUTE_MS,
    "30min": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "4h": 4 * HOUR_MS,
    "1d": DAY_MS,
}


def funding_history(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/history-fund-rate: startTime may not come without endTime."""
    category = call.category(None, CONTRACTS)
    market, limit = call.market(), call.params.limit(200, 200)
    if call.params.has("startTime") and not call.params.has("endTime"):
        raise invalid("endTime is required when startTime is given")
    interval_ms = market.instrument.funding_interval_min * MINUTE_MS
    page = page_of_times(call, _first_ms(market), interval_ms, limit)
    rows = [
        {"symbol": market.symbol, "fundingRate": plain(market.settled_rate(at)), "fundingRateTimestamp": str(at)}
        for at in page.moments_ms
    ]
    return {"category": category, "list": rows}


def open_interest(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/open-interest: newest first, both sides."""
    category = call.category(None, CONTRACTS)
    market, limit = call.market(), call.params.limit(50, 200)
    step_ms = PERIODS_MS[call.params.choice("intervalTime", tuple(PERIODS_MS))]
    page = page_of_times(call, _first_ms(market), step_ms, limit)
    rows = []
    for at in page.moments_ms:
        interest = interest_at(market, at)
        single = plain_float(round(interest / 2, 3))
        rows.append({"openInterest": f"{interest:.8f}", "singleOpenInterest": single, "timestamp": str(at)})
    return {"category": category, "symbol": market.symbol, "list": rows, "nextPageCursor": page.cursor}


def account_ratio(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, market/long-short-ratio; here a slow wave of its own for every symbol."""
    call.category(None, CONTRACTS)
    market, limit = call.market(), call.params.limit(50, 500)
    step_ms = PERIODS_MS[call.params.choice("period", tuple(PERIODS_MS))]
    page = page_of_times(call, _first_ms(market), step_ms, limit)
    rows = []
    for at in page.moments_ms:
        share = _share_of_longs(market, at)
        rows.append(
            {
                "symbol": market.symbol,
                "buyRatio": f"{share:.4f}",
                "sellRatio": f"{1 - share:.4f}",
                "timestamp": str(at),
            }
        )
    return {"list": rows, "nextPageCursor": page.cursor}


def _share_of_longs(market: SymbolMarket, at_ms: int) -> float:
    shift = zlib.crc32(market.symbol.encode()) / 2**32
    return round(0.5 + 0.08 * math.sin(2 * math.pi * (at_ms / (3 * DAY_MS) + shift)), 4)


def _first_ms(market: SymbolMarket) -> int:
    """Since when there is a market."""
    return market.bars.start[0]
