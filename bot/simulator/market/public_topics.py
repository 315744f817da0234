"""The public topics: what they are called, who wants them, what they send."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from bot.simulator.instruments import market_id
from bot.simulator.market.book import Book
from bot.simulator.market.book_topic import BOOK_DEPTHS, BookTopic
from bot.simulator.market.insurance import INVERSE, InsurancePools
from bot.simulator.market.kline_topics import KlineTopics
from bot.simulator.market.small_topics import (
    AdlAlertTopic,
    InsuranceTopic,
    LiquidationsTopic,
    PriceLimitTopic,
    TradesTopic,
)
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.ticker import Ticker
from bot.simulator.push import Push


class LivingTopic(Protocol):
    """A topic that somebody subscribes to."""

    def snapshot(self) -> Push | None:
        """The first frame of a new subscriber, if the topic begins with one."""
        ...

    def update(self) -> Sequence[Push]:
        """What there is to tell since the last time."""
        ...

    def close(self) -> None:
        """Nobody subscribes any more."""
        ...


MARKET_TOPICS: dict[str, Callable[[SymbolMarket], LivingTopic]] = {
    "publicTrade": TradesTopic,
    "priceLimit": PriceLimitTopic,
    "allLiquidation": LiquidationsTopic,
}
COIN_TOPICS: dict[str, Callable[[SymbolMarket, str, InsurancePools], LivingTopic]] = {
    "insurance": InsuranceTopic,
    "adlAlert": AdlAlertTopic,
}


class PublicTopics:
    """Reference-counted interest in public topics of all markets; what nobody wants costs nothing.

    A topic of a coin is told when its first market is looked at.
    """

    def __init__(
        self, markets: Mapping[str, SymbolMarket], books: Mapping[str, Book], funds: Mapping[str, Decimal]
    ) -> None:
        self.klines = {name: KlineTopics(market) for name, market in markets.items()}
        self._markets = markets
        self._books = books
        self._pools = InsurancePools(markets.values(), funds)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._living: dict[str, dict[str, LivingTopic]] = {name: {} for name in markets}

    def subscribe(self, topic: str, category: str) -> bool:
        """Note one more subscriber; False = there is no such topic."""
        market = self._market_of(topic, category)
        if market is None:
            return False
        kind, detail, _ = _parts(topic)
        if kind == "kline":
            if not self.klines[market.id].offers(detail):
                return False
            self.klines[market.id].subscribe(detail)
        elif topic not in self._living[market.id]:
            living = self._begin(market, topic)
            if living is None:
                return False
            self._living[market.id][topic] = living
        self._counts[category, topic] += 1
        return True

    def unsubscribe(self, topic: str, category: str) -> None:
        """Note one subscriber less; a topic that nobody has is no mistake."""
        market = self._market_of(topic, category)
        if market is None or not self._counts[category, topic]:
            return
        self._counts[category, topic] -= 1
        kind, detail, _ = _parts(topic)
        if kind == "kline":
            self.klines[market.id].unsubscribe(detail)
        elif not self._counts[category, topic]:
            self._living[market.id].pop(topic).close()

    def snapshot(self, topic: str, category: str) -> Push | None:
        """The first frame of a new subscriber, if the topic begins with one."""
        market = self._market_of(topic, category)
        living = self._living[market.id].get(topic) if market is not None else None
        return None if living is None else living.snapshot()

    def look(self, market: SymbolMarket) -> Sequence[Push]:
        """What the subscribers of a market get to see of it now."""
        pushes: list[Push] = list(self.klines[market.id].forming())
        for living in self._living[market.id].values():
            pushes += living.update()
        return pushes

    def _begin(self, market: SymbolMarket, topic: str) -> LivingTopic | None:
        kind, detail, name = _parts(topic)
        if kind == "orderbook" and detail in map(str, BOOK_DEPTHS):
            return BookTopic(market, self._books[market.id], int(detail))
        if kind == "tickers" and not detail:
            return Ticker(market, self._books[market.id])
        if detail or (kind == "allLiquidation" and market.category == "spot"):
            return None
        if kind in COIN_TOPICS:
            return COIN_TOPICS[kind](market, name, self._pools)
        return MARKET_TOPICS[kind](market) if kind in MARKET_TOPICS else None

    def _market_of(self, topic: str, category: str) -> SymbolMarket | None:
        """The market that a topic is about, or the first one of its coin; None = there is none."""
        kind, _, name = _parts(topic)
        if kind not in COIN_TOPICS:
            market = self._markets.get(market_id(category, name))
            return market if market is not None and market.category == category else None
        if (name == INVERSE) != (category == INVERSE):
            return None
        coins = self._pools.coins(name)
        return next(
            (
                market
                for market in self._markets.values()
                if market.category == category and market.instrument.settle_coin in coins
            ),
            None,
        )


def _parts(topic: str) -> tuple[str, str, str]:
    """Kind of topic, what stands between kind and name, and the name: a symbol or coin."""
    kind, _, rest = topic.partition(".")
    detail, _, name = rest.rpartition(".")
    return kind, detail, name
