"""The control port: what only a test, a replay or an operator may do to the simulated market."""

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Literal

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.simulator.pacing import LockstepMarket, PacedMarket
from bot.simulator.venue import Venue

_encode = msgspec.json.Encoder().encode

type Endpoint = Callable[[Request], Awaitable[Response]]
type Market = PacedMarket | LockstepMarket


class StepBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/step`."""

    received: dict[str, int]
    until_ms: int | None = None


class DisconnectBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /control/disconnect`; no path means the connections of every path."""

    how: Literal["close", "reset", "stall"]
    path: Literal["/v5/public/linear", "/v5/private"] | None = None


_decode_step = msgspec.json.Decoder(StepBody).decode
_decode_disconnect = msgspec.json.Decoder(DisconnectBody).decode


class ControlDoor:
    """Answers `/control/...` requests that carry the token; JSON in, JSON out.

    Errors: 401 without the token, 400 for a body that does not fit, 404 for an unknown account,
    409 for a step while the market runs by the clock; each with `{"error": one sentence}`.
    """

    def __init__(
        self, venue: Venue, market: Market, token: str, accounts: tuple[str, ...], stop: Callable[[], None]
    ) -> None:
        self._venue = venue
        self._market = market
        self._token = token
        self._accounts = accounts
        self._stop = stop

    def app(self) -> Starlette:
        def route(method: str, path: str, endpoint: Endpoint) -> Route:
            return Route(f"/control/{path}", self._guarded(endpoint), methods=[method])

        return Starlette(
            routes=[
                route("POST", "step", self.step),  # first: by far the most frequent
                route("GET", "clock", self.clock),
                route("GET", "books", self.books),
                route("POST", "pause", self.pause),
                route("POST", "resume", self.resume),
                route("POST", "disconnect", self.disconnect),
                route("POST", "shutdown", self.shutdown),
            ]
        )

    async def step(self, request: Request) -> Response:
        if isinstance(self._market, PacedMarket):
            return _error(HTTPStatus.CONFLICT, "the market runs by the clock; start it with speed 'lockstep'")
        try:
            body = _decode_step(await request.body())
        except msgspec.MsgspecError as error:
            return _error(HTTPStatus.BAD_REQUEST, str(error))
        return _json(self._market.step(body.received, body.until_ms))

    async def clock(self, _request: Request) -> Response:
        self._market.catch_up()
        return self._clock()

    async def books(self, request: Request) -> Response:
        account = request.query_params.get("account", self._accounts[0])
        if account not in self._accounts:
            return _error(HTTPStatus.NOT_FOUND, f"no account {account!r}")
        return _json(self._venue.exchange.books(account))

    async def pause(self, _request: Request) -> Response:
        self._market.pause()
        return self._clock()

    async def resume(self, _request: Request) -> Response:
        self._market.resume()
        return self._clock()

    async def disconnect(self, request: Request) -> Response:
        try:
            body = _decode_disconnect(await request.body())
        except msgspec.MsgspecError as error:
            return _error(HTTPStatus.BAD_REQUEST, str(error))
        chosen = [each for each in self._venue.connections if body.path in {None, each.path}]
        for connection in chosen:
            match body.how:
                case "close":
                    connection.close()
                case "reset":
                    connection.reset()
                case "stall":
                    connection.stalled = True
        return _json({"connections": len(chosen)})

    async def shutdown(self, _request: Request) -> Response:
        self._stop()
        return _json({})

    def _clock(self) -> Response:
        market = self._market
        speed = market.speed if isinstance(market, PacedMarket) else "lockstep"
        answer = {"now_ms": self._venue.exchange.now_ms, "speed": speed}
        return _json(answer | {"paused": market.paused, "finished": market.finished})

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("x-control-token", "")
            if not secrets.compare_digest(given.encode(), self._token.encode()):
                return _error(HTTPStatus.UNAUTHORIZED, "the header X-Control-Token is missing or wrong")
            return await endpoint(request)

        return guarded


def _json(answer: Any) -> Response:  # noqa: ANN401 (whatever msgspec can encode)
    return Response(_encode(answer), media_type="application/json")


def _error(status: HTTPStatus, text: str) -> Response:
    return Response(_encode({"error": text}), status_code=status, media_type="application/json")
