"""A WebSocket of pybit's that never reconnects: one object is one connection, whoever owns it makes a new one."""

import contextlib
import re
import threading

import websocket

HANDSHAKE_TIMEOUT_S = 5.0
AUTH_VALID_FOR_S = 10
ABANDON_TIMEOUT_S = 2.0
ATTEMPTS = 2
"""pybit gives up after its last attempt even if that succeeded, so two means one."""

# websocket-client takes its socket away from under us when the reading thread ends at the same moment.
GONE = (AttributeError, OSError, websocket.WebSocketException)
_HOST = re.compile(r"^wss?://[^/]+")


class OneConnection:
    """Goes in front of a class of pybit's, whose reconnecting it replaces by ending.

    ``_base`` is where an exchange on this machine is, and must be set before pybit's constructor connects; so must
    ``ended_because``. ``_on_end`` is called on the connection's own thread.
    """

    ws: websocket.WebSocketApp
    wst: threading.Thread
    _base: str | None
    ended_because: str | None

    def _on_end(self) -> None:
        """The connection has ended, or is about to; may be called more than once."""
        raise NotImplementedError

    @property
    def is_alive(self) -> bool:
        """Whether the connection is up and something reads from it."""
        return self.ended_because is None and self.wst.is_alive() and self.is_connected()

    def is_connected(self) -> bool:
        """As pybit has it."""
        return bool(super().is_connected())  # type: ignore[misc]  # the class behind this one has it

    def abandon(self) -> None:
        """Cut the connection and end its threads. May block for some seconds if something resists."""
        connection = self.ws.sock
        if connection is not None:
            with contextlib.suppress(*GONE):
                connection.abort()  # type: ignore[no-untyped-call]  # wakes the reading thread, which then ends by itself
        self.wst.join(ABANDON_TIMEOUT_S)
        self._close(connection)

    def _close(self, connection: websocket.WebSocket | None) -> None:
        with contextlib.suppress(*GONE):
            if connection is not None:
                # Its own close() leaves the system's socket open where the peer closed first.
                connection.shutdown()  # type: ignore[no-untyped-call]  # untyped there
        with contextlib.suppress(*GONE):
            self.exit()  # type: ignore[attr-defined]  # pybit's

    def _connect(self, url: str) -> None:
        super()._connect(url if self._base is None else _HOST.sub(self._base, url))  # type: ignore[misc]  # pybit's

    def _on_error(self, error: Exception) -> None:
        # Not pybit's handling, which reconnects a few times within a tenth of a second and then gives up silently.
        self.ended_because = self.ended_because or f"{type(error).__name__}: {error}"
        self._on_end()
        self._close(self.ws.sock)

    def _on_close(self) -> None:
        self.ended_because = self.ended_because or "closed"
        self._on_end()
