"""Pages of market queries: by symbol, and by time."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.routes.call import Call
from bot.simulator.routes.params import invalid

SYMBOLS_CURSOR = re.compile(r"first(?:%3D|=)[A-Z0-9]{1,40}(?:%26|&)last(?:%3D|=)([A-Z0-9]{1,40})", re.ASCII)
TIME_CURSOR = re.compile(r"lastid(?:%3D|=)0(?:%26|&)lasttime(?:%3D|=)(\d{1,13})", re.ASCII)


def page_of_symbols(call: Call, markets: Sequence[SymbolMarket], limit: int) -> tuple[list[SymbolMarket], str]:
    """The page that `cursor` asks for, of markets sorted by symbol, and the next cursor; it names the symbols seen."""
    cursor = call.params.text("cursor")
    if cursor:
        found = SYMBOLS_CURSOR.fullmatch(cursor)
        if found is None:
            raise invalid("cursor invalid")
        markets = [each for each in markets if each.symbol > found[1]]
    page = list(markets[:limit])
    if len(markets) <= limit:
        return page, ""
    return page, f"first%3D{page[0].symbol}%26last%3D{page[-1].symbol}"


class TimePage(NamedTuple):
    """Moments of a series (ms), newest first, and the cursor of the next page."""

    moments_ms: list[int]
    cursor: str


def page_of_times(call: Call, first_ms: int, step_ms: int, limit: int) -> TimePage:
    """Multiples of `step_ms` from `first_ms` to now, within startTime and endTime and behind `cursor`."""
    start_ms, end_ms = call.params.integer("startTime"), call.params.integer("endTime")
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise invalid("startTime must not be later than endTime")
    low = max(first_ms, start_ms or 0)
    high = min(call.now_ms, call.now_ms if end_ms is None else end_ms)
    cursor = call.params.text("cursor")
    if cursor:
        found = TIME_CURSOR.fullmatch(cursor)
        if found is None:
            raise invalid("cursor invalid")
        high = min(high, int(found[1]) * 1000 - 1)
    newest = high - high % step_ms
    moments = list(range(newest, max(low, newest - step_ms * limit) - 1, -step_ms))
    more = len(moments) > limit
    moments = moments[:limit]
    return TimePage(moments, f"lastid%3D0%26lasttime%3D{moments[-1] // 1000}" if more else "")
