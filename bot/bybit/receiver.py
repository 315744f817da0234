"""From a frame to the actors, on the thread of the connection: the bot's hottest path."""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.bybit.parse import parse_frame
from bot.bybit.parse.quick import KLINE, candles_of
from bot.domain.contract import Category
from bot.domain.messages import BookFrame, FrameUnreadable, Message, Stream
from bot.domain.values import Symbol, TimeMs

log = logging.getLogger(__name__)

_BOOK = re.compile(r'\{"topic":"(orderbook\.[0-9]+\.([^".]+))",(?:"type":"[a-z]+",)?"ts":([0-9]{1,18}),')


@dataclass(frozen=True, slots=True)
class StreamOwner:
    """Whom the streams work for. All three are called from several threads and must not block.

    ``deliver`` takes a message to whoever it concerns; ``on_event_time`` hears the exchange's time of every frame
    before its messages are delivered; ``now`` is the exchange's time as the bot knows it.
    """

    deliver: Callable[[Message], None]
    on_event_time: Callable[[TimeMs], None]
    now: Callable[[], TimeMs]


class FrameReceiver:
    """Takes the data frames of one connection, and remembers what it heard and when."""

    def __init__(
        self,
        stream: Stream,
        symbols: Collection[Symbol],
        owner: StreamOwner,
        monotonic: Callable[[], float],
        category: Category = "linear",
    ) -> None:
        self._stream = stream
        self._category = category
        self.symbols = frozenset(symbols)
        """Whose news is delivered; whoever changes it puts another set in its place."""
        self._owner = owner
        self._monotonic = monotonic
        self._is_closed = False
        self.frames = 0
        """Data frames whose messages are all delivered."""
        self.heard_s: dict[str, float] = {}
        """When each topic last spoke, by the monotonic clock."""

    def takes_text(self, text: str) -> bool:
        """Deliver what an order book or kline frame says, read from its text; False for anything else.

        Also False for such a frame if it looks in any way unusual: ``on_data`` then deals with it. Never raises.
        """
        if text.startswith(KLINE):
            return self._takes_candles(text)
        found = _BOOK.match(text)
        if found is None:
            return False
        if self._is_closed:
            return True
        topic, symbol, event_ms = found.groups()
        owner = self._owner
        try:
            self.heard_s[topic] = self._monotonic()
            owner.on_event_time(TimeMs(int(event_ms)))
            if symbol in self.symbols:
                owner.deliver(BookFrame(Symbol(symbol), text.encode()))
        except Exception as error:  # noqa: BLE001 - it would end the connection
            self.on_garbage(f"{type(error).__name__}: {error} in {text!r:.200}")
        self.frames += 1
        return True

    def _takes_candles(self, text: str) -> bool:
        read = candles_of(text)
        if read is None:
            return False
        if self._is_closed:
            return True
        topic, event_ms, candles = read
        owner = self._owner
        try:
            self.heard_s[topic] = self._monotonic()
            owner.on_event_time(event_ms)
            for candle in candles:
                if candle.symbol in self.symbols:
                    owner.deliver(candle)
        except Exception as error:  # noqa: BLE001 - it would end the connection
            self.on_garbage(f"{type(error).__name__}: {error} in {text!r:.200}")
        self.frames += 1
        return True

    def on_data(self, frame: Mapping[str, Any]) -> None:
        """Deliver what a frame says about the bot's symbols. Never raises: that would end the connection."""
        if self._is_closed:
            return
        owner = self._owner
        try:
            self.heard_s[frame["topic"]] = self._monotonic()
            event_ms = frame.get("ts") or frame.get("creationTime")
            if type(event_ms) is int:
                owner.on_event_time(TimeMs(event_ms))
            for message in parse_frame(self._stream, frame, owner.now(), self._category):
                symbol = getattr(message, "symbol", None)
                if symbol is None or symbol in self.symbols:
                    owner.deliver(message)
        except Exception as error:  # noqa: BLE001 - see above
            self.on_garbage(f"{type(error).__name__}: {error} in {frame!r:.200}")
        self.frames += 1

    def on_garbage(self, reason: str) -> None:
        """Report text that is no frame. Never raises."""
        try:
            self._owner.deliver(FrameUnreadable(self._stream, self._owner.now(), reason))
        except Exception:
            log.exception("an unreadable frame could not be reported: %s", reason)

    def close(self) -> None:
        """Let nothing through any more: the connection has been given up."""
        self._is_closed = True
