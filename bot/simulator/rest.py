"""The REST door: paths, signatures, envelopes and headers of Bybit V5."""

import logging
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bot.simulator.auth import Keyring, Refusal
from bot.simulator.endpoints import ENDPOINTS, MARKET_TIME_PATH, Endpoint
from bot.simulator.venue import Venue

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

MAX_BODY_BYTES = 1 << 20
PUBLIC_LIMIT_PER_S = 120
UNKNOWN_PATH_CODE = 10017


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class RestDoor:
    """Answers `/v5/...` requests.

    Checks run in Bybit's order: path (404), key, time window, signature, parameters. Whatever a client
    sends, the answer is an envelope with a retCode; a bug in the core is logged and answered with 10016.
    """

    def __init__(self, venue: Venue, keyring: Keyring, wall_ms: Callable[[], int] = wall_clock_ms) -> None:
        self._venue = venue
        self._keyring = keyring
        self._wall_ms = wall_ms

    async def answer(self, request: Request) -> Response:
        endpoint = ENDPOINTS.get((request.method, request.url.path))
        if endpoint is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        if endpoint.method == "POST":
            body = await _read_body(request)
            if body is None:
                return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = request.scope["query_string"]
        envelope = self._envelope(endpoint, request.headers, body)
        if envelope["retCode"] == UNKNOWN_PATH_CODE:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        now_ms = self._wall_ms()
        envelope["time"] = now_ms
        return Response(_encode(envelope), media_type="application/json", headers=_limit_headers(endpoint, now_ms))

    def _envelope(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        account: str | None = None
        if endpoint.signed:
            caller = self._keyring.check_request(headers, body, self._wall_ms())
            if isinstance(caller, Refusal):
                return _refused(caller.ret_code, caller.ret_msg)
            account = caller.account
        params = _parse_json(body) if endpoint.method == "POST" else _parse_query(body)
        if params is None:
            return _refused(10001, "request params type error")
        if endpoint.path == MARKET_TIME_PATH:
            return _market_time()
        try:
            return self._venue.request(account, endpoint.method, endpoint.path, params)
        except Exception:  # noqa: BLE001 (one bad request must not end the exchange)
            _log.exception("%s %s failed", endpoint.method, endpoint.path)
            return _refused(10016, "System error. Please try again later.")


async def _read_body(request: Request) -> bytes | None:
    """The body, or None as soon as it grows past `MAX_BODY_BYTES`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _parse_json(body: bytes) -> dict[str, Any] | None:
    try:
        params = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return params if isinstance(params, dict) else None


def _parse_query(query: bytes) -> dict[str, Any] | None:
    try:
        return dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100))
    except ValueError:  # not ASCII, bad escapes or a flood of fields
        return None


def _market_time() -> dict[str, Any]:
    """Wall clock: what signatures are checked against. Market time is in the streams and results."""
    now_ns = time.time_ns()
    result = {"timeSecond": str(now_ns // 1_000_000_000), "timeNano": str(now_ns)}
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}}


def _refused(ret_code: int, ret_msg: str) -> dict[str, Any]:
    return {"retCode": ret_code, "retMsg": ret_msg, "result": {}, "retExtInfo": {}}


def _limit_headers(endpoint: Endpoint, now_ms: int) -> dict[str, str]:
    # Nothing is limited yet, so one request of the allowance is always the one just made.
    limit = endpoint.limit_per_s or PUBLIC_LIMIT_PER_S
    return {
        "X-Bapi-Limit": str(limit),
        "X-Bapi-Limit-Status": str(limit - 1),
        "X-Bapi-Limit-Reset-Timestamp": str(now_ms),
    }
