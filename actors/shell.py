"""The thin Pykka actor around a core."""

import logging
import queue
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

import pykka

from actors.post import Post
from actors.work import WorkCount
from bot.core.contract import Core
from bot.domain.errors import UserError
from bot.domain.messages import ActorFailed, Message
from bot.domain.values import Address, TimeMs

log = logging.getLogger(__name__)


class Clock(Protocol):
    """Tells the exchange's time as the bot knows it."""

    def now_ms(self) -> TimeMs:
        """Now; from any thread."""
        ...


class Surroundings:
    """What every shell needs: the post, the clock and the count of work under way."""

    __slots__ = ("clock", "post", "work")

    def __init__(self, post: Post, clock: Clock, work: WorkCount) -> None:
        self.post = post
        self.clock = clock
        self.work = work


class Shell(pykka.ThreadingActor):
    """Takes a message from its inbox, gives it to its core and posts what comes out.

    The core is made in the actor's own thread, so that files it opens belong there. A core that raises ends the actor;
    the supervisor, told by ActorFailed, makes a new one under the same address.
    """

    use_daemon_thread = True
    """An actor that hangs, on a request to an exchange that does not answer, must not keep the program from ending."""

    def __init__(self, address: Address, make_core: Callable[[], Core[Any]], around: Surroundings) -> None:
        super().__init__()
        self._address = address
        self._make_core = make_core
        self._around = around
        self._core: Core[Any] | None = None
        self._has_message_in_hand = False

    @staticmethod
    def _create_actor_inbox() -> Any:  # noqa: ANN401 - Pykka's own inbox type is private
        """A SimpleQueue: a quarter of the cost of Pykka's Queue per message."""
        return queue.SimpleQueue()

    def on_start(self) -> None:
        """Runs in the actor's thread before its first message. Pykka tells nobody of a failure here, so this does."""
        self.name_thread()
        try:
            self._core = self._make_core()
        except Exception:
            self.actor_stopped.set()  # Pykka does it too late for the count of lost mail
            self._fail(*sys.exc_info())
            raise

    def name_thread(self) -> None:
        """Let logs say whose thread it is."""
        threading.current_thread().name = self._address

    def on_receive(self, message: Message) -> None:
        """Runs in the actor's thread for every message."""
        if self._core is None:
            raise RuntimeError(f"{self._address} has not started")
        around = self._around
        self._has_message_in_hand = isinstance(message, Message)
        around.post.send_all(self._core.handle(message, around.clock.now_ms()))
        self.after_message(message)
        self._has_message_in_hand = False
        around.work.end()

    def after_message(self, message: Message) -> None:
        """For shells that have more to do once a message was handled."""

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Runs in the actor's thread after its core raised; the rest of its inbox is lost."""
        self._fail(exception_type, exception_value, traceback)

    def _fail(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give back what the core holds and tell the supervisor, come what may: otherwise nobody would replace us."""
        if isinstance(error, UserError):  # its text says it all, and what it came from is not the bot's
            log.error("%s failed: %s", self._address, error, exc_info=error.__cause__)
        else:
            log.error("%s failed", self._address, exc_info=(kind, error, traceback))  # type: ignore[arg-type]
        around = self._around
        try:
            self.release()
        except Exception:
            log.exception("%s could not give back what it held", self._address)
        failed = ActorFailed(
            self._address, around.clock.now_ms(), f"{kind.__name__ if kind is not None else 'error'}: {error}"
        )
        around.post.send(failed)
        around.work.end(self._has_message_in_hand + self.mail_left())

    def on_stop(self) -> None:
        """Runs in the actor's thread when it is stopped in good order; mail that came after the stop is lost."""
        self.release()
        self._around.work.end(self.mail_left())

    def mail_left(self) -> int:
        """Throw away the mail and say how many messages it was; questions and reminders never counted as work."""
        inbox: Any = self.actor_inbox
        messages, questions = 0, []
        while not inbox.empty():
            envelope = inbox.get()
            if isinstance(envelope.message, Message):
                messages += 1
            elif envelope.reply_to is not None:
                questions.append(envelope)
        for envelope in questions:
            inbox.put(envelope)  # Pykka tells those who ask that we are gone
        return messages

    def release(self) -> None:
        """Give back what the core holds; called on every end, good or bad."""
