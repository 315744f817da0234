"""The feed actor: the public and the private socket."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

from actors.shell import Shell, Surroundings
from actors.venue import Venue
from bot.bybit.keeper import PRIVATE_TOPICS, KeeperSettings, StreamKeeper, public_topics
from bot.bybit.receiver import StreamOwner
from bot.config.models import Config
from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import ActorReplaced, Message, Started, Stream, StreamSuspected
from bot.domain.values import TimeMs

KLINE_SILENCE_S = 75.0
"""Klines come at least once a minute (Bybit V5 docs, WebSocket, Public, Kline)."""

type MakeKeepers = Callable[[], Mapping[Stream, StreamKeeper]]


class _FeedCore:
    """Passes on what others know of the streams to their keepers."""

    def __init__(self, keepers: Mapping[Stream, StreamKeeper]) -> None:
        self.keepers = keepers

    def handle(self, message: StreamSuspected | ActorReplaced | Started, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        """See Core.handle."""
        match message:
            case StreamSuspected():
                self.keepers[message.stream].replace(message.reason)
            case ActorReplaced():
                for keeper in self.keepers.values():
                    keeper.announce()
            case Started():
                for keeper in self.keepers.values():
                    keeper.start()
            case _:
                assert_never(message)
        return NOTHING


class FeedActor(Shell):
    """Owns the two keepers; their threads deliver straight to the post, so that no frame waits for this actor."""

    def __init__(self, make_keepers: MakeKeepers, around: Surroundings) -> None:
        super().__init__(address_of(Role.FEED), self._make, around)
        self._make_keepers = make_keepers
        self._keepers: Mapping[Stream, StreamKeeper] = {}

    def _make(self) -> Any:  # noqa: ANN401 - the core is private to this file
        self._keepers = self._make_keepers()
        return _FeedCore(self._keepers)

    def release(self) -> None:
        """Close the sockets."""
        for keeper in self._keepers.values():
            keeper.stop()


def make_keepers(config: Config, venue: Venue, owner: StreamOwner) -> Mapping[Stream, StreamKeeper]:
    """The keepers of the public and the private stream; they connect once started.

    In lockstep nobody watches for silence: the market stands still whenever the bot is busy.
    """
    in_lockstep = venue.control is not None
    tickers_s = config.feed.silent_after_ms / 1000
    silence_s = {} if in_lockstep else {"tickers": tickers_s, "kline": max(KLINE_SILENCE_S, tickers_s)}
    topics = {
        Stream.PUBLIC: public_topics({symbol: config.for_symbol(symbol).interval for symbol in config.symbol_names}),
        Stream.PRIVATE: PRIVATE_TOPICS,
    }
    settings = {Stream.PUBLIC: KeeperSettings(silence_s=silence_s), Stream.PRIVATE: KeeperSettings()}
    return {
        stream: StreamKeeper(
            stream, venue.endpoints, venue.credentials, topics[stream], config.symbol_names, owner, settings[stream]
        )
        for stream in Stream
    }
