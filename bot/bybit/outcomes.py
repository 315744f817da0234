"""What Bybit's answer codes mean for the bot (Bybit V5 docs, error codes). Texts change; only codes are read."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bot.bybit.session import Answer, NoAnswer, Reply

NO_ANSWER = -1
"""Stands for the missing code where a message wants one."""

TAKEN = 0
DUPLICATE_ORDER_LINK_ID = 110072

DEFINITE_REFUSALS = frozenset({
    10001, 10002, 10003, 10004, 10005, 10006, 10010,  # parameters, clock, key, signature, permission, rate, address
    10017, 10028, 10029,  # route, account type, symbol not allowed for the key
    30208, 30209, 30228,  # price bounds, reduce-only phase
    110003, 110004, 110005, 110006, 110007, 110009, 110011, 110012, 110014, 110017, 110020, 110021, 110022, 110023,
    110039, 110040, 110042, 110044, 110045, 110046, 110051, 110052, 110053,  # balance, margin, position, counts
    110074, 110092, 110093, 110094, 110095, 110096, 110097, 110098, 110099, 110100, 110103,  # contract phase, triggers
    110108, 110109, 110120, 110121,  # slippage tolerance, price bounds
})  # fmt: skip
"""After these an order certainly does not exist. After every code that is not listed it may."""

TRANSIENT = frozenset({
    -1, 429, 10000, 10002, 10006, 10016, 10018, 10019, 10403, 10429, 20003,  # clock, load, restarts
    110063, 110079,  # a settlement or an order is being processed
})  # fmt: skip
"""After these the same question or setting makes sense again a little later."""

SILENCE_BY_HTTP_STATUS: Mapping[int | None, int] = {403: 600_000, 429: 1_000}
"""For how many ms to be silent: Bybit bans an address for ten minutes with 403, and sheds load with 429 (Bybit V5
docs, rate limit)."""


class QueryFailedError(Exception):
    """A question or a setting did not succeed; ``transient`` when asking again later makes sense."""

    def __init__(self, code: int, text: str, *, transient: bool) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text
        self.transient = transient


def result_of(reply: Reply) -> Mapping[str, Any]:
    """The result of a question that was answered. QueryFailedError if it was not, or with an error."""
    match reply:
        case NoAnswer(text=text):
            raise QueryFailedError(NO_ANSWER, text, transient=True)
        case Answer(code=code, result=result) if code == TAKEN:
            return result
        case Answer(code=code, text=text):
            raise QueryFailedError(code, text, transient=code in TRANSIENT)


class Silence(msgspec.Struct):
    """For how long Bybit wants to hear nothing, over the calls that make up one request."""

    retry_after_ms: int | None = None

    def note(self, reply: Reply) -> None:
        """Take in what a reply says about it."""
        match reply:
            case Answer(retry_after_ms=wanted_ms):
                pass
            case NoAnswer(http_status=status):
                wanted_ms = SILENCE_BY_HTTP_STATUS.get(status)
        if wanted_ms is not None:
            self.retry_after_ms = max(wanted_ms, self.retry_after_ms or 0)
