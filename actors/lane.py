"""Threads that several actors share."""

import logging
import queue
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from zlib import crc32

from actors.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.shell import Surroundings
    from bot.core.contract import Core
    from bot.domain.values import Address

log = logging.getLogger(__name__)


LANES = 2
"""How many threads the actors of all symbols share: one would do for speed, a second keeps half of the symbols going if
a strategy of the user's hangs."""


class Lane:
    """A thread that runs many actors, each with an inbox and a life of its own, one message of one actor at a time.

    Waking a thread costs more than most of what an actor does with a message. When hundreds of symbols close their bars
    in the same instant, the actors of one lane are served without any of them being woken. What is lost: an actor that
    hangs in a message holds up the others of its lane, so only actors that never wait belong here.
    """

    def __init__(self, name: str) -> None:
        self._waiting: queue.SimpleQueue[LaneShell] = queue.SimpleQueue()
        self._name = name
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._living = 0

    def begin(self, actor: "LaneShell") -> None:
        """Give an actor its first turn; from any thread. The lane's own thread is there while one of them lives."""
        with self._start:
            self._living += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self._waiting.put(actor)

    def turn(self, actor: "LaneShell") -> None:
        """An actor has got mail; from any thread."""
        self._waiting.put(actor)

    def _run(self) -> None:
        while True:
            actor = self._waiting.get()
            was_over = actor.is_over
            try:
                actor.take_turn()
            except Exception:
                log.exception("%s: an actor of this lane could not be run", self._name)
            if actor.is_over and not was_over and self._is_last():
                return

    def _is_last(self) -> bool:
        with self._start:
            self._living -= 1
            if not self._living:
                self._thread = None
            return not self._living


class NoTurnLeftError(Exception):
    """The end of an actor's turn."""


class LaneInbox:
    """An inbox that tells its lane about mail, and gives out one envelope per turn.

    So messages of all actors in a lane are dealt with in the order in which they were sent.
    """

    def __init__(self) -> None:
        self._mail: deque[Any] = deque()
        self._on_mail: Callable[[], None] | None = None
        self.has_turn = False
        self.is_closing = False
        """Whether all mail may be taken out at once: the actor has come to its end."""

    def serve(self, on_mail: "Callable[[], None]") -> None:
        """From now on, call ``on_mail`` for every envelope."""
        self._on_mail = on_mail

    def put(self, envelope: Any) -> None:  # noqa: ANN401 - Pykka's own type is private
        """Take an envelope; from any thread."""
        self._mail.append(envelope)
        if self._on_mail is not None:
            self._on_mail()

    def get(self) -> Any:  # noqa: ANN401 - see put
        """The oldest envelope. NoTurnLeftError for a second one in a turn: an actor of a lane never waits."""
        if not self.is_closing:
            if not self.has_turn:
                raise NoTurnLeftError
            self.has_turn = False
        return self._mail.popleft()

    def empty(self) -> bool:
        """Whether there is no mail."""
        return not self._mail

    def qsize(self) -> int:
        """How many envelopes wait."""
        return len(self._mail)


class LaneShell(Shell):
    """A shell that has its turns in a lane instead of a thread of its own; otherwise as any other Pykka actor."""

    def __init__(
        self, address: "Address", make_core: "Callable[[], Core[Any]]", around: "Surroundings", lane: Lane
    ) -> None:
        super().__init__(address, make_core, around)
        self._lane = lane
        self._has_begun = False
        self.is_over = False
        """Whether it has had its last turn."""

    @staticmethod
    def _create_actor_inbox() -> Any:  # noqa: ANN401 - see LaneInbox.put
        return LaneInbox()

    def _start_actor_loop(self) -> None:
        self._inbox.serve(lambda: self._lane.turn(self))
        self._lane.begin(self)

    def name_thread(self) -> None:
        """Nothing: the thread is everybody's."""

    def mail_left(self) -> int:
        """See Shell."""
        self._inbox.is_closing = True
        return super().mail_left()

    @property
    def _inbox(self) -> LaneInbox:
        inbox: Any = self.actor_inbox
        assert isinstance(inbox, LaneInbox)  # noqa: S101 - see _create_actor_inbox
        return inbox

    def take_turn(self) -> None:
        """Runs in the lane's thread: begin, or deal with one envelope in Pykka's own way, and end if that is due."""
        if self.is_over:
            return
        if self._has_begun:
            self._inbox.has_turn = not self._inbox.empty()
        else:
            self._has_begun = True
            self._actor_loop_setup()
        with suppress(NoTurnLeftError):
            self._actor_loop_running()
        if self.actor_stopped.is_set():
            self.is_over = True
            self._around.work.end(self.mail_left())  # of one that was ended in the middle of a message
            self._actor_loop_teardown()


class MarketLanes:
    """The lanes of market data and analyzers: both of a symbol are in the same one."""

    def __init__(self, count: int = LANES) -> None:
        self._lanes = [Lane(f"market lane {number}") for number in range(count)]

    def of(self, symbol: str) -> Lane:
        """The lane of a symbol, always the same."""
        return self._lanes[crc32(symbol.encode()) % len(self._lanes)]
