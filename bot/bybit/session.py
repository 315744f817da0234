"""One REST call and how it can end, whoever answers: Bybit through pybit, or an exchange in the same process."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """The exchange answered. ``code`` is Bybit's retCode, 0 for success.

    ``retry_after_ms`` is set when the exchange says that it was asked too often, and until when it wants silence.
    ``extra`` is Bybit's retExtInfo, where a batch has the code of each of its orders.
    """

    code: int
    text: str
    result: Mapping[str, Any]
    retry_after_ms: int | None = None
    extra: Mapping[str, Any] = {}


class NoAnswer(msgspec.Struct, frozen=True):
    """No answer that means anything: a timeout, a cut connection, an HTTP error, something that is no JSON.

    What was asked for may have happened nevertheless. ``http_status`` is None where no HTTP reply came.
    """

    text: str
    http_status: int | None = None


type Reply = Answer | NoAnswer


class VenueSession(Protocol):
    """Calls REST methods of one exchange, one at a time."""

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        """Call ``method``, named as pybit names it (``place_order``), and wait for the reply. Raises nothing."""
        ...
