"""Actors that share a thread behave as those with one of their own."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pykka
import pytest

from actors.lane import Lane, LaneShell, MarketLanes
from actors.post import Post
from actors.shell import Surroundings
from actors.work import WorkCount
from bot.domain.address import Role, address_of
from bot.domain.messages import ActorFailed, BarClosed, Message
from bot.domain.routes import Switchboard
from bot.domain.values import Address, Symbol, TimeMs
from tests.core.samples import BTC, ETH, NOW, bar

SYMBOLS = (BTC, ETH)
WITHIN_S = 10.0


class Fixed:
    """A clock that stands."""

    def now_ms(self) -> TimeMs:
        return NOW


class Recorder:
    """Notes what it gets, in which thread; fails at a negative bar."""

    def __init__(self, seen: list[tuple[str, int, int]], name: str) -> None:
        self._seen = seen
        self._name = name

    def handle(self, message: BarClosed, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        if message.candle.close < 0:
            raise ValueError("poison")
        self._seen.append((self._name, int(message.candle.close), threading.get_ident()))
        return ()


class Supervisor(pykka.ThreadingActor):
    """Notes who failed."""

    def __init__(self, failed: list[Address], work: WorkCount) -> None:
        super().__init__()
        self._failed = failed
        self._work = work

    def on_receive(self, message: ActorFailed) -> None:
        self._failed.append(message.address)
        self._work.end()


class Bot:
    """Two analyzers in one lane."""

    def __init__(self) -> None:
        self.work = WorkCount()
        self.post = Post(Switchboard(SYMBOLS), self.work)
        self.around = Surroundings(self.post, Fixed(), self.work)
        self.seen: list[tuple[str, int, int]] = []
        self.failed: list[Address] = []
        self.lane = Lane("a lane")
        self.supervisor = Supervisor.start(self.failed, self.work)
        self.post.enlist(address_of(Role.SUPERVISOR), self.supervisor)
        self.refs = {symbol: self.begin(symbol) for symbol in SYMBOLS}

    def begin(self, symbol: Symbol) -> pykka.ActorRef[Any]:
        address = address_of(Role.ANALYZER, symbol)
        ref = LaneShell.start(address, lambda: Recorder(self.seen, symbol), self.around, self.lane)
        self.post.enlist(address, ref)
        return ref

    def tell(self, symbol: Symbol, number: int) -> None:
        self.post.send(BarClosed(symbol, bar(0, float(number)), NOW))


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = Bot()
    yield made
    pykka.ActorRegistry.stop_all(timeout=WITHIN_S)


def told(bot: Bot) -> list[tuple[str, int]]:
    return [(name, number) for name, number, _ in bot.seen]


def test_all_of_a_lane_run_in_one_thread_in_the_order_of_their_mail(bot: Bot) -> None:
    sent = [(SYMBOLS[number % 2], number) for number in range(100)]
    for symbol, number in sent:
        bot.tell(symbol, number)
    assert bot.work.wait_idle(WITHIN_S)
    assert told(bot) == sent
    (thread,) = {ident for _, _, ident in bot.seen}
    assert thread != threading.get_ident()


def test_one_that_fails_leaves_the_others_alone_and_its_mail_is_counted_as_lost(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.tell(BTC, -1)
    for number in range(10):
        bot.tell(BTC, number)
        bot.tell(ETH, number)
    bot.refs[BTC].actor_stopped.wait(WITHIN_S)
    assert bot.work.wait_idle(WITHIN_S)
    assert [number for name, number in told(bot) if name == ETH] == list(range(10))
    assert not [number for name, number in told(bot) if name == BTC]
    assert bot.failed == [address_of(Role.ANALYZER, BTC)]
    assert not bot.refs[BTC].is_alive()
    assert "poison" in caplog.text


def test_a_replacement_takes_its_turns_in_the_same_lane(bot: Bot) -> None:
    bot.refs[BTC].stop(timeout=WITHIN_S)
    bot.refs[BTC] = bot.begin(BTC)
    bot.tell(BTC, 7)
    bot.tell(ETH, 8)
    assert bot.work.wait_idle(WITHIN_S)
    assert told(bot) == [(BTC, 7), (ETH, 8)]
    assert len({ident for _, _, ident in bot.seen}) == 1


def test_a_stop_comes_after_the_mail_that_was_there(bot: Bot) -> None:
    for number in range(50):
        bot.tell(BTC, number)
    bot.refs[BTC].stop(timeout=WITHIN_S)
    assert told(bot) == [(BTC, number) for number in range(50)]
    with pytest.raises(pykka.ActorDeadError):
        bot.refs[BTC].tell("too late")


def test_a_core_that_can_not_be_made_is_told(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Recorder:
        raise RuntimeError("no core")

    address = address_of(Role.MARKET_DATA, BTC)
    ref = LaneShell.start(address, broken, bot.around, bot.lane)
    ref.actor_stopped.wait(WITHIN_S)
    bot.tell(BTC, 1)  # one lane: when this is done, so is the other
    assert bot.work.wait_idle(WITHIN_S)
    assert bot.failed == [address]
    assert "no core" in caplog.text


def test_one_that_is_ended_in_the_middle_of_a_message_takes_no_other_and_its_mail_is_lost(bot: Bot) -> None:
    begun, may_end = threading.Event(), threading.Event()

    class Slow:
        def handle(self, message: Message, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
            begun.set()
            may_end.wait(WITHIN_S)
            return ()

    bot.refs[BTC].stop(timeout=WITHIN_S)
    ref = LaneShell.start(address_of(Role.ANALYZER, BTC), Slow, bot.around, bot.lane)
    bot.post.enlist(address_of(Role.ANALYZER, BTC), ref)
    for number in range(3):
        bot.tell(BTC, number)
    assert begun.wait(WITHIN_S)
    ref.actor_stopped.set()
    bot.tell(ETH, 9)
    may_end.set()
    assert bot.work.wait_idle(WITHIN_S)
    assert told(bot) == [(ETH, 9)]


def test_the_thread_ends_with_the_last_of_its_actors_and_begins_again_with_the_next(bot: Bot) -> None:
    bot.tell(ETH, 1)
    assert bot.work.wait_idle(WITHIN_S)
    (ident,) = {each[2] for each in bot.seen}
    thread = next(each for each in threading.enumerate() if each.ident == ident)
    bot.refs[BTC].stop(timeout=WITHIN_S)
    assert thread.is_alive()
    bot.refs[ETH].stop(timeout=WITHIN_S)
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    bot.refs[BTC] = bot.begin(BTC)
    bot.tell(BTC, 2)
    assert bot.work.wait_idle(WITHIN_S)
    assert told(bot) == [(ETH, 1), (BTC, 2)]


def test_a_symbol_always_has_the_same_lane() -> None:
    lanes = MarketLanes(4)
    names = [f"C{number}USDT" for number in range(100)]
    assert [lanes.of(name) for name in names] == [lanes.of(name) for name in names]
    assert len({id(lanes.of(name)) for name in names}) == 4
