"""The public topics: what they are called, who wants them, what they send."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.simulator.instruments import market_id
from bot.simulator.market.book import Book
from bot.simulator.market.book_topic import BOOK_DEPTHS, BookTopic
from bot.simulator.market.kline_topics import KlineTopics
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.ticker import Ticker
from bot.simulator.market.trades import trade_at, trade_push
from bot.simulator.push import FramePush, Push

NOTHING: Sequence[Push] = ()


class PublicTopics:
    """Reference-counted interest in public topics of all symbols; what nobody wants costs nothing."""

    def __init__(self, markets: Mapping[str, SymbolMarket], books: Mapping[str, Book]) -> None:
        self.klines = {name: KlineTopics(market) for name, market in markets.items()}
        self._markets = markets
        self._books = books
        self._counts: Counter[tuple[str, str]] = Counter()
        self._living: dict[str, dict[str, BookTopic | Ticker]] = {name: {} for name in markets}
        self._trades_seen_ms: dict[str, int] = {}

    def subscribe(self, topic: str, category: str) -> bool:
        """Note one more subscriber; False = there is no such topic."""
        kind, detail, name = _parts(topic, category)
        market = self._markets.get(name)
        if market is None or market.category != category:
            return False
        if kind == "kline" and self.klines[name].offers(detail):
            self.klines[name].subscribe(detail)
        elif kind == "publicTrade" and not detail:
            self._trades_seen_ms.setdefault(name, market.clock.now_ms)
        elif topic in self._living[name]:
            pass
        elif kind == "tickers" and not detail:
            self._living[name][topic] = Ticker(market, self._books[name])
        elif kind == "orderbook" and detail in map(str, BOOK_DEPTHS):
            self._living[name][topic] = BookTopic(market, self._books[name], int(detail))
        else:
            return False
        self._counts[category, topic] += 1
        return True

    def unsubscribe(self, topic: str, category: str) -> None:
        """Note one subscriber less; a topic that nobody has is no mistake."""
        if not self._counts[category, topic]:
            return
        self._counts[category, topic] -= 1
        kind, detail, name = _parts(topic, category)
        if kind == "kline":
            self.klines[name].unsubscribe(detail)
        elif not self._counts[category, topic]:
            living = self._living[name].pop(topic, None)
            if isinstance(living, BookTopic):
                living.close()
            if kind == "publicTrade":
                del self._trades_seen_ms[name]

    def snapshot(self, topic: str, category: str) -> Push | None:
        """The first frame of a new subscriber: order books and tickers have one."""
        living = self._living.get(_parts(topic, category)[2], {}).get(topic)
        return None if living is None else living.snapshot()

    def look(self, market: SymbolMarket) -> Sequence[Push]:
        """What the subscribers of a symbol get to see of its price now."""
        pushes: list[Push] = list(self.klines[market.id].forming())
        pushes += self._trades(market)
        for living in self._living[market.id].values():
            update = living.update()
            if update is not None:
                pushes.append(update)
        return pushes

    def _trades(self, market: SymbolMarket) -> Sequence[FramePush]:
        seen_ms = self._trades_seen_ms.get(market.id)
        now_ms = market.clock.now_ms
        if seen_ms is None or seen_ms >= now_ms:
            return ()
        self._trades_seen_ms[market.id] = now_ms
        share = min((now_ms - seen_ms) / market.interval_ms, 1.0)
        return (trade_push(market, trade_at(market, now_ms, market.quote, market.bar, share)),)


def _parts(topic: str, category: str) -> tuple[str, str, str]:
    """Kind of topic, what stands between kind and symbol, and the market id."""
    kind, _, rest = topic.partition(".")
    detail, _, symbol = rest.rpartition(".")
    return kind, detail, market_id(category, symbol)
