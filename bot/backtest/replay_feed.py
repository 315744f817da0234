"""The market of a replay: in place of the sockets, the subscriptions at the exchange in the same process."""

from collections.abc import Callable, Sequence
from typing import assert_never

from bot.backtest.exchange_session import messages_of
from bot.core.contract import NOTHING
from bot.domain.contract import Category
from bot.domain.errors import UserError
from bot.domain.messages import (
    ActorReplaced,
    Message,
    ResubscribeWanted,
    Started,
    Stream,
    StreamJoined,
    StreamSuspected,
    SymbolsChanged,
)
from bot.domain.values import Symbol, TimeMs
from bot.simulator.exchange import Exchange

type Accepted = SymbolsChanged | ResubscribeWanted | StreamSuspected | ActorReplaced | Started


class ReplayFeed:
    """Subscribes to what symbols need, as the feed actor of the live bot does."""

    def __init__(
        self, exchange: Exchange, topics_of: Callable[[Symbol], Sequence[str]], category: Category = "linear"
    ) -> None:
        self._exchange = exchange
        self._category = category
        self._topics_of = topics_of
        self.is_up = False
        """Whether the streams have been announced: who joins later is told by StreamJoined."""

    def subscribe(self, symbol: Symbol, now_ms: TimeMs) -> Sequence[Message]:
        """Have the topics of a symbol pushed; returns what they begin with. UserError if the market lacks one."""
        return [message for topic in self._topics_of(symbol) for message in self._begin(topic, now_ms)]

    def _begin(self, topic: str, now_ms: TimeMs) -> Sequence[Message]:
        if not self._exchange.subscribe(topic, self._category):
            raise UserError(f"the feed has no {topic}")
        first = self._exchange.snapshot(topic, self._category)
        return NOTHING if first is None else messages_of(first, now_ms, self._category)

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case SymbolsChanged():
                return self._on_symbols(message, now_ms)
            case ResubscribeWanted():
                self._exchange.unsubscribe(message.topic, self._category)
                return self._begin(message.topic, now_ms)
            case StreamSuspected() | ActorReplaced() | Started():
                return NOTHING
            case _:
                assert_never(message)

    def _on_symbols(self, changed: SymbolsChanged, now_ms: TimeMs) -> Sequence[Message]:
        for symbol in changed.removed:
            for topic in self._topics_of(symbol):
                self._exchange.unsubscribe(topic, self._category)
        first = [message for symbol in changed.added for message in self.subscribe(symbol, now_ms)]
        if not self.is_up:
            return first
        return first + [StreamJoined(symbol, stream, now_ms) for stream in Stream for symbol in sorted(changed.added)]
