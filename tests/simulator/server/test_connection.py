"""One connection's queue: order, count, bound, ways to end."""

import asyncio

import pytest

from bot.simulator.server.connection import Connection
from bot.simulator.server.wire import text_frame


class FakeWire:
    """Takes what a connection sends; a blocked wire keeps it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.flowing = True
        self.ends: list[str] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def waiting_bytes(self) -> int:
        return 0 if self.flowing else sum(map(len, self.written))

    def close(self) -> None:
        self.ends.append("close")

    def hang_up(self, *, reset: bool) -> None:
        self.ends.append("reset" if reset else "close at once")


def test_frames_leave_in_order_and_a_close_comes_last() -> None:
    async def scenario() -> None:
        wire = FakeWire()
        connection = Connection("/v5/private", wire, 1000)
        connection.send(b"ack ")
        connection.send_data(b"first ")
        connection.send_data(b"second")
        connection.close()
        connection.send(b"too late")
        await asyncio.sleep(0)
        assert b"".join(wire.written) == b"ack first second"
        assert wire.ends == ["close"]
        assert connection.data_frames_sent == 2
        assert not connection.open

    asyncio.run(scenario())


def test_the_frames_of_one_turn_leave_in_one_write() -> None:
    async def scenario() -> None:
        wire = FakeWire()
        connection = Connection("/v5/private", wire, 1000)
        for number in range(5):
            connection.send_data(b"%d" % number)
        assert wire.written == []
        await asyncio.sleep(0)
        connection.send_data(b"5")
        await asyncio.sleep(0)
        assert wire.written == [b"01234", b"5"]

    asyncio.run(scenario())


def test_a_client_that_does_not_read_is_cut_off_at_the_bound() -> None:
    async def scenario() -> None:
        wire = FakeWire()
        wire.flowing = False
        connection = Connection("/v5/public/linear", wire, 1000)
        for _ in range(10):
            connection.send_data(b"x" * 100)
            await asyncio.sleep(0)
        assert wire.ends == []
        connection.send_data(b"x")
        await asyncio.sleep(0)
        assert wire.ends == ["reset"]
        assert not connection.open
        connection.send_data(b"x" * 5000)
        assert wire.ends == ["reset"]

    asyncio.run(scenario())


def test_one_burst_over_the_bound_is_cut_off_at_once() -> None:
    async def scenario() -> None:
        wire = FakeWire()
        connection = Connection("/v5/public/linear", wire, 1000)
        connection.send_data(b"x" * 1001)
        assert wire.ends == ["reset"]
        await asyncio.sleep(0)
        assert wire.written == []

    asyncio.run(scenario())


def test_a_stalled_connection_still_answers_but_sends_no_data() -> None:
    async def scenario() -> None:
        wire = FakeWire()
        connection = Connection("/v5/public/linear", wire, 1000)
        connection.stalled = True
        connection.send_data(b"data")
        connection.send(b"pong")
        connection.close()
        assert wire.written == [b"pong"]
        assert connection.data_frames_sent == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_text_frame_is_written_as_rfc_6455_wants_it(length: int, head: bytes) -> None:
    assert text_frame(b"a" * length) == head + b"a" * length
