"""The public topics: what they are called, who wants them, what they send."""

from collections.abc import Mapping

from bot.simulator.market.kline_topics import KlineTopics
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import Push

KLINE_PARTS = 3


class PublicTopics:
    """Reference-counted interest in public topics of all symbols."""

    def __init__(self, markets: Mapping[str, SymbolMarket]) -> None:
        self.klines = {symbol: KlineTopics(market) for symbol, market in markets.items()}

    def subscribe(self, topic: str) -> bool:
        """Note one more subscriber; False = there is no such topic."""
        match topic.split("."):
            case ["kline", interval, symbol] if symbol in self.klines and self.klines[symbol].offers(interval):
                self.klines[symbol].subscribe(interval)
                return True
        return False

    def unsubscribe(self, topic: str) -> None:
        """Note one subscriber less."""
        match topic.split("."):
            case ["kline", interval, symbol]:
                self.klines[symbol].unsubscribe(interval)

    def snapshot(self, topic: str) -> Push | None:
        """The first frame of a new subscriber; klines have none."""
        return None
