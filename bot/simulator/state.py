"""Everything the exchange is made of, as the endpoints see it."""

from dataclasses import dataclass

from bot.simulator.exchange_settings import ExchangeSettings
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import SymbolMarket


@dataclass(frozen=True, slots=True)
class ExchangeState:
    """The parts of one exchange; they change, their arrangement does not."""

    settings: ExchangeSettings
    clock: MarketClock
    markets: dict[str, SymbolMarket]
