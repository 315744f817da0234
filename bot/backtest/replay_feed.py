"""The market of a replay: in place of the sockets, the subscriptions at the exchange in the same process."""

from collections.abc import Callable, Sequence
from typing import assert_never

from bot.core.contract import NOTHING
from bot.domain.errors import UserError
from bot.domain.messages import ActorReplaced, Message, Started, Stream, StreamJoined, StreamSuspected, SymbolsChanged
from bot.domain.values import Symbol, TimeMs
from bot.simulator.exchange import Exchange


class ReplayFeed:
    """Subscribes to what symbols need, as the feed actor of the live bot does."""

    def __init__(self, exchange: Exchange, topics_of: Callable[[Symbol], Sequence[str]]) -> None:
        self._exchange = exchange
        self._topics_of = topics_of
        self.is_up = False
        """Whether the streams have been announced: who joins later is told by StreamJoined."""

    def subscribe(self, symbol: Symbol) -> None:
        """Have the topics of a symbol pushed. UserError if the market has none of these."""
        for topic in self._topics_of(symbol):
            if not self._exchange.subscribe(topic):
                raise UserError(f"the feed has no {topic}")

    def handle(
        self, message: SymbolsChanged | StreamSuspected | ActorReplaced | Started, now_ms: TimeMs
    ) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case SymbolsChanged():
                return self._on_symbols(message, now_ms)
            case StreamSuspected() | ActorReplaced() | Started():
                return NOTHING
            case _:
                assert_never(message)

    def _on_symbols(self, changed: SymbolsChanged, now_ms: TimeMs) -> Sequence[Message]:
        for symbol in changed.removed:
            for topic in self._topics_of(symbol):
                self._exchange.unsubscribe(topic)
        for symbol in changed.added:
            self.subscribe(symbol)
        if not self.is_up:
            return NOTHING
        return [StreamJoined(symbol, stream, now_ms) for stream in Stream for symbol in sorted(changed.added)]
