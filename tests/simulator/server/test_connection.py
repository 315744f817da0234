"""One connection's queue: order, count, bound, ways to end."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from bot.simulator.connection import Connection


class Wire:
    """Takes what a connection sends; a blocked wire takes nothing."""

    def __init__(self) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        self.flowing = asyncio.Event()
        self.cuts = 0

    def cut(self) -> None:
        self.cuts += 1

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self.flowing.wait()
        self.sent.append(message)

    def texts(self) -> list[str]:
        return [each["text"] for each in self.sent if each["type"] == "websocket.send"]


def test_frames_leave_in_order_and_a_close_comes_last() -> None:
    async def scenario() -> None:
        wire = Wire()
        wire.flowing.set()
        connection = Connection("/v5/private", wire.cut, 1000)
        connection.send("ack")
        connection.send_data("first")
        connection.send_data("second")
        connection.close()
        connection.send("too late")
        await asyncio.wait_for(connection.write_forever(wire.send), 5)
        assert wire.texts() == ["ack", "first", "second"]
        assert wire.sent[-1] == {"type": "websocket.close", "code": 1001}
        assert connection.data_frames_sent == 2
        assert not connection.open
        assert wire.cuts == 0

    asyncio.run(scenario())


def test_a_client_that_does_not_read_is_cut_off_at_the_bound() -> None:
    async def scenario() -> None:
        wire = Wire()
        connection = Connection("/v5/public/linear", wire.cut, 1000)
        writer = asyncio.create_task(connection.write_forever(wire.send))
        for _ in range(10):
            connection.send_data("x" * 100)
        assert wire.cuts == 0
        connection.send_data("x")
        assert wire.cuts == 1
        assert not connection.open
        connection.send_data("x" * 5000)
        assert wire.cuts == 1
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)

    asyncio.run(scenario())


def test_a_stalled_connection_still_answers_but_sends_no_data() -> None:
    async def scenario() -> None:
        wire = Wire()
        wire.flowing.set()
        connection = Connection("/v5/public/linear", wire.cut, 1000)
        connection.stalled = True
        connection.send_data("data")
        connection.send("pong")
        connection.close()
        await asyncio.wait_for(connection.write_forever(wire.send), 5)
        assert wire.texts() == ["pong"]
        assert connection.data_frames_sent == 0

    asyncio.run(scenario())
