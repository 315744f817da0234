"""What the areas of the client share: one call, its parameters, and its answer read or its failure raised."""

from collections.abc import Callable
from typing import Any

import msgspec

from bot.bybit.client.errors import NOT_MODIFIED, UnreadableError, error_of_answer, error_of_silence
from bot.bybit.client.values import read, wire_params
from bot.bybit.outcomes import TAKEN
from bot.bybit.session import Answer, NoAnswer, VenueSession

_CHANGES = "changes_account"


def changes_account[Method: Callable[..., Any]](method: Method) -> Method:
    """Mark a call that moves money or changes orders, positions or settings."""
    setattr(method, _CHANGES, True)
    return method


def does_change(method: Callable[..., Any]) -> bool:
    """Whether a call is marked so."""
    return getattr(method, _CHANGES, False)


class Area:
    """Calls of one area. Each blocks until Bybit has answered, is made once, and raises CallError if it failed."""

    def __init__(self, session: VenueSession) -> None:
        self._session = session

    def _ask[Value](self, method: str, kind: type[Value], /, **params: object) -> Value:
        """Ask a question."""
        return self._read(method, kind, self._answer(method, params, changes=False))

    def _place[Value](self, method: str, kind: type[Value], /, **params: object) -> Value:
        """Send orders: only a code that is listed for it proves that they do not exist."""
        return self._read(method, kind, self._answer(method, params, changes=True, places=True))

    def _change[Value](self, method: str, kind: type[Value], /, **params: object) -> Value:
        """Change something that answers with more than that it was done."""
        return self._read(method, kind, self._answer(method, params, changes=True))

    def _set(self, method: str, /, **params: object) -> bool:
        """Set something; False if it was so already."""
        return self._answer(method, params, changes=True).code not in NOT_MODIFIED

    def _answer(self, method: str, params: dict[str, object], *, changes: bool, places: bool = False) -> Answer:
        reply = self._session.call(method, wire_params(params))
        match reply:
            case NoAnswer():
                raise error_of_silence(method, reply, changes=changes)
            case Answer(code=code) if code == TAKEN or (changes and code in NOT_MODIFIED):
                return reply
            case Answer():
                raise error_of_answer(method, reply, changes=changes, places=places)

    def _read[Value](self, method: str, kind: type[Value], answer: Answer) -> Value:
        try:
            return read(kind, answer.result)
        except msgspec.ValidationError as error:
            raise UnreadableError(method, answer.code, f"the answer is not as documented: {error}") from error
