"""How far from the market an order may be priced.

Bybit's rule of May 2026: buy at most min(mark x (1 + Y), max(index, mark x (1 + X) + max(0, P30))), sell at least
max(mark x (1 - Y), min(index, mark x (1 - X) + min(0, P30))). X and Y are the instrument's `priceLimitRatioX` and
`priceLimitRatioY`. P30, the mean distance of the mid price from the mark in the last 30 seconds, counts as 0 here.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket

ONE_TICK = Decimal(1)


def bound_ticks(market: SymbolMarket, side: Side) -> int:
    """The worst price an order of `side` may trade at, ticks."""
    rules, mark, index = market.instrument, market.mark_ticks, market.index_ticks
    x, y = rules.price_limit_x, rules.price_limit_y
    if side == "Buy":
        most = min(mark * (1 + y), max(Decimal(index), mark * (1 + x)))
        return int(most.quantize(ONE_TICK, ROUND_FLOOR))
    least = max(mark * (1 - y), min(Decimal(index), mark * (1 - x)))
    return max(1, int(least.quantize(ONE_TICK, ROUND_CEILING)))
