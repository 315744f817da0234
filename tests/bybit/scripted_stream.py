"""A WebSocket server on this machine whose every connection follows a script."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

type Script = Callable[[ServerConnection], None]


def operation(connection: ServerConnection, name: str) -> dict[str, Any]:
    """The next request of the client that asks for ``name``."""
    while True:
        request: dict[str, Any] = json.loads(connection.recv())
        if request.get("op") == name:
            return request


def acknowledge(connection: ServerConnection, request: dict[str, Any], **changes: Any) -> None:
    answer = {"success": True, "ret_msg": "", "conn_id": "c-1", "req_id": request.get("req_id"), "op": request["op"]}
    connection.send(json.dumps(answer | changes))


def accept_all(connection: ServerConnection, requests: int = 1) -> None:
    """Acknowledge that many subscriptions."""
    for _ in range(requests):
        acknowledge(connection, operation(connection, "subscribe"))


@contextmanager
def scripted_stream(*scripts: Script) -> Iterator[str]:
    """The address of a server; its connections follow the scripts in their order, the last one again and again."""
    waiting = list(scripts)
    ended = threading.Event()

    def handle(connection: ServerConnection) -> None:
        script = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        try:
            script(connection)
            ended.wait()
        except ConnectionClosed:
            pass

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            ended.set()
            server.shutdown()
            thread.join()
