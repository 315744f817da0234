"""The supervisor actor."""

import threading
from collections.abc import Callable
from types import TracebackType

from actors.shell import Shell, Surroundings
from bot.core.supervisor import SupervisorCore
from bot.domain.address import Role, address_of
from bot.domain.messages import Message


class Milestones:
    """What the main thread waits for. Set by the supervisor, read from any thread."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.drained = threading.Event()
        self.halted = threading.Event()
        self.finished = threading.Event()
        self.halt_reason = ""


class SupervisorActor(Shell):
    """Replaces actors that failed, and tells the main thread how far the bot is."""

    def __init__(self, make_core: Callable[[], SupervisorCore], milestones: Milestones, around: Surroundings) -> None:
        self._state = make_core()
        super().__init__(address_of(Role.SUPERVISOR), lambda: self._state, around)
        self._milestones = milestones

    def after_message(self, message: Message) -> None:  # noqa: ARG002 - every message alike
        """Pass on what the main thread waits for."""
        if self._state.all_ready:
            self._milestones.ready.set()
        if self._state.drained:
            self._milestones.drained.set()
        if self._state.halted is not None:
            self._halt(self._state.halted)

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nobody replaces the one who replaces: its failure ends the run."""
        self._halt(f"the supervisor failed: {exception_value}")
        super().on_failure(exception_type, exception_value, traceback)

    def _halt(self, reason: str) -> None:
        self._milestones.halt_reason = reason
        self._milestones.halted.set()
