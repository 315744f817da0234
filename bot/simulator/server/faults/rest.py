"""Carries out what the schedule decides about REST requests."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.simulator.server.faults.kinds import (
    AnyFault,
    Change,
    Ending,
    HttpStatus,
    Lag,
    Omit,
    ReplyCut,
    ReplyDelayed,
    ReplyLost,
    RequestDelayed,
    RequestLost,
    RetCode,
    ShortPage,
)
from bot.simulator.server.faults.rewrite import edited, half
from bot.simulator.server.faults.schedule import Event, Schedule
from bot.simulator.server.limits.users import Allowance
from bot.simulator.server.listener import Peer
from bot.simulator.server.wall_clock import WallClock

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

RATE_LIMITED = 10006
HTML = "<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"


class Door(Protocol):
    """What answers when nothing goes wrong."""

    async def answer(self, request: Request, lag_ms: int = 0) -> Response: ...


class FaultyDoor:
    """Stands in front of the REST door. Belongs to the asyncio loop."""

    def __init__(
        self,
        door: Door,
        schedule: Schedule,
        now_ms: Callable[[], int],
        clock: WallClock,
        hang_up: Callable[[Peer, bool], None],
    ) -> None:
        self._door = door
        self._schedule = schedule
        self._now_ms = now_ms
        self._clock = clock
        self._hang_up = hang_up

    async def answer(self, request: Request) -> Response:
        """Answer a request, unless the schedule has something else in mind."""
        if not self._schedule:
            return await self._door.answer(request)
        fault = self._schedule.strike(Event("request", request.url.path), self._now_ms())
        return await (self._door.answer(request) if fault is None else self._strike(fault, request))

    async def _strike(self, fault: AnyFault, request: Request) -> Response:
        match fault:
            case RequestLost(how=how):
                return await self._no_answer(request, how)
            case ReplyLost(how=how):
                await self._door.answer(request)
                return await self._no_answer(request, how)
            case RequestDelayed(delay_ms=delay_ms):
                await asyncio.sleep(delay_ms / 1000)
                return await self._door.answer(request)
            case ReplyDelayed(delay_ms=delay_ms):
                response = await self._door.answer(request)
                await asyncio.sleep(delay_ms / 1000)
                return response
            case ReplyCut():
                return self._cut(request, await self._door.answer(request))
            case HttpStatus(status=status, body=body, applied=applied):
                if applied:
                    await self._door.answer(request)
                text = HTML.format(status=status) if body is None else body
                return Response(text, status, media_type="text/html")
            case RetCode(code=code, text=text, applied=applied):
                if applied:
                    await self._door.answer(request)
                return self._refusal(code, text)
            case Lag(lag_ms=lag_ms):
                return await self._door.answer(request, lag_ms)
            case Omit() | Change() | ShortPage():
                return _rewritten(await self._door.answer(request), fault)
            case _:
                return await self._door.answer(request)  # a fault of another place never strikes a request

    async def _no_answer(self, request: Request, how: Ending) -> Response:
        if how != "silence" and request.client is not None:
            self._hang_up((request.client.host, request.client.port), how == "reset")
        await _until_gone(request)
        return Response()  # to nobody: the connection is gone

    def _cut(self, request: Request, response: Response) -> Response:
        """The head of an answer that promises more than comes, then the end of the connection."""
        body = bytes(response.body)

        async def first_half() -> Any:  # noqa: ANN401 (an asynchronous generator of bytes)
            yield half(body)
            await asyncio.sleep(0)
            if request.client is not None:
                self._hang_up((request.client.host, request.client.port), False)
                await _until_gone(request)  # an answer that ended here would be a mistake of the server

        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return StreamingResponse(
            first_half(), response.status_code, headers | {"content-length": str(len(body))}, "application/json"
        )

    def _refusal(self, code: int, text: str) -> Response:
        now_ms = self._clock.now_ms()
        late_ms = 1000 if code == RATE_LIMITED else 0
        headers = Allowance(0, 10, 0, now_ms + late_ms).headers()
        envelope = {"retCode": code, "retMsg": text, "result": {}, "retExtInfo": {}, "time": now_ms}
        return Response(_encode(envelope), media_type="application/json", headers=headers)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _rewritten(response: Response, fault: Omit | Change | ShortPage) -> Response:
    if response.media_type != "application/json":
        return response
    headers = {name: value for name, value in response.headers.items() if name.startswith("x-bapi")}
    body = _encode(edited(_decode(bytes(response.body)), fault))
    return Response(body, response.status_code, headers, "application/json")
