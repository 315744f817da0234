"""The feed actor: the public and the private socket."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, assert_never

from actors.shell import Shell, Surroundings
from actors.venue import Venue
from bot.bybit.keeper import StreamKeeper
from bot.bybit.keeper_settings import KeeperSettings
from bot.bybit.receiver import StreamOwner
from bot.bybit.topics import PRIVATE_TOPICS
from bot.config.models import Config
from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    ActorReplaced,
    Message,
    ResubscribeWanted,
    Started,
    Stream,
    StreamSuspected,
    SymbolsChanged,
    TimePassed,
    WakeAt,
)
from bot.domain.values import Symbol, TimeMs

KLINE_SILENCE_S = 75.0
"""Klines come at least once a minute (Bybit V5 docs, WebSocket, Public, Kline)."""
BOOK_SILENCE_S = 30.0
"""A book is pushed when it changes, and one that trades changes all the time."""
ANNOUNCE_AFTER_MS = 100
"""Actors that are replaced together (all position managers, after the database) hear of the stream together."""
KEEPER_STOP_S = 2.0

_BOTH = frozenset(Stream)
NEEDED_BY: Mapping[Role, frozenset[Stream]] = {
    Role.MARKET_DATA: frozenset({Stream.PUBLIC}),
    Role.ANALYZER: frozenset({Stream.PUBLIC}),
    Role.POSITION_MANAGER: frozenset({Stream.PRIVATE}),
    Role.ACCOUNT: frozenset({Stream.PRIVATE}),
    Role.EXCHANGE_WORKER: _BOTH,
    Role.RATE_LIMITER: _BOTH,
    Role.CLOCK: _BOTH,
}
"""What must be announced again when an actor of a role was replaced.

A new actor begins with the announcement (an analyzer with the history that market data reads upon it). With a worker or
the rate limiter went questions of others, with the clock their alarms: upon the announcement they all ask again.
"""


class Keeper(Protocol):
    """What the core needs of a StreamKeeper."""

    def start(self) -> None:
        """Begin."""
        ...

    def replace(self, reason: str) -> None:
        """Take a new connection."""
        ...

    def announce(self) -> None:
        """Say again that the stream is up, if it is."""
        ...

    def renew(self, topic: str) -> None:
        """Leave a topic and subscribe to it anew."""
        ...

    def follow(self, added: Mapping[Symbol, Sequence[str]], removed: Mapping[Symbol, Sequence[str]]) -> None:
        """Carry the news of other symbols too, and of some no longer."""
        ...


type Accepted = StreamSuspected | ResubscribeWanted | SymbolsChanged | ActorReplaced | TimePassed | Started


class FeedCore:
    """Passes on what others know of the streams to their keepers."""

    def __init__(self, keepers: Mapping[Stream, Keeper], topics_of: Callable[[Symbol], Sequence[str]]) -> None:
        """``topics_of``: what the public stream has to carry for a symbol."""
        self._keepers = keepers
        self._topics_of = topics_of
        self._due: set[Stream] = set()

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle. Waits until the exchange has agreed to carry other symbols."""
        match message:
            case StreamSuspected():
                self._keepers[message.stream].replace(message.reason)
            case ResubscribeWanted():
                self._keepers[Stream.PUBLIC].renew(message.topic)
            case SymbolsChanged():
                self._on_symbols(message)
            case ActorReplaced():
                return self._on_replacement(message, now_ms)
            case TimePassed():
                due, self._due = self._due, set()
                for stream in due:
                    self._keepers[stream].announce()
            case Started():
                for keeper in self._keepers.values():
                    keeper.start()
            case _:
                assert_never(message)
        return NOTHING

    def _on_symbols(self, changed: SymbolsChanged) -> None:
        for stream, keeper in self._keepers.items():
            added, removed = (
                {symbol: self._topics_of(symbol) if stream is Stream.PUBLIC else () for symbol in symbols}
                for symbols in (changed.added, changed.removed)
            )
            keeper.follow(added, removed)

    def _on_replacement(self, replaced: ActorReplaced, now_ms: TimeMs) -> Sequence[Message]:
        needed = NEEDED_BY.get(Role(replaced.address.partition("/")[0]), frozenset())
        if not needed:
            return NOTHING
        # Asked for anew each time: if it was the clock that was replaced, it has forgotten the last alarm.
        self._due |= needed
        return (WakeAt(address_of(Role.FEED), TimeMs(now_ms + ANNOUNCE_AFTER_MS)),)


class FeedActor(Shell):
    """Owns the two keepers; their threads deliver straight to the post, so that no frame waits for this actor."""

    def __init__(
        self,
        make_keepers: Callable[[], Mapping[Stream, StreamKeeper]],
        topics_of: Callable[[Symbol], Sequence[str]],
        around: Surroundings,
    ) -> None:
        super().__init__(address_of(Role.FEED), self._make, around)
        self._make_keepers = make_keepers
        self._topics_of = topics_of
        self._keepers: Mapping[Stream, StreamKeeper] = {}

    def _make(self) -> FeedCore:
        self._keepers = self._make_keepers()
        return FeedCore(self._keepers, self._topics_of)

    def release(self) -> None:
        """Close the sockets, both at a time: each may resist."""
        keepers = self._keepers.values()
        for keeper in keepers:
            keeper.begin_stop()
        for keeper in keepers:
            keeper.stop(KEEPER_STOP_S)


def make_keepers(
    config: Config, venue: Venue, public_topics: Mapping[Symbol, Sequence[str]], owner: StreamOwner
) -> Mapping[Stream, StreamKeeper]:
    """The keepers of the public and the private stream; they connect once started.

    ``public_topics`` are those of each symbol; all of a symbol go into one request.

    In lockstep nobody watches for silence: the market stands still whenever the bot is busy.
    """
    in_lockstep = venue.control is not None
    tickers_s = config.feed.silent_after_ms / 1000
    silence_s = {
        "tickers": tickers_s,
        "kline": max(KLINE_SILENCE_S, tickers_s),
        "orderbook": max(BOOK_SILENCE_S, tickers_s),
    }
    topics = {
        Stream.PUBLIC: list(public_topics.values()),
        Stream.PRIVATE: PRIVATE_TOPICS,
    }
    settings = {
        Stream.PUBLIC: KeeperSettings(silence_s={} if in_lockstep else silence_s),
        Stream.PRIVATE: KeeperSettings(),
    }
    return {
        stream: StreamKeeper(
            stream, venue.endpoints, venue.credentials, topics[stream], public_topics.keys(), owner, settings[stream]
        )
        for stream in Stream
    }
