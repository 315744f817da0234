"""The public topics of a market made of frames: recorded ones as they came, others made from what they tell."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from bot.simulator.frames.feed import FrameFeed
from bot.simulator.frames.frame import BOOK, TICKERS, TRADES, Frame, FramePush, split_topic
from bot.simulator.frames.frame_market import FrameMarket
from bot.simulator.frames.merged import Lines, MergedBook, MergedTicker
from bot.simulator.instruments import market_id
from bot.simulator.market.book import Book, Side
from bot.simulator.market.public_topics import LivingTopic, PublicTopics
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import FramePush as MadePush
from bot.simulator.push import Push

LOOK_MS: Final = 1000
"""Forming candles and the like are told that often; a book that is made from a deeper one whenever that changes."""
DERIVED_DEPTHS: Final = (1, 50, 200, 1000)
_encode = msgspec.json.Encoder().encode


class FrameTopics(PublicTopics):
    """Reference-counted interest in topics.

    A topic of which frames come is passed on as it is. Of the others these are made: candles, tickers, price limits,
    liquidations of accounts, the insurance fund, and a book that is shallower than the one that comes. Trades that
    nobody recorded are not made up: there is no such topic then, nor a deeper book.
    """

    def __init__(
        self,
        feed: FrameFeed,
        markets: Mapping[str, FrameMarket],
        books: Mapping[str, Book],
        funds: Mapping[str, Decimal],
    ) -> None:
        super().__init__(markets, books, funds)
        self._feed = feed
        self._frame_markets = markets
        self._wanted: Counter[tuple[str, str]] = Counter()
        self._merged_books: dict[tuple[str, str], MergedBook] = {}
        self._merged_tickers: dict[str, MergedTicker] = {}
        self._looked_ms: dict[str, int] = {}

    def subscribe(self, topic: str, category: str) -> bool:
        if self._comes(topic, category):
            self._wanted[category, topic] += 1
            self._feed.want(market_id(category, split_topic(topic).name), topic)
            return True
        return super().subscribe(topic, category)

    def unsubscribe(self, topic: str, category: str) -> None:
        if self._wanted[category, topic]:
            self._wanted[category, topic] -= 1
        else:
            super().unsubscribe(topic, category)

    def snapshot(self, topic: str, category: str) -> Push | None:
        if not self._comes(topic, category):
            return super().snapshot(topic, category)
        kind, detail, name = split_topic(topic)
        market = self._frame_markets[market_id(category, name)]
        if kind == BOOK:
            book = self.book(market, topic)
            frame: dict[str, Any] | None = book.frame(topic, name, int(detail)) if book.known else None
        elif kind == TICKERS:
            frame = self.ticker(market).frame(topic, market.clock.now_ms)
        else:
            return None
        return None if frame is None else FramePush(topic, category, _encode(frame))

    def book(self, market: FrameMarket, topic: str) -> MergedBook:
        """What the frames of a book topic add up to."""
        key = (market.id, topic)
        merged = self._merged_books.get(key)
        if merged is None:
            merged = self._merged_books[key] = MergedBook()
        return merged

    def ticker(self, market: FrameMarket) -> MergedTicker:
        """What the frames of a ticker add up to."""
        return self._merged_tickers.setdefault(market.id, MergedTicker())

    def forget(self, market: FrameMarket) -> None:
        """Frames have been missed: books begin anew with their next snapshots."""
        for (owner, _), merged in self._merged_books.items():
            if owner == market.id:
                merged.forget()

    def pass_on(self, frame: Frame, category: str) -> Sequence[Push]:
        """The frame itself, if anybody wants it."""
        return (FramePush(frame.topic, category, frame.text),) if self._wanted[category, frame.topic] else ()

    def tell(self, market: FrameMarket, frame: Frame) -> Sequence[Push]:
        """What is made for subscribers when a frame has come."""
        living, now_ms = self._living[market.id], market.clock.now_ms
        pushes: list[Push] = []
        if living and frame.parts.kind == BOOK:
            for each in living.values():
                if isinstance(each, ShallowBook):
                    pushes += each.update()
        if now_ms - self._looked_ms.get(market.id, 0) >= LOOK_MS:
            self._looked_ms[market.id] = now_ms
            pushes += self.look(market)
        return pushes

    def _comes(self, topic: str, category: str) -> bool:
        market = self._frame_markets.get(market_id(category, split_topic(topic).name))
        return market is not None and market.category == category and self._feed.has_topic(market.id, topic)

    def _begin(self, market: SymbolMarket, topic: str) -> LivingTopic | None:
        kind, detail, _ = split_topic(topic)
        if kind == TRADES:
            return None
        if kind != BOOK:
            return super()._begin(market, topic)
        source = self._feed.book_topic(market.id)
        deepest = split_topic(source).detail
        if not source or detail not in map(str, DERIVED_DEPTHS) or int(detail) > int(deepest):
            return None
        return ShallowBook(market, self.book(self._frame_markets[market.id], source), int(detail))


class ShallowBook:
    """A book of fewer levels than the recorded one, with a count of its own."""

    def __init__(self, market: SymbolMarket, source: MergedBook, depth: int) -> None:
        self._market = market
        self._source = source
        self._depth = depth
        self._topic = f"{BOOK}.{depth}.{market.symbol}"
        self._update_id = 1
        self._told: dict[Side, dict[str, str]] = self._now()

    def close(self) -> None:
        """Nobody subscribes any more."""

    def snapshot(self) -> MadePush | None:
        """The book that subscribers have got so far: updates continue from it."""
        return self._push("snapshot", _lines) if any(self._told.values()) else None

    def update(self) -> Sequence[MadePush]:
        """What has changed since the last push, if anything; one level is told whole."""
        if not self._source.known:
            return ()
        before, now = self._told, self._now()
        if now == before:
            return ()
        first = not any(before.values())
        self._told = now
        self._update_id += not first
        if first or self._depth == 1:
            return (self._push("snapshot", _lines),)
        return (self._push("delta", lambda side, levels: _changes(before[side], levels)),)

    def _now(self) -> dict[Side, dict[str, str]]:
        sides: tuple[Side, Side] = ("Buy", "Sell")
        return {side: {line[0]: line[1] for line in self._source.lines(side, self._depth)} for side in sides}

    def _push(self, kind: str, lines: Callable[[Side, dict[str, str]], Lines]) -> MadePush:
        source = self._source
        data = {
            "s": self._market.symbol,
            "b": lines("Buy", self._told["Buy"]),
            "a": lines("Sell", self._told["Sell"]),
            "u": self._update_id,
            "seq": source.seq,
        }
        frame = {"topic": self._topic, "type": kind, "ts": source.at_ms, "data": data, "cts": source.cts_ms}
        return MadePush(self._topic, None, frame, self._market.category)


def _lines(_side: Side, levels: dict[str, str]) -> Lines:
    return [[price, size] for price, size in levels.items()]


def _changes(before: dict[str, str], now: dict[str, str]) -> Lines:
    gone = [[price, "0"] for price in before if price not in now]
    return gone + [[price, size] for price, size in now.items() if before.get(price) != size]
