"""The dashboard actor, and the one question that the main thread may ask it."""

from collections.abc import Iterable
from typing import Any

import pykka

from actors.shell import Shell, Surroundings
from bot.core.dashboard import DashboardCore, DashboardSnapshot
from bot.domain.address import Role, address_of
from bot.domain.values import Symbol

ANSWER_WITHIN_S = 1.0


class SnapshotWanted:
    """The main thread's question; it comes by ``ask``, past the post, and no actor sends it."""

    __slots__ = ()


class DashboardActor(Shell):
    """Keeps the live view and answers SnapshotWanted."""

    def __init__(self, symbols: Iterable[Symbol], around: Surroundings) -> None:
        self._view = DashboardCore(symbols)
        super().__init__(address_of(Role.DASHBOARD), lambda: self._view, around)

    def on_receive(self, message: Any) -> DashboardSnapshot | None:  # type: ignore[override]  # noqa: ANN401 - a question too
        """Runs in the actor's thread for every message, and for the question."""
        if isinstance(message, SnapshotWanted):
            return self._view.snapshot(self._around.clock.now_ms())
        super().on_receive(message)
        return None


def ask_snapshot(dashboard: pykka.ActorRef[Any]) -> DashboardSnapshot | None:
    """What is known now; None if the actor is busy, being replaced or gone. From any thread but the actors'."""
    try:
        answer = dashboard.ask(SnapshotWanted(), timeout=ANSWER_WITHIN_S)
    except (pykka.ActorDeadError, pykka.Timeout):
        return None
    return answer if isinstance(answer, DashboardSnapshot) else None
