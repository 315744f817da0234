"""The public topics: what they are called, who wants them, what they send."""

from collections import Counter
from collections.abc import Mapping, Sequence

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
        self.klines = {symbol: KlineTopics(market) for symbol, market in markets.items()}
        self._markets = markets
        self._books = books
        self._counts: Counter[str] = Counter()
        self._living: dict[str, dict[str, BookTopic | Ticker]] = {symbol: {} for symbol in markets}
        self._trades_seen_ms: dict[str, int] = {}

    def subscribe(self, topic: str) -> bool:
        """Note one more subscriber; False = there is no such topic."""
        kind, _, rest = topic.partition(".")
        detail, _, symbol = rest.rpartition(".")
        market = self._markets.get(symbol)
        if market is None:
            return False
        if kind == "kline" and self.klines[symbol].offers(detail):
            self.klines[symbol].subscribe(detail)
        elif kind == "publicTrade" and not detail:
            self._trades_seen_ms.setdefault(symbol, market.clock.now_ms)
        elif topic in self._living[symbol]:
            pass
        elif kind == "tickers" and not detail:
            self._living[symbol][topic] = Ticker(market, self._books[symbol])
        elif kind == "orderbook" and detail in map(str, BOOK_DEPTHS):
            self._living[symbol][topic] = BookTopic(market, self._books[symbol], int(detail))
        else:
            return False
        self._counts[topic] += 1
        return True

    def unsubscribe(self, topic: str) -> None:
        """Note one subscriber less; a topic that nobody has is no mistake."""
        if not self._counts[topic]:
            return
        self._counts[topic] -= 1
        kind, _, rest = topic.partition(".")
        detail, _, symbol = rest.rpartition(".")
        if kind == "kline":
            self.klines[symbol].unsubscribe(detail)
        elif not self._counts[topic]:
            self._living[symbol].pop(topic, None)
            if kind == "publicTrade":
                del self._trades_seen_ms[symbol]

    def snapshot(self, topic: str) -> Push | None:
        """The first frame of a new subscriber: order books and tickers have one."""
        living = self._living.get(topic.rpartition(".")[2], {}).get(topic)
        return None if living is None else living.snapshot()

    def look(self, market: SymbolMarket) -> Sequence[Push]:
        """What the subscribers of a symbol get to see of its price now."""
        pushes: list[Push] = list(self.klines[market.symbol].forming())
        pushes += self._trades(market)
        for living in self._living[market.symbol].values():
            update = living.update()
            if update is not None:
                pushes.append(update)
        return pushes

    def _trades(self, market: SymbolMarket) -> Sequence[FramePush]:
        seen_ms = self._trades_seen_ms.get(market.symbol)
        now_ms = market.clock.now_ms
        if seen_ms is None or seen_ms >= now_ms:
            return ()
        self._trades_seen_ms[market.symbol] = now_ms
        share = min((now_ms - seen_ms) / market.interval_ms, 1.0)
        return (trade_push(market, trade_at(market, now_ms, market.quote, market.bar, share)),)
