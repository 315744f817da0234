"""How far from the market an order may be priced.

Bybit's rule of May 2026, with index and mark at the last price: buy at most mark x (1 + X), sell at least
mark x (1 - X), X being the instrument's `priceLimitRatioX`.
"""

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket


def bound_ticks(market: SymbolMarket, side: Side) -> int:
    """The worst price an order of `side` may trade at, ticks."""
    numerator, denominator = market.price_limit_ratio
    ticks = market.quote.ticks
    if side == "Buy":
        return ticks * (denominator + numerator) // denominator
    return max(1, -(-ticks * (denominator - numerator) // denominator))
