"""A session that answers from a script and remembers what it was asked."""

from collections.abc import Mapping
from typing import Any

from bot.bybit.session import Answer, Reply
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.messages import ExecuteRequest, Message, Request, WorkerIdle
from bot.domain.values import TimeMs

NOW = TimeMs(1760000000500)


class ScriptedSession:
    """Gives the replies in their order."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        self.calls.append((method, dict(params)))
        return self._replies.pop(0)


def answered(result: Mapping[str, Any] | None = None, code: int = 0, text: str = "OK") -> Answer:
    return Answer(code, text, result or {})


def rows(*listed: Any, cursor: str = "") -> Answer:
    return answered({"category": "linear", "list": list(listed), "nextPageCursor": cursor})


def execute(request: Request, session: ScriptedSession) -> tuple[Message, WorkerIdle]:
    """What worker 2 makes of a request."""
    answer, idle = ExchangeWorkerCore(2, session).handle(ExecuteRequest(2, request), NOW)
    assert isinstance(idle, WorkerIdle)
    assert idle.worker == 2
    return answer, idle
