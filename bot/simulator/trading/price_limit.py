"""How far from the market an order may be priced.

Bybit's rule of May 2026, with index and mark at the last price: buy at most mark x (1 + X), sell at least
mark x (1 - X), X being the instrument's `priceLimitRatioX`.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket


def bound_ticks(market: SymbolMarket, side: Side) -> int:
    """The worst price an order of `side` may trade at, ticks."""
    ratio = market.instrument.price_limit_x
    ticks = market.quote.ticks
    if side == "Buy":
        return int((ticks * (1 + ratio)).to_integral_value(ROUND_FLOOR))
    return max(1, int((ticks * (1 - ratio)).to_integral_value(ROUND_CEILING)))
