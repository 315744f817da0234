"""One WebSocket client: its outgoing queue, its count of data frames, its way to be cut off."""

import asyncio
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

GOING_AWAY = 1001


class Connection:
    """The server's end of one WebSocket.

    Frames leave in the order of `send` calls. A client that does not read is cut off as soon as
    `max_queued_bytes` wait for it, so it can neither block other clients nor eat the memory.
    Belongs to the server's asyncio loop; no method blocks except `write_forever`.
    """

    def __init__(self, path: str, cut: Callable[[], None], max_queued_bytes: int) -> None:
        self.conn_id = str(uuid.uuid4())
        self.path = path
        self.account: str | None = None
        self.stalled = False
        self.data_frames_sent = 0
        self.topic_chars = 0
        self._cut = cut
        self._max_queued_bytes = max_queued_bytes
        self._queue: deque[str] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._closing = False

    @property
    def open(self) -> bool:
        return not self._closing

    def send(self, text: str) -> None:
        """Queue a frame that is no market or account data (acks, pongs)."""
        if self._closing:
            return
        self._queued_bytes += len(text)
        if self._queued_bytes > self._max_queued_bytes:
            self.reset()
            return
        self._queue.append(text)
        self._wake.set()

    def send_data(self, text: str) -> None:
        """Queue a data frame (one that carries `topic`) and count it. A stalled connection sends none."""
        if self._closing or self.stalled:
            return
        self.data_frames_sent += 1
        self.send(text)

    def close(self) -> None:
        """Close in good order: what is queued goes out, then a close frame."""
        self._closing = True
        self._wake.set()

    def reset(self) -> None:
        """Cut the TCP connection (RST) and drop what is queued."""
        self._closing = True
        self._queue.clear()
        self._cut()
        self._wake.set()

    async def write_forever(self, send: Send) -> None:
        """Send queued frames through `send` until the connection closes."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                text = self._queue.popleft()
                self._queued_bytes -= len(text)
                await send({"type": "websocket.send", "text": text})
            if self._closing:
                await send({"type": "websocket.close", "code": GOING_AWAY})
                return
