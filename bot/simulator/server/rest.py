"""The REST door: paths, signatures, envelopes and headers of Bybit V5."""

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bot.simulator.frames.upstream_rest import UpstreamQueries
from bot.simulator.server.auth import Keyring, Refusal
from bot.simulator.server.endpoints import ENDPOINTS, Endpoint
from bot.simulator.server.gateway import Gateway, Reply, is_market_time, market_time, refused
from bot.simulator.server.limits.addresses import AddressLimits
from bot.simulator.server.limits.users import UserLimits
from bot.simulator.server.wall_clock import WallClock

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

MAX_BODY_BYTES = 1 << 20
UNKNOWN_PATH_CODE = 10017
NO_LIMITS = UserLimits(enforced=False)


class RestDoor:
    """Answers `/v5/...` requests.

    Checks run in Bybit's order: limit of the address (403), path (404), key, address of the key, time window,
    signature, permission, expiry, limit of the user, parameters. Whatever a client sends, the answer is an
    envelope with a retCode.
    """

    def __init__(
        self,
        gateway: Gateway,
        keyring: Keyring,
        addresses: AddressLimits,
        clock: WallClock,
        upstream: UpstreamQueries | None = None,
    ) -> None:
        self._gateway = gateway
        self._upstream = upstream
        self._keyring = keyring
        self._addresses = addresses
        self._clock = clock

    async def answer(self, request: Request, lag_ms: int = 0) -> Response:
        """Answer a request; queries of an account as of `lag_ms` of market time ago."""
        ip = request.client.host if request.client else ""
        with_body = request.method == "GET" and request.headers.get("content-length", "0") != "0"
        if with_body or not self._addresses.admit_request(ip, self._clock.now_ms()):
            return Response("access too frequent", status_code=HTTPStatus.FORBIDDEN)
        endpoint = ENDPOINTS.get((request.method, request.url.path))
        if endpoint is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        if endpoint.write:
            body = await _read_body(request)
            if body is None:
                return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = request.scope["query_string"]
        reply = await self._upstreams(endpoint, body) or self._reply(endpoint, request, body, ip, lag_ms)
        if reply.envelope["retCode"] == UNKNOWN_PATH_CODE:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        reply.envelope["time"] = self._clock.now_ms()
        return Response(_encode(reply.envelope), media_type="application/json", headers=reply.allowance.headers())

    async def _upstreams(self, endpoint: Endpoint, query: bytes) -> Reply | None:
        """What the upstream of a mirror answers; None = it is not asked, or has no answer."""
        if self._upstream is None or endpoint.signed:
            return None
        known = await self._upstream.answer(endpoint.path, query)
        return None if known is None else Reply(dict(known), NO_LIMITS.take(None, endpoint, None, self._clock.now_ms()))

    def _reply(self, endpoint: Endpoint, request: Request, body: bytes, ip: str, lag_ms: int) -> Reply:
        wall_ms = self._clock.now_ms()
        api_key: str | None = None
        if endpoint.signed:
            caller = self._keyring.check_request(request.headers, body, wall_ms, ip)
            if isinstance(caller, Refusal):
                return Reply(refused(caller), NO_LIMITS.take(None, endpoint, None, wall_ms))
            api_key = caller.api_key
        if is_market_time(endpoint):
            return Reply(market_time(self._clock.now_ns()), NO_LIMITS.take(None, endpoint, None, wall_ms))
        params = parse_json(body) if endpoint.write else _parse_query(body)
        return self._gateway.call(api_key, endpoint, params, wall_ms, lag_ms)


async def _read_body(request: Request) -> bytes | None:
    """The body, or None as soon as it grows past `MAX_BODY_BYTES`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def parse_json(body: bytes | str) -> Any:  # noqa: ANN401 (whatever the client sent)
    """JSON as a client sent it; None if it is none."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _parse_query(query: bytes) -> dict[str, Any] | None:
    try:
        return dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100))
    except ValueError:  # not ASCII, bad escapes or a flood of fields
        return None
