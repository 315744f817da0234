"""The price limits of the market, as trading knows them."""

from bot.simulator.market.price_limits import bound_ticks

__all__ = ["bound_ticks"]
