"""The client of an upstream: it comes back whatever the other side does."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from websockets.asyncio.server import ServerConnection, serve

from bot.simulator.frames.upstream_stream import UpstreamStream

DEADLINE_S = 5.0
type Side = Callable[[ServerConnection], Awaitable[None]]


class Listener:
    """What a client of one server hears, until it has heard enough."""

    def __init__(self, enough: int) -> None:
        self.heard: list[bytes] = []
        self.losses = 0
        self.asked: list[list[str]] = []
        self._enough = enough

    def listen(self, other_side: Side, silence_s: float = 30.0) -> None:
        asyncio.run(self._listen(other_side, silence_s))

    async def _listen(self, other_side: Side, silence_s: float) -> None:
        async def answer(socket: ServerConnection) -> None:
            self.asked.append(json.loads(await socket.recv())["args"])
            await other_side(socket)

        async with serve(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            stream = UpstreamStream(f"ws://127.0.0.1:{port}", ["a", "b"], self._hear, self._lose, silence_s)
            self._done = asyncio.Event()
            running = asyncio.create_task(stream.run())
            async with asyncio.timeout(DEADLINE_S):
                await self._done.wait()
            running.cancel()
            await asyncio.wait([running])

    def _hear(self, text: bytes) -> None:
        self.heard.append(text)
        if len(self.heard) == self._enough:
            self._done.set()

    def _lose(self) -> None:
        self.losses += 1


def test_frames_come_as_they_are_and_answers_do_not() -> None:
    async def side(socket: ServerConnection) -> None:
        await socket.send('{"success":true,"op":"subscribe"}')
        await socket.send('{"success":false,"ret_msg":"error:handler not found","op":"subscribe"}')
        await socket.send("no JSON")
        await socket.send('{"topic":"a","ts":1,  "data":[]}')
        await socket.wait_closed()

    listener = Listener(1)
    listener.listen(side)
    assert listener.heard == [b'{"topic":"a","ts":1,  "data":[]}']
    assert listener.asked == [["a", "b"]]
    assert listener.losses == 1


def test_it_comes_back_after_a_close_and_asks_for_everything_again() -> None:
    async def side(socket: ServerConnection) -> None:
        await socket.send('{"topic":"a"}')

    listener = Listener(3)
    listener.listen(side)
    assert listener.asked == [["a", "b"]] * 3
    assert listener.losses == 3


def test_a_stream_that_only_answers_pings_is_given_up() -> None:
    async def side(socket: ServerConnection) -> None:
        await socket.send('{"topic":"a"}')
        async for _ in socket:
            await socket.send('{"op":"pong"}')

    listener = Listener(2)
    listener.listen(side, silence_s=0.2)
    assert listener.losses == 2
