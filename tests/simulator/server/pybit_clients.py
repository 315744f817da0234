"""Unmodified pybit, pointed at the simulator, and what the tests need to listen to it."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pybit.unified_trading import HTTP, WebSocket

from bot.simulator.ready import Endpoints

DEADLINE_S = 10.0
HOST_PATTERN = re.compile(r"^wss?://[^/]+")

type Frame = dict[str, Any]


def rest_session(at: Endpoints, **options: Any) -> Any:
    keys = {"api_key": at.api_key, "api_secret": at.api_secret}
    session = HTTP(**(keys | options))
    session.endpoint = at.rest
    session.client.trust_env = False  # a proxy in the environment is not for 127.0.0.1
    return session


class SimulatorWebSocket(WebSocket):  # type: ignore[misc]  # pybit has no types
    """pybit's WebSocket with another address; nothing else differs."""

    def __init__(self, at: Endpoints, **options: Any) -> None:
        self._address = at.ws
        super().__init__(testnet=False, **options)

    def _connect(self, url: str) -> None:
        super()._connect(HOST_PATTERN.sub(self._address, url))


class Recorder:
    """Collects frames on pybit's thread; tests wait for them with a deadline."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._changed = threading.Condition()

    def __call__(self, frame: Frame) -> None:
        with self._changed:
            self._frames.append(frame)
            self._changed.notify_all()

    def frames(self, topic: str | None = None) -> list[Frame]:
        with self._changed:
            return [each for each in self._frames if topic is None or each.get("topic") == topic]

    def data_frames(self) -> int:
        with self._changed:
            return sum("topic" in each for each in self._frames)

    def wait(self, until: Callable[[list[Frame]], Any]) -> list[Frame]:
        """The frames so far, as soon as `until` holds for them."""
        with self._changed:
            met = self._changed.wait_for(lambda: until(self._frames), DEADLINE_S)
            assert met, f"never came; the last of {len(self._frames)}: {self._frames[-3:]}"
            return list(self._frames)

    def wait_topic(self, topic: str, count: int = 1) -> list[Frame]:
        self.wait(lambda frames: sum(each.get("topic") == topic for each in frames) >= count)
        return self.frames(topic)

    def conn_id(self) -> str:
        frames = self.wait(lambda frames: any("conn_id" in each for each in frames))
        return next(str(each["conn_id"]) for each in frames if "conn_id" in each)


@contextmanager
def public_stream(at: Endpoints, recorder: Recorder | None = None) -> Iterator[Any]:
    """A public stream; with a recorder every frame goes there raw (acks too), past pybit's own merging."""
    options = {} if recorder is None else {"callback_function": recorder}
    stream = SimulatorWebSocket(at, channel_type="linear", **options)
    try:
        yield stream
    finally:
        stream.exit()


@contextmanager
def private_stream(at: Endpoints, recorder: Recorder | None = None, **keys: str) -> Iterator[Any]:
    options: dict[str, Any] = {"api_key": at.api_key, "api_secret": at.api_secret, **keys}
    if recorder is not None:
        options["callback_function"] = recorder
    stream = SimulatorWebSocket(at, channel_type="private", private_auth_expire=10, **options)
    try:
        yield stream
    finally:
        stream.exit()


def eventually(holds: Callable[[], Any], what: str) -> None:
    """Poll until `holds()` is true; fail with `what` after the deadline."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline_s, what
        threading.Event().wait(0.005)
