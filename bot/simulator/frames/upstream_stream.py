"""A client of one public V5 stream that never gives up: it connects, subscribes, pings, and begins anew."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 30.0
PING_S: Final = 20.0
SILENCE_S: Final = 30.0
"""A stream that brings no data for so long is given up, even if it answers pings."""
OPEN_TIMEOUT_S: Final = 10.0
TOPICS_A_REQUEST: Final = 10
MAX_FRAME_BYTES: Final = 16 << 20
DATA_START: Final = b'{"topic"'
ALREADY: Final = "already subscribed"
HERE: Final = ("127.0.0.1", "localhost", "::1")


class UpstreamStream:
    """One connection to a public endpoint such as wss://stream.bybit.com/v5/public/linear.

    Belongs to an asyncio loop. `hear` gets every frame that is not an answer, as it came. `lost` is told whenever
    frames may be missing from here on, before the first connection too.
    """

    def __init__(
        self,
        url: str,
        topics: Iterable[str],
        hear: Callable[[bytes], None],
        lost: Callable[[], None],
        silence_s: float = SILENCE_S,
    ) -> None:
        self._url = url
        self._topics = dict.fromkeys(topics)
        self._needed = frozenset(self._topics)
        self._numbers = count(1)
        self._asked: dict[str, list[str]] = {}
        self._hear = hear
        self._lost = lost
        self._silence_s = silence_s
        self._socket: ClientConnection | None = None
        self._heard_s = 0.0
        self._has_heard = False
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        return self._socket is not None

    async def run(self) -> None:
        """Listen until cancelled.

        It waits longer after each connection that brought nothing: a quarter of a second up to half a minute, and
        a random part less, so that not all who lost the same upstream come back at once.
        """
        wait_s = FIRST_WAIT_S
        while True:
            self._lost()
            self._has_heard, reason = False, "it closed the connection"
            try:
                await self._listen()
            except (OSError, TimeoutError, WebSocketException, InvalidHandshake, InvalidURI) as error:
                reason = str(error) or type(error).__name__
            if self._has_heard:
                wait_s = FIRST_WAIT_S
            soon_s = wait_s * random.uniform(0.7, 1)  # noqa: S311 (no secret)
            _log.warning("%s: %s; the next attempt comes in %.2f s", self._url, reason, soon_s)
            await asyncio.sleep(soon_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def subscribe(self, topic: str) -> None:
        """Listen to one more topic, now or as soon as there is a connection."""
        if topic not in self._topics:
            self._topics[topic] = None
            self._send(self._subscription([topic]))

    def begin_anew(self, topic: str) -> None:
        """Frames of a topic are missing: unsubscribe and subscribe, so that it begins with a snapshot."""
        _log.warning("%s: frames of %s are missing, it is subscribed anew", self._url, topic)
        self._send({"op": "unsubscribe", "args": [topic]})
        self._send(self._subscription([topic]))

    def hang_up(self) -> None:
        """End the connection; `run` makes a new one."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _listen(self) -> None:
        here = urlsplit(self._url).hostname in HERE
        async with connect(
            self._url,
            proxy=None if here else True,
            compression=None if here else "deflate",
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=1.0,
            ping_interval=None,  # Bybit answers pings of its own kind
            max_size=MAX_FRAME_BYTES,
        ) as socket:
            _log.info("%s: connected", self._url)
            self._socket, loop = socket, asyncio.get_running_loop()
            self._heard_s = loop.time()
            pinger = asyncio.create_task(self._ping(socket))
            try:
                self._asked.clear()
                topics = list(self._topics)
                for first in range(0, len(topics), TOPICS_A_REQUEST):
                    await socket.send(_text(self._subscription(topics[first : first + TOPICS_A_REQUEST])))
                while True:
                    text = await socket.recv(decode=False)
                    if text.startswith(DATA_START) or b'"topic"' in text:
                        self._heard_s, self._has_heard = loop.time(), True
                        self._hear(text)
                    else:
                        self._read_answer(text)
            finally:
                self._socket = None
                pinger.cancel()

    async def _ping(self, socket: ClientConnection) -> None:
        loop = asyncio.get_running_loop()
        pinged_s = loop.time()
        while True:
            await asyncio.sleep(min(1.0, self._silence_s / 2))
            if loop.time() - self._heard_s > self._silence_s:
                _log.warning("%s: no data in %g s", self._url, self._silence_s)
                socket.transport.abort()
                return
            if loop.time() - pinged_s >= PING_S:
                pinged_s = loop.time()
                with contextlib.suppress(WebSocketException):
                    await socket.send(_text({"op": "ping"}))

    def _read_answer(self, text: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            answer: Any = _decode(text)
            if not isinstance(answer, dict):
                return
            topics = self._asked.pop(str(answer.get("req_id")), [])
            if answer.get("success") is False:
                reason = str(answer.get("ret_msg"))
                _log.error("%s: %s", self._url, reason)
                if ALREADY not in reason:
                    self._refused(topics)

    def _refused(self, topics: list[str]) -> None:
        """One of these topics can not be had: find out which, and let the others not suffer from it."""
        if len(topics) > 1:
            for topic in topics:
                self._send(self._subscription([topic]))
        elif topics and topics[0] not in self._needed:
            self._topics.pop(topics[0], None)

    def _subscription(self, topics: list[str]) -> dict[str, Any]:
        number = str(next(self._numbers))
        self._asked[number] = topics
        return {"op": "subscribe", "req_id": number, "args": topics}

    def _send(self, request: dict[str, Any]) -> None:
        """Send something soon; without a connection it is not needed, because a new one subscribes to everything."""
        socket = self._socket
        if socket is None:
            return

        async def send() -> None:
            with contextlib.suppress(WebSocketException):
                await socket.send(_text(request))

        task = asyncio.get_running_loop().create_task(send())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


def _text(request: dict[str, Any]) -> str:
    return _encode(request).decode()
