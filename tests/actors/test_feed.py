"""Who was replaced hears of the streams again, and nobody else does, and not fifty times."""

from collections.abc import Mapping, Sequence

import pytest

from actors.feed import ANNOUNCE_AFTER_MS, FeedCore
from bot.core.clock import ClockCore
from bot.domain.address import PER_SYMBOL_ROLES, Role, address_of
from bot.domain.messages import (
    ActorReplaced,
    AlarmDue,
    Message,
    ResubscribeWanted,
    Started,
    Stream,
    StreamSuspected,
    SymbolsChanged,
    TimePassed,
    WakeAt,
)
from bot.domain.values import Address, Symbol, TimeMs
from tests.core.samples import BTC, ETH, NOW

FEED = address_of(Role.FEED)
DUE = TimeMs(NOW + ANNOUNCE_AFTER_MS)


class Keeper:
    """Notes what it is asked to do."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def start(self) -> None:
        self.done.append("start")

    def replace(self, reason: str) -> None:
        self.done.append(f"replace: {reason}")

    def announce(self) -> None:
        self.done.append("announce")

    def renew(self, topic: str) -> None:
        self.done.append(f"renew {topic}")

    def follow(self, added: Mapping[Symbol, Sequence[str]], removed: Mapping[Symbol, Sequence[str]]) -> None:
        self.done.append(f"follow {dict(added)}, not {dict(removed)}")


class Feed:
    """The core between two keepers and a clock."""

    def __init__(self) -> None:
        self.keepers = {stream: Keeper() for stream in Stream}
        self.core = FeedCore(self.keepers, lambda symbol: (f"kline.1.{symbol}",))
        self.clock = ClockCore()

    def hear(
        self,
        message: ActorReplaced | StreamSuspected | ResubscribeWanted | SymbolsChanged | Started,
        at_ms: TimeMs = NOW,
    ) -> None:
        for wanted in self.core.handle(message, at_ms):
            assert isinstance(wanted, WakeAt)
            assert wanted.to == FEED
            assert not self.clock.handle(wanted, at_ms)

    def wait(self, until_ms: TimeMs) -> None:
        for woken in self.clock.handle(AlarmDue(), until_ms):
            assert isinstance(woken, TimePassed)
            left: list[Message] = list(self.core.handle(woken, until_ms))
            assert not left

    def announced(self) -> set[Stream]:
        return {stream for stream, keeper in self.keepers.items() if "announce" in keeper.done}


def member_of(role: Role) -> Address:
    member = BTC if role in PER_SYMBOL_ROLES else 0 if role is Role.EXCHANGE_WORKER else None
    return address_of(role, member)


@pytest.mark.parametrize(
    ("role", "streams"),
    [
        (Role.MARKET_DATA, {Stream.PUBLIC}),
        (Role.ANALYZER, {Stream.PUBLIC}),
        (Role.POSITION_MANAGER, {Stream.PRIVATE}),
        (Role.ACCOUNT, {Stream.PRIVATE}),
        (Role.EXCHANGE_WORKER, set(Stream)),
        (Role.RATE_LIMITER, set(Stream)),
        (Role.CLOCK, set(Stream)),
        (Role.DATABASE, set()),
        (Role.ALERTING, set()),
        (Role.DASHBOARD, set()),
        (Role.FEED, set()),
    ],
)
def test_only_what_the_new_actor_needs_is_announced(role: Role, streams: set[Stream]) -> None:
    feed = Feed()
    feed.hear(ActorReplaced(member_of(role), NOW))
    assert feed.announced() == set()
    feed.wait(DUE)
    assert feed.announced() == streams


def test_a_database_with_fifty_position_managers_is_one_announcement() -> None:
    feed = Feed()
    feed.hear(ActorReplaced(address_of(Role.DATABASE), NOW))
    for number in range(50):
        feed.hear(ActorReplaced(address_of(Role.POSITION_MANAGER, Symbol(f"S{number}USDT")), NOW), TimeMs(NOW + number))
    feed.wait(TimeMs(DUE + 50))
    assert feed.keepers[Stream.PRIVATE].done == ["announce"]
    assert feed.keepers[Stream.PUBLIC].done == []


def test_a_clock_that_forgot_the_alarm_is_asked_again() -> None:
    feed = Feed()
    feed.hear(ActorReplaced(address_of(Role.ACCOUNT), NOW))
    feed.clock = ClockCore()
    feed.hear(ActorReplaced(address_of(Role.CLOCK), NOW))
    feed.wait(DUE)
    assert [keeper.done for keeper in feed.keepers.values()] == [["announce"], ["announce"]]


def test_the_keepers_start_and_take_a_new_connection_when_somebody_suspects_theirs() -> None:
    feed = Feed()
    feed.hear(Started(FEED, NOW))
    feed.hear(StreamSuspected(Stream.PRIVATE, "an execution was missing"))
    assert feed.keepers[Stream.PUBLIC].done == ["start"]
    assert feed.keepers[Stream.PRIVATE].done == ["start", "replace: an execution was missing"]


def test_both_streams_follow_the_symbols_and_only_the_public_one_has_topics_of_them() -> None:
    feed = Feed()
    feed.hear(SymbolsChanged(NOW, (ETH,), (BTC,)))
    assert feed.keepers[Stream.PUBLIC].done == [
        "follow {'ETHUSDT': ('kline.1.ETHUSDT',)}, not {'BTCUSDT': ('kline.1.BTCUSDT',)}"
    ]
    assert feed.keepers[Stream.PRIVATE].done == ["follow {'ETHUSDT': ()}, not {'BTCUSDT': ()}"]


def test_a_book_that_can_not_be_used_is_subscribed_anew() -> None:
    feed = Feed()
    feed.hear(ResubscribeWanted(BTC, "orderbook.50.BTCUSDT"))
    assert feed.keepers[Stream.PUBLIC].done == ["renew orderbook.50.BTCUSDT"]
    assert feed.keepers[Stream.PRIVATE].done == []
