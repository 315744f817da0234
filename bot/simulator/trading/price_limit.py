"""How far from the market an order may trade: the limits of the market, and what an order allows itself."""

from decimal import Decimal

from bot.simulator.market.price_limits import bound_ticks
from bot.simulator.trading.counter import Counter
from bot.simulator.trading.order import Order, opposite

__all__ = ["bound_ticks", "market_order_ticks"]


def market_order_ticks(order: Order, counter: Counter) -> int:
    """The worst price of a market order, ticks: the bound of the market or, if it is nearer, of its slippage.

    Bybit V5 docs, order/create: a market order may slip `slippageTolerance` ticks or per cent from the best price of
    the other side.
    """
    bound = bound_ticks(counter.market, order.side)
    if not order.slippage_type:
        return bound
    best, tolerance = counter.best_of_all(opposite(order.side)), Decimal(order.slippage)
    away = int(tolerance) if order.slippage_type == "TickSize" else int(best * tolerance / 100)
    return min(best + away, bound) if order.side == "Buy" else max(best - away, bound)
