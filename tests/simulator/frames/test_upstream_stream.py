"""The client of an upstream: it comes back whatever the other side does."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import pairwise

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


def test_it_waits_longer_for_an_upstream_that_takes_connections_and_says_nothing() -> None:
    async def scenario() -> list[float]:
        came_s: list[float] = []
        enough = asyncio.Event()

        async def side(_: ServerConnection) -> None:
            came_s.append(asyncio.get_running_loop().time())
            if len(came_s) == 4:
                enough.set()

        async with serve(side, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            stream = UpstreamStream(f"ws://127.0.0.1:{port}", ["a"], lambda _: None, lambda: None)
            running = asyncio.create_task(stream.run())
            async with asyncio.timeout(DEADLINE_S):
                await enough.wait()
            running.cancel()
            await asyncio.wait([running])
        return came_s

    came_s = asyncio.run(scenario())
    first_s, second_s, third_s = (after - before for before, after in pairwise(came_s))
    assert first_s < second_s < third_s


def test_a_topic_that_is_refused_does_not_take_the_others_along() -> None:
    async def scenario() -> list[list[str]]:
        requests: list[list[str]] = []
        done = asyncio.Event()
        connections = 0

        async def side(socket: ServerConnection) -> None:
            nonlocal connections
            connections += 1
            async for text in socket:
                request = json.loads(text)
                requests.append(request["args"])
                refused = "bad" in request["args"]
                answer = {"success": not refused, "ret_msg": "error:handler not found" if refused else ""}
                await socket.send(json.dumps(answer | {"op": "subscribe", "req_id": request["req_id"]}))
                if request["args"] == ["bad"]:
                    return
                if connections > 1:
                    done.set()

        async with serve(side, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            stream = UpstreamStream(f"ws://127.0.0.1:{port}", ["a"], lambda _: None, lambda: None)
            stream.subscribe("bad")
            stream.subscribe("late")
            running = asyncio.create_task(stream.run())
            async with asyncio.timeout(DEADLINE_S):
                await done.wait()
            running.cancel()
            await asyncio.wait([running])
        return requests

    requests = asyncio.run(scenario())
    assert requests[:3] == [["a", "bad", "late"], ["a"], ["bad"]]
    assert requests[-1] == ["a", "late"]


def test_a_request_that_is_refused_is_made_again_topic_by_topic() -> None:
    asked: list[list[str]] = []

    async def side(socket: ServerConnection) -> None:
        await socket.send('{"success":false,"ret_msg":"error:handler not found,topic:b","req_id":"1"}')
        asked.extend([json.loads(await socket.recv())["args"], json.loads(await socket.recv())["args"]])
        await socket.send('{"topic":"a"}')

    Listener(1).listen(side)
    assert asked == [["a"], ["b"]]
