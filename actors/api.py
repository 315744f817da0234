"""One call to the configured venue, for `python -m bot api`."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from actors.venue import CLOSE_S, open_venue
from bot.bybit.client import CallError, Client
from bot.bybit.client.by_text import TextCall
from bot.bybit.client.errors import OutcomeUnknownError, UnreadableError
from bot.bybit.pybit_session import PybitSession
from bot.bybit.session import Answer, Reply, VenueSession
from bot.config.models import Config
from bot.domain.errors import UserError


class ApiAnswer(msgspec.Struct, frozen=True):
    """What Bybit answered, as it came; ``remark`` says what is strange about it."""

    result: Mapping[str, Any]
    remark: str = ""


class _Remembering:
    """A session that keeps its last answer: a person wants to see all of it, not only the fields that are typed."""

    def __init__(self, session: VenueSession) -> None:
        self._session = session
        self.last: Reply | None = None

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        self.last = self._session.call(method, params)
        return self.last


def call_venue(config: Config, call: TextCall, arguments: Mapping[str, Any]) -> ApiAnswer:
    """Open the venue (a simulated exchange is started and ended), make one call. UserError if it failed. Blocks."""
    with tempfile.TemporaryDirectory(prefix="api-") as state_dir:
        venue = open_venue(config, "api", Path(state_dir))
        try:
            session = PybitSession(venue.endpoints, venue.credentials, config.execution.request_timeout_ms / 1000)
            try:
                return _call(_Remembering(session), call, arguments)
            finally:
                session.close()
        finally:
            venue.close(CLOSE_S)


def _call(session: _Remembering, call: TextCall, arguments: Mapping[str, Any]) -> ApiAnswer:
    remark = ""
    try:
        if call.make(Client(session), arguments) is False:
            remark = f"{call.name}: it was so already"
    except UnreadableError as error:
        remark = f"{call.name}: {error.text}"
    except CallError as error:
        raise UserError(_told(call.name, error)) from None
    answer = session.last
    if not isinstance(answer, Answer):
        raise UserError(f"{call.name}: no answer")
    return ApiAnswer({**answer.result, **({"retExtInfo": answer.extra} if answer.extra else {})}, remark)


def _told(name: str, error: CallError) -> str:
    meaning = f" ({error.meaning})" if error.meaning else ""
    if isinstance(error, OutcomeUnknownError):
        return (
            f"{name}: the outcome is unknown: {error.code} {error.text}{meaning}. "
            "It may have been done: look before you send it again."
        )
    return f"{name}: {error.code} {error.text}{meaning}"
