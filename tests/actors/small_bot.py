"""A post with a handful of hand-made actors, so that a shell can be looked at alone."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pykka

from actors.post import Post
from actors.shell import Shell, Surroundings
from actors.supervisor import Milestones, SupervisorActor
from actors.work import WorkCount
from bot.core.contract import NOTHING
from bot.core.supervisor import SupervisorCore
from bot.domain.address import Role, address_of
from bot.domain.messages import ActorReady, BarClosed, Message, Started
from bot.domain.routes import Switchboard
from bot.domain.values import Address, TimeMs
from tests.core.samples import BTC, NOW, bar

ANALYZER = address_of(Role.ANALYZER, BTC)
POISON = BarClosed(BTC, bar(-1), NOW)
"""A bar that the hand-made analyzer can not stomach."""


class StandingClock:
    """It is always NOW."""

    def now_ms(self) -> TimeMs:
        return NOW


class Recorder:
    """A core that remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[Message] = []

    def handle(self, message: Message, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        self.heard.append(message)
        return NOTHING

    def of[M: Message](self, kind: type[M]) -> list[M]:
        return [message for message in self.heard if isinstance(message, kind)]


class FragileAnalyzer:
    """Is ready at once, remembers its bars and dies of POISON."""

    def __init__(self) -> None:
        self.bars: list[BarClosed] = []
        self.thread = threading.current_thread().name

    def handle(self, message: BarClosed | Started, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        if message == POISON:
            raise ValueError("what a bar")
        if isinstance(message, BarClosed):
            self.bars.append(message)
            return NOTHING
        return (ActorReady(ANALYZER),)


class SmallBot:
    """A real supervisor, a fragile analyzer, and recorders in the place of whom a test wants to listen to."""

    def __init__(self) -> None:
        self.work = WorkCount()
        self.post = Post(Switchboard([BTC]), self.work)
        self.around = Surroundings(self.post, StandingClock(), self.work)
        self.milestones = Milestones()
        self.analyzers: list[FragileAnalyzer] = []
        self.make_core: Callable[[], Any] = self.new_analyzer

    def new_analyzer(self) -> FragileAnalyzer:
        self.analyzers.append(FragileAnalyzer())
        return self.analyzers[-1]

    def enlist(self, address: Address, make_core: Callable[[], Any]) -> pykka.ActorRef[Any]:
        ref: pykka.ActorRef[Any] = Shell.start(address, make_core, self.around)
        self.post.enlist(address, ref)
        return ref

    def listen(self, role: Role) -> Recorder:
        recorder = Recorder()
        self.enlist(address_of(role), lambda: recorder)
        return recorder

    def supervise(self) -> None:
        make = lambda: SupervisorCore([ANALYZER], [BTC], self._replace)  # noqa: E731 - a name for the line
        ref: pykka.ActorRef[Any] = SupervisorActor.start(make, self.milestones, self.around)
        self.post.enlist(address_of(Role.SUPERVISOR), ref)

    def start_analyzer(self) -> pykka.ActorRef[Any]:
        ref = self.enlist(ANALYZER, self.make_core)
        self.post.send(Started(ANALYZER, NOW))
        return ref

    def _replace(self, address: Address) -> None:
        assert address == ANALYZER
        self.start_analyzer()

    def close(self) -> None:
        pykka.ActorRegistry.stop_all(timeout=5)
