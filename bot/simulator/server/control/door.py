"""The control port: what only a test, a replay or an operator may do to the simulated market."""

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, NamedTuple

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_encode = msgspec.json.Encoder().encode


class ControlError(Exception):
    """An action refuses: one sentence for the person who asked, and the HTTP status that fits it."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to the control port."""

    raw: bytes
    query: Mapping[str, str]

    def body[T](self, kind: type[T]) -> T:
        """The JSON body as a value; anything that does not fit is answered with 400."""
        try:
            return msgspec.json.decode(self.raw or b"{}", type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ControlError(HTTPStatus.BAD_REQUEST, str(error)) from None


class Action(NamedTuple):
    """One thing the control port can do: `METHOD /control/{name}`. What it returns is answered as JSON."""

    method: Literal["GET", "POST", "DELETE"]
    name: str
    do: Callable[[Ask], object]


class ControlDoor:
    """Answers `/control/...` requests that carry the token; JSON in, JSON out.

    Errors: 401 without the token, 400 for a body that does not fit, and what the actions themselves refuse;
    each with `{"error": one sentence}`. Actions run in the asyncio loop, one at a time.
    """

    def __init__(self, token: str, actions: Iterable[Action]) -> None:
        self._token = token
        self._actions = tuple(actions)

    def app(self) -> Starlette:
        """The most frequent action should come first."""
        by_name: dict[str, dict[str, Action]] = {}
        for action in self._actions:
            by_name.setdefault(action.name, {})[action.method] = action
        return Starlette(
            routes=[
                Route(f"/control/{name}", self._endpoint(methods), methods=list(methods))
                for name, methods in by_name.items()
            ],
            exception_handlers={HTTPStatus.NOT_FOUND: _no_action, HTTPStatus.METHOD_NOT_ALLOWED: _no_action},
        )

    def _endpoint(self, methods: Mapping[str, Action]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            given = request.headers.get("x-control-token", "")
            if not secrets.compare_digest(given.encode(), self._token.encode()):
                return _error(HTTPStatus.UNAUTHORIZED, "the header X-Control-Token is missing or wrong")
            action = methods.get(request.method) or methods["GET"]  # HEAD goes with GET
            try:
                return _json(action.do(Ask(await request.body(), request.query_params)))
            except ControlError as error:
                return _error(error.status, str(error))

        return answer


def _json(answer: Any) -> Response:  # noqa: ANN401 (whatever msgspec can encode)
    return Response(_encode(answer), media_type="application/json")


async def _no_action(request: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    return _error(status, f"there is no action {request.method} {request.url.path}")


def _error(status: HTTPStatus, text: str) -> Response:
    return Response(_encode({"error": text}), status_code=status, media_type="application/json")
