"""The server's end of a WebSocket as bytes: frames as RFC 6455 writes them, and where they go."""

from typing import Protocol

_TEXT = 0x81  # FIN and opcode 1
_SHORT_MAX = 125
_MEDIUM_MAX = 0xFFFF


class Wire(Protocol):
    """One client's socket, seen from above. No method blocks."""

    def write(self, data: bytes) -> None:
        """Send bytes, or keep them until the client reads."""
        ...

    def waiting_bytes(self) -> int:
        """How much is kept."""
        ...

    def close(self) -> None:
        """Close in good order: what was written goes out, then a close frame."""
        ...

    def hang_up(self, *, reset: bool) -> None:
        """End the TCP connection at once, with RST or FIN, whatever is kept."""
        ...


def text_frame(payload: bytes) -> bytes:
    """A whole text frame as servers send it: in one piece and not masked."""
    length = len(payload)
    if length <= _SHORT_MAX:
        return bytes((_TEXT, length)) + payload
    if length <= _MEDIUM_MAX:
        return b"\x81\x7e" + length.to_bytes(2) + payload
    return b"\x81\x7f" + length.to_bytes(8) + payload
