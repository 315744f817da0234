"""How far from the market an order may be priced.

Bybit's rule of May 2026: buy at most min(mark x (1 + Y), max(index, mark x (1 + X) + max(0, P30))), sell at least
max(mark x (1 - Y), min(index, mark x (1 - X) + min(0, P30))). X and Y are the instrument's `priceLimitRatioX` and
`priceLimitRatioY`. P30, the mean distance of the mid price from the mark in the last 30 seconds, counts as 0 here.
"""

from math import ceil, floor

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket


def bound_ticks(market: SymbolMarket, side: Side) -> int:
    """The worst price an order of `side` may trade at, ticks."""
    rules, mark, index = market.instrument, market.mark_ticks, market.index_ticks
    x, y = rules.price_limit_x, rules.price_limit_y
    if side == "Buy":
        return min(floor(mark * (1 + y)), max(index, floor(mark * (1 + x))))
    return max(1, ceil(mark * (1 - y)), min(index, ceil(mark * (1 - x))))
