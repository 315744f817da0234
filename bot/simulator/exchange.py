"""The simulated exchange: a pure core without thread, clock, socket or log."""

from collections.abc import Sequence

from bot.simulator.core import ExchangeCore
from bot.simulator.exchange_settings import AccountSeed, ExchangeSettings
from bot.simulator.feeds.contract import MarketFeed
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.inside_events import LOOK, InsideEvent, InsideEvents
from bot.simulator.market.public_topics import PublicTopics
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.timeline import Timeline
from bot.simulator.push import Push
from bot.simulator.state import make_state

__all__ = ["AccountSeed", "Exchange", "ExchangeSettings"]

SILENT_BARS_MAX = 10_000
"""A step gives up after so many bars that nobody wanted to hear of."""


class Exchange(ExchangeCore):
    """A market of bars, its rules and its accounts. Not thread-safe; every call returns at once.

    Events happen in the order of (time, phase, symbol index): bars close in phase 0, what happens inside the
    bars that follow is phase 1. One event concerns one symbol.
    """

    def __init__(self, feed: MarketFeed, settings: ExchangeSettings) -> None:
        clock = MarketClock(feed.start_ms)
        self._markets = [SymbolMarket(feed, index, clock) for index in range(len(feed.symbols))]
        by_id = {market.id: market for market in self._markets}
        state = make_state(settings, clock, by_id)
        topics = PublicTopics(by_id, state.books, state.ledger.house.insurance)
        super().__init__(state, topics)
        self._looks = topics.look
        self._klines = [topics.klines[market.id] for market in self._markets]
        self._timeline = Timeline(feed, self._markets)
        self._low_water = 2 * len(self._markets)
        self._inside = InsideEvents(self._markets, settings.detail_step_ms)

    @property
    def detail(self) -> bool:
        """Whether the path inside bars is played too: tickers, book, trades and forming candles."""
        return self._inside.detail

    @detail.setter
    def detail(self, wanted: bool) -> None:
        if wanted and not self._inside.detail:
            self._inside.detail = True
            for market in self._markets:
                self._inside.plan_look(market)
        self._inside.detail = wanted

    def next_event_ms(self) -> int | None:
        """When the next event happens; None = never."""
        if self._state.desk.has_unwatched:
            self._watch_anew()
        timeline = self._timeline
        if timeline.position >= len(timeline.close_ms) and not timeline.extend():
            return None
        close_ms = timeline.close_ms[timeline.position]
        inside_ms = self._inside.next_ms()
        return close_ms if inside_ms is None else min(close_ms, inside_ms)

    def step(self, limit_ms: int | None = None) -> Sequence[Push]:
        """Let the next event happen that pushes something.

        If there is none up to `limit_ms`, the clock is set to it and nothing is returned. After a long time
        in which nobody wanted any push, nothing is returned either.
        """
        if self._state.desk.has_unwatched:
            self._watch_anew()
        clock, timeline, inside = self._clock, self._timeline, self._inside
        queue = inside.queue
        for _ in range(SILENT_BARS_MAX):
            position = timeline.position
            if position + self._low_water >= len(timeline.close_ms):
                timeline.extend()
                position = timeline.position
                if position >= len(timeline.close_ms):
                    return self._end(limit_ms)
            close_ms = timeline.close_ms[position]
            if queue and queue[0][0] < close_ms and (inside.next_ms() or close_ms) < close_ms:
                if limit_ms is not None and queue[0][0] > limit_ms:
                    return self._wait_until(limit_ms)
                pushes = self._happen(inside.pop())
            elif limit_ms is not None and close_ms > limit_ms:
                return self._wait_until(limit_ms)
            else:
                timeline.position = position + 1
                clock.now_ms = close_ms
                clock.opened = False
                index = timeline.symbol_index[position]
                pushes = self._klines[index].close_bar()
                market = self._markets[index]
                if market.watched or market.held or inside.detail:
                    pushes = self._enter_bar(market, pushes)
            if pushes:
                return pushes
        return ()

    def _happen(self, event: InsideEvent) -> Sequence[Push]:
        """Let a price be at a level, look at a market in detail, or charge funding."""
        self._clock.now_ms = event.at_ms
        self._clock.opened = True
        market, desk = event.market, self._state.desk
        if event.kind == LOOK:
            self._inside.plan_look(market)
            return self._looks(market)
        if event.touch is not None:
            market.pin(event.touch)
            desk.touched(market)
        else:
            self._inside.plan_funding(market)
            if market.held and market.status == "Trading":
                desk.fund(market, market.funding_rate)
        self._watch_anew()
        return self._told()

    def _enter_bar(self, market: SymbolMarket, pushes: Sequence[Push]) -> Sequence[Push]:
        """A bar has closed in a market with positions, waiting levels or somebody who looks on."""
        more: Sequence[Push] = ()
        if market.held:
            self._state.desk.look_after(market)
            self._watch_anew()
            more = self._told()
        self._inside.enter_bar(market)
        return [*pushes, *more] if more else pushes

    def _requested(self) -> None:
        """Nothing: until time goes on no price touches anything, and whoever lets it go on looks for levels first."""

    def _watch_anew(self) -> None:
        for market in self._state.desk.take_rewatched():
            self._inside.plan_touch(market)

    def _end(self, limit_ms: int | None) -> Sequence[Push]:
        self.finished = True
        return self._wait_until(limit_ms) if limit_ms is not None else ()
