"""Who wants which candles of a symbol: longer intervals cost only what is subscribed."""

from collections import Counter
from collections.abc import Sequence

from bot.simulator.intervals import INTERVALS, can_build, interval_name
from bot.simulator.market.candles import RunningCandle, candle_push, forming_bar
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import KlinePush

NOTHING: Sequence[KlinePush] = ()


class KlineTopics:
    """The kline topics of one symbol."""

    __slots__ = ("_base", "_counts", "_running", "market", "only_base")

    def __init__(self, market: SymbolMarket) -> None:
        self.market = market
        self.only_base = False
        """True = the base interval is all that is wanted: the common case, and the quickest."""
        self._base = interval_name(market.interval_ms) or ""
        self._counts: Counter[str] = Counter()
        self._running: dict[str, RunningCandle] = {}

    def offers(self, interval: str) -> bool:
        return interval in INTERVALS and can_build(interval, self.market.interval_ms)

    def subscribe(self, interval: str) -> None:
        self._counts[interval] += 1
        if interval != self._base and interval not in self._running:
            self._running[interval] = RunningCandle(self.market, interval)
        self._note()

    def unsubscribe(self, interval: str) -> None:
        self._counts[interval] -= 1
        if self._counts[interval] <= 0:
            del self._counts[interval]
            self._running.pop(interval, None)
        self._note()

    def close_bar(self) -> Sequence[KlinePush]:
        """End the bar under way; returns the wanted candles that are closed by it."""
        bar = self.market.close_bar(self._base)
        if self.only_base:
            return (bar,)
        if not self._counts:
            return NOTHING
        closed = [bar] if self._base in self._counts else []
        for running in self._running.values():
            closed += running.add(bar)
        return closed

    def forming(self) -> Sequence[KlinePush]:
        """The wanted candles as far as they have come."""
        base = forming_bar(self.market) if self._counts else None
        if base is None:
            return NOTHING
        pushes = [running.forming(base) for running in self._running.values()]
        if self._base in self._counts:
            now_ms = self.market.clock.now_ms
            pushes.append(candle_push(self.market, self._base, base, now_ms, confirm=False))
        return pushes

    def _note(self) -> None:
        self.only_base = tuple(self._counts) == (self._base,)
