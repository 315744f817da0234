"""How a call can fail, and what follows from it. Only codes are read, never texts."""

from bot.bybit.client.meanings import MEANINGS
from bot.bybit.outcomes import DEFINITE_REFUSALS, NO_ANSWER, TRANSIENT, QueryFailedError
from bot.bybit.session import Answer, NoAnswer

NOT_MODIFIED = frozenset({34040, 110025, 110026, 110027, 110043})
"""What was to be set was so already."""

PERMISSION = frozenset({
    10003, 10004, 10005, 10007, 10008, 10009, 10010, 10020, 10024, 10027, 10028, 10029, 33004, 100028, 110066,
})  # fmt: skip
TOO_MANY = frozenset({429, 10006, 10018, 10403, 10429, 20003})
TOO_MANY_HTTP = frozenset({403, 429})
UNCLEAR = frozenset({
    10000, 10014, 10016, 10019, 10429, 20006, 40004, 110072, 170001, 170005, 170007, 170032, 170141, 170146, 170147,
    170310,
})  # fmt: skip
"""After these a change may have been made (Bybit V5 docs, error codes)."""


class CallError(QueryFailedError):
    """A call that did not succeed: ``code`` is Bybit's retCode or -1, ``method`` the call."""

    def __init__(self, method: str, code: int, text: str, *, transient: bool = False) -> None:
        super().__init__(code, text, transient=transient)
        self.method = method

    @property
    def meaning(self) -> str:
        """What the code stands for; empty where it says no more than the text."""
        return MEANINGS.get(self.code, "")


class RefusedError(CallError):
    """Bybit definitely did not do it, and will not do it if asked again in the same way."""


class PermissionDeniedError(RefusedError):
    """The key, its rights, its address or the account do not allow it: something for the operator."""


class RateLimitedError(CallError):
    """Asked too often; nothing was done. ``retry_after_ms`` where Bybit says how long it wants silence."""

    def __init__(self, method: str, code: int, text: str, retry_after_ms: int | None) -> None:
        super().__init__(method, code, text, transient=True)
        self.retry_after_ms = retry_after_ms


class TransientError(CallError):
    """Nothing was changed; the same call makes sense again a little later."""

    def __init__(self, method: str, code: int, text: str) -> None:
        super().__init__(method, code, text, transient=True)


class OutcomeUnknownError(CallError):
    """The change may or may not have been made: look, do not send it again."""


class UnreadableError(CallError):
    """Bybit did it, but its answer is not as documented."""


def error_of_answer(method: str, answer: Answer, *, changes: bool, places: bool) -> CallError:
    """What an answer with a code other than 0 means. After ``places`` only a listed code proves that no order is."""
    code, text = answer.code, answer.text
    if code in PERMISSION:
        return PermissionDeniedError(method, code, text)
    if changes and (code in UNCLEAR or (places and code not in DEFINITE_REFUSALS)):
        return OutcomeUnknownError(method, code, text)
    if code in TOO_MANY:
        return RateLimitedError(method, code, text, answer.retry_after_ms)
    if code in TRANSIENT or code in UNCLEAR:
        return TransientError(method, code, text)
    return RefusedError(method, code, text)


def error_of_silence(method: str, reply: NoAnswer, *, changes: bool) -> CallError:
    """What it means that no answer came."""
    if changes:
        return OutcomeUnknownError(method, NO_ANSWER, reply.text)
    if reply.http_status in TOO_MANY_HTTP:
        return RateLimitedError(method, NO_ANSWER, reply.text, None)
    return TransientError(method, NO_ANSWER, reply.text)
