"""REST calls through pybit."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from pybit.exceptions import FailedRequestError, InvalidRequestError
from pybit.unified_trading import HTTP

from bot.bybit.session import Answer, NoAnswer, Reply
from bot.bybit.venues import Credentials, VenueEndpoints

NEVER_RETRIED = frozenset({-999_999})
"""pybit reads an empty set as its own default, under which it sleeps inside calls and sends orders again."""

TOO_MANY_REQUESTS = 10006
RESET_HEADER = "X-Bapi-Limit-Reset-Timestamp"
DEFAULT_RETRY_AFTER_MS = 1_000
LONGEST_RETRY_AFTER_MS = 5_000


def wall_clock_ms() -> int:
    """Milliseconds since 1970 by this machine's clock, which is also what pybit signs requests with."""
    return time.time_ns() // 1_000_000


def answer_of(body: Mapping[str, Any], result: Any, wall_ms: int, headers: Mapping[str, Any]) -> Answer:  # noqa: ANN401 - whatever JSON holds there
    """The answer that an envelope of Bybit's is, whichever way it came. Raises if it is none."""
    code = int(body["retCode"])
    pause_ms = retry_after_ms(wall_ms, headers) if code == TOO_MANY_REQUESTS else None
    return Answer(code, str(body.get("retMsg", "")), result or {}, pause_ms, body.get("retExtInfo") or {})


def retry_after_ms(wall_ms: int, headers: Mapping[str, Any]) -> int:
    """For how long Bybit wants silence after it was asked too often."""
    try:
        reset_ms = int(headers[RESET_HEADER])
    except (KeyError, TypeError, ValueError):
        return DEFAULT_RETRY_AFTER_MS
    return min(max(reset_ms - wall_ms, 0), LONGEST_RETRY_AFTER_MS)


class PybitSession:
    """One connection to a venue's REST interface. Use it from one thread at a time; calls block.

    pybit's own object is kept inside: its repr holds the secret.
    """

    def __init__(
        self,
        endpoints: VenueEndpoints,
        credentials: Credentials,
        timeout_s: float = 5.0,
        wall_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        """Opens no connection yet. ``timeout_s`` limits connecting, and every wait for more of an answer."""
        self.wall_ms = wall_ms
        self._http = HTTP(
            testnet=endpoints.is_testnet,
            demo=endpoints.is_demo,
            api_key=credentials.api_key,
            api_secret=credentials.api_secret,
            timeout=timeout_s,
            force_retry=False,
            retry_codes=set(NEVER_RETRIED),
            max_retries=1,
            return_response_headers=True,
        )
        if endpoints.rest_base is not None:
            self._http.endpoint = endpoints.rest_base
            self._http.client.trust_env = False  # a proxy of the environment must not see calls to this machine

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        """See VenueSession.call."""
        function = getattr(self._http, method)
        try:
            body, _elapsed, headers = function(**params)
            return answer_of(body, body.get("result"), self.wall_ms(), headers)
        except InvalidRequestError as error:
            return Answer(int(error.status_code), str(error.message), {}, self._pause_ms(error))
        except FailedRequestError as error:
            return NoAnswer(f"HTTP {error.status_code}: {error.message}", error.status_code)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the request may have left: that is all we know
            return NoAnswer(f"{type(error).__name__}: {error}")

    def _pause_ms(self, error: InvalidRequestError) -> int | None:
        return retry_after_ms(self.wall_ms(), error.resp_headers) if error.status_code == TOO_MANY_REQUESTS else None

    def close(self) -> None:
        """Close the kept connections."""
        self._http.client.close()
