"""One WebSocket client: its outgoing frames, its count of data frames, its way to be cut off."""

import asyncio
import uuid

from bot.simulator.server.wire import Wire


class Connection:
    """The server's end of one WebSocket.

    Frames leave in the order of `send` calls, all of one turn of the loop in one write. A client that does
    not read is cut off as soon as `max_queued_bytes` wait for it, so it can neither block other clients nor
    eat the memory. Belongs to the server's asyncio loop; no method blocks.
    """

    def __init__(self, path: str, wire: Wire, max_queued_bytes: int) -> None:
        self.conn_id = str(uuid.uuid4())
        self.path = path
        self.account: str | None = None
        self.api_key: str | None = None
        self.stalled = False
        self.data_frames_sent = 0
        self.mangled_frames_sent = 0
        self.topic_chars = 0
        self.req_ids: dict[str, None] = {}
        self.active = True
        """Whether anything was said in either direction since somebody last set this to False."""
        self._wire = wire
        self._max_queued_bytes = max_queued_bytes
        self._frames: list[bytes] = []
        self._queued_bytes = 0
        self._open = True

    @property
    def open(self) -> bool:
        return self._open

    def send(self, frame: bytes) -> None:
        """Queue a frame that is no market or account data (acks, pongs); see `wire.text_frame`."""
        if not self._open:
            return
        self._queued_bytes += len(frame)
        if self._queued_bytes > self._max_queued_bytes:
            self.hang_up()
            return
        if not self._frames:
            asyncio.get_running_loop().call_soon(self._flush)
        self._frames.append(frame)

    def send_data(self, frame: bytes, *, mangled: bool = False) -> None:
        """Queue a data frame (one that carries `topic`) and count it. A stalled connection sends none.

        What a fault has made of a frame may not be one any more: it is counted apart, as clients may count it or not.
        """
        if not self._open or self.stalled:
            return
        if mangled:
            self.mangled_frames_sent += 1
        else:
            self.data_frames_sent += 1
        self.active = True
        self.send(frame)

    def close(self) -> None:
        """Close in good order: what is queued goes out, then a close frame."""
        if self._open:
            self._flush()
            self._open = False
            self._wire.close()

    def hang_up(self, *, reset: bool = True) -> None:
        """Cut the TCP connection (RST, or FIN) and drop what is queued."""
        if self._open:
            self._open = False
            self._frames.clear()
            self._wire.hang_up(reset=reset)

    def gone(self) -> None:
        """The client has left by itself: nothing more to send, nobody to tell."""
        self._open = False
        self._frames.clear()

    def _flush(self) -> None:
        if not self._frames:
            return
        if self._wire.waiting_bytes() + self._queued_bytes > self._max_queued_bytes:
            self.hang_up()
            return
        self._wire.write(b"".join(self._frames))
        self._frames.clear()
        self._queued_bytes = 0
