"""A client's socket: what is written to it, and when no more."""

import asyncio
from typing import Any

from starlette.websockets import WebSocket

from bot.simulator.server.streams.door import SocketWire

MUCH = b"x" * (8 << 20)


def test_nothing_is_written_behind_a_close_frame_that_waits_for_a_slow_client() -> None:
    async def scenario() -> None:
        done = asyncio.Event()

        async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await done.wait()
            writer.transport.abort()

        async with await asyncio.start_server(silent, "127.0.0.1", 0, limit=1) as server:
            port = server.sockets[0].getsockname()[1]
            transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.1", port)
            wire = SocketWire(transport, WebSocket({"type": "websocket"}, _never, _never))
            wire.write(MUCH)
            waiting = wire.waiting_bytes()
            transport.close()
            wire.write(b"late")
            still_waiting = wire.waiting_bytes()
            transport.abort()
            done.set()
        assert still_waiting == waiting > 0

    asyncio.run(scenario())


async def _never(*_: object) -> Any:
    """Of the closing handshake nothing is seen here."""
