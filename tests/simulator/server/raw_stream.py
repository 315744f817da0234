"""A plain WebSocket: what is on the wire, in order."""

import json
import time
from typing import Any

import websocket

from bot.simulator.ready import Endpoints
from bot.simulator.server.auth import signature
from tests.simulator.server.pybit_clients import DEADLINE_S


class RawStream:
    """One stream of the simulator without pybit's threads; reads when asked to."""

    def __init__(self, at: Endpoints, path: str, timeout_s: float = DEADLINE_S, **options: Any) -> None:
        self.conn_id = ""
        self.received = 0
        self.socket = websocket.create_connection(f"{at.ws}{path}", timeout=timeout_s, http_no_proxy=["*"], **options)

    def ask(self, **frame: Any) -> dict[str, Any]:
        """Send an operation; returns the next frame that is not data."""
        self.socket.send(json.dumps(frame))
        while "topic" in (answer := self.next()):
            pass
        self.conn_id = answer.get("conn_id", self.conn_id)
        return answer

    def login(self, at: Endpoints, api_key: str = "", api_secret: str = "") -> dict[str, Any]:
        """Log in with a key, or with the simulator's first one."""
        expires_ms = time.time_ns() // 1_000_000 + 10_000
        sign = signature(api_secret or at.api_secret, f"GET/realtime{expires_ms}".encode())
        return self.ask(op="auth", args=[api_key or at.api_key, expires_ms, sign])

    def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.socket.recv())
        self.received += "topic" in frame
        return frame

    def drop(self) -> None:
        """Let go of the socket without a word to the server."""
        self.socket.shutdown()  # type: ignore[no-untyped-call]
