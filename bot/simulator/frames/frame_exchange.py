"""The exchange whose market is made of public frames of Bybit, recorded or live."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from bot.simulator.core import ExchangeCore
from bot.simulator.errors import SimulatorError
from bot.simulator.exchange_settings import ExchangeSettings
from bot.simulator.frames.feed import FrameFeed
from bot.simulator.frames.frame import BOOK, KLINE, TICKERS, TRADES, Frame
from bot.simulator.frames.frame_market import BASE_INTERVAL, FrameMarket
from bot.simulator.frames.frame_topics import FrameTopics
from bot.simulator.frames.merged import Applied
from bot.simulator.instruments import Category, market_id
from bot.simulator.intervals import DAY_MS, MINUTE_MS
from bot.simulator.market.book import Book
from bot.simulator.market.clock import MarketClock
from bot.simulator.push import Push
from bot.simulator.state import make_state
from bot.simulator.trading.account import Account

SILENT_FRAMES_MAX = 10_000
"""A step gives up after so many frames that nobody wanted to hear of."""
HALTED_CODE = 10016
HALTED_TEXT = "The market is halted: frames of {} are missing."
HALTED_PATHS = frozenset({f"/v5/order/{each}" for each in ("create", "amend", "create-batch", "amend-batch")})


class Sent(NamedTuple):
    """A frame and the category it was sent for; None = the only market of that name."""

    frame: Frame
    category: Category | None


class FrameExchange(ExchangeCore):
    """A market of frames, its rules and its accounts. Not thread-safe; every call returns at once.

    Time is that of the frames: they are taken in one after the other, in their order, and the clock never goes
    back. Before a frame is taken in, the minutes that end and the funding that falls due until then have their
    turn. What the frame changes fills and triggers at once what has waited for it.
    """

    def __init__(self, feed: FrameFeed, settings: ExchangeSettings, frames: Iterable[Sent] = ()) -> None:
        clock = MarketClock(feed.start_ms)
        self._frame_markets = [FrameMarket(feed, index, clock) for index in range(len(feed.symbols))]
        by_id = {market.id: market for market in self._frame_markets}
        books: dict[str, Book] = {market.id: market.book for market in self._frame_markets}
        state = make_state(settings, clock, dict(by_id), books)
        self._frame_topics = FrameTopics(feed, by_id, books, state.ledger.house.insurance)
        super().__init__(state, self._frame_topics)
        self.feed = feed
        self._by_id = by_id
        self._contracts = [each for each in self._frame_markets if each.category != "spot"]
        self._frames = iter(frames)
        self._head: Sent | None = next(self._frames, None)
        self._minute_end_ms = feed.start_ms - feed.start_ms % MINUTE_MS + MINUTE_MS

    def next_event_ms(self) -> int | None:
        """When the next frame comes or a minute ends; None = there are no more, or they are handed in."""
        head = self._head
        return None if head is None else max(min(head.frame.ts_ms, self._minute_end_ms), self._clock.now_ms)

    def step(self, limit_ms: int | None = None) -> Sequence[Push]:
        for _ in range(SILENT_FRAMES_MAX):
            head = self._head
            if head is None:
                self.finished = True
                return () if limit_ms is None else self._wait_until(limit_ms)
            at_ms = min(head.frame.ts_ms, self._minute_end_ms)
            if limit_ms is not None and at_ms > limit_ms:
                return self._wait_until(limit_ms)
            if head.frame.ts_ms >= self._minute_end_ms:
                pushes = self._pass_to(self._minute_end_ms)
            else:
                self._head = next(self._frames, None)
                pushes = self.take_in(head)
            if pushes:
                return pushes
        return ()

    def take_in(self, sent: Sent) -> Sequence[Push]:
        """Let a frame do what it does; returns what subscribers and accounts hear of it."""
        frame = sent.frame
        pushes = list(self._pass_to(frame.ts_ms))
        self._clock.now_ms, self._clock.opened = max(self._clock.now_ms, frame.ts_ms), True
        market = self._market_of(sent)
        if market is None:
            return pushes
        if frame.parts.kind != BOOK or frame.is_snapshot or self._frame_topics.book(market, frame.topic).known:
            pushes += self._frame_topics.pass_on(frame, market.category)  # a delta of nothing would break clients
        self._apply(market, frame)
        self._react(market)
        market.settle()
        pushes += self._frame_topics.tell(market, frame)
        return [*pushes, *self._told()]

    def lose(self, category: str) -> None:
        """Frames of a category are missing from here on: its markets are halted until their books begin anew."""
        for market in self._frame_markets:
            if market.category == category:
                market.live = False
                market.book.clear()
                self._frame_topics.forget(market)

    def is_live(self, category: str) -> bool:
        """Whether no market of a category is halted."""
        return all(market.live for market in self._frame_markets if market.category == category)

    def halted(self) -> list[str]:
        """Market ids of which no book is known."""
        return [market.id for market in self._frame_markets if not market.live]

    def is_whole(self, sent: Sent) -> bool:
        """Whether a book topic still has all of its frames, after `take_in` of one of them."""
        market = self._market_of(sent)
        return (
            market is None or sent.frame.parts.kind != BOOK or self._frame_topics.book(market, sent.frame.topic).known
        )

    def request(
        self,
        account: str | None,
        method: str,
        path: str,
        params: Mapping[str, Any],
        now_ms: int,
        past: dict[str, Account] | None = None,
    ) -> tuple[dict[str, Any], Sequence[Push]]:
        """Answer a REST request; while frames of a category are missing its orders are refused with 10016."""
        if method == "POST" and path in HALTED_PATHS:
            category = params.get("category")
            missing = [each.symbol for each in self._frame_markets if not each.live and each.category == category]
            if missing:
                return self._envelope(HALTED_CODE, HALTED_TEXT.format(", ".join(missing)), {}), ()
        return super().request(account, method, path, params, now_ms, past)

    def move_price(self, market_id: str, price: Decimal) -> Sequence[Push]:
        """Not possible: the price is where the frames say. Raises SimulatorError."""
        raise SimulatorError(f"{market_id}: the price of a market made of frames cannot be moved to {price}")

    def _market_of(self, sent: Sent) -> FrameMarket | None:
        name = sent.frame.parts.name
        if sent.category is not None:
            return self._by_id.get(market_id(sent.category, name))
        return next((each for each in self._frame_markets if each.symbol == name), None)

    def _apply(self, market: FrameMarket, frame: Frame) -> None:
        kind = frame.parts.kind
        if kind == BOOK:
            self._apply_book(market, frame)
        elif kind == TICKERS:
            ticker = self._frame_topics.ticker(market)
            ticker.apply(frame)
            market.note_ticker(ticker.fields)
        elif kind == KLINE and frame.parts.detail == BASE_INTERVAL:
            for row in frame.data:
                market.note_kline(row)
        elif kind == TRADES:
            for row in frame.data:
                market.settle()
                market.note_trade(row)
                self._react(market)

    def _apply_book(self, market: FrameMarket, frame: Frame) -> None:
        applied = self._frame_topics.book(market, frame.topic).apply(frame)
        if frame.topic != self.feed.book_topic(market.id) or applied is Applied.STALE:
            return
        if applied is Applied.GAP:
            market.live = False
            market.book.clear()
            return
        market.book.apply(frame.data, is_snapshot=frame.is_snapshot)
        market.live = True
        market.note_book()

    def _react(self, market: FrameMarket) -> None:
        """Fill and trigger what the prices of now have reached."""
        if market.live and (market.trailed or (market.watched and market.is_reached())):
            self._state.desk.touched(market)
            self._watch_anew()

    def _pass_to(self, at_ms: int) -> Sequence[Push]:
        """Let the minutes end and the funding fall due that lie before a moment or at it."""
        pushes: list[Push] = []
        while True:
            due_ms = min([self._minute_end_ms, *(each.funding_due_ms for each in self._contracts)])
            if due_ms > at_ms:
                return pushes
            self._clock.now_ms, self._clock.opened = max(self._clock.now_ms, due_ms), False
            if due_ms == self._minute_end_ms:
                pushes += self._end_minute(at_ms)
            self._charge_funding(due_ms)
            pushes += self._told()

    def _end_minute(self, at_ms: int) -> list[Push]:
        """Close a candle of every market. A hole of more than a day is left as it is."""
        next_ms = self._minute_end_ms
        if at_ms - next_ms > DAY_MS:
            next_ms = at_ms - at_ms % MINUTE_MS
        self._minute_end_ms = next_ms + MINUTE_MS
        pushes: list[Push] = []
        for market in self._frame_markets:
            pushes += self._frame_topics.klines[market.id].close_bar()
            market.close_minute(next_ms)
            if market.held and market.live:
                self._state.desk.look_after(market)
        self._watch_anew()
        return pushes

    def _charge_funding(self, due_ms: int) -> None:
        for market in self._contracts:
            if market.funding_due_ms > due_ms:
                continue
            if market.held:
                self._state.desk.fund(market, market.funding_rate)
            market.funding_charged()
        self._watch_anew()

    def _watch_anew(self) -> None:
        """Every frame is compared with the levels as they are."""
        self._state.desk.take_rewatched()
