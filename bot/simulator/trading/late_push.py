"""Private frames that are written when somebody reads them."""

from collections.abc import Callable
from typing import Any

type Write = Callable[[Any], dict[str, Any]]
"""Makes a row out of values that no longer change."""


class LatePush:
    """A frame of a private topic; its rows are written when it is first read, out of what was so when it was told.

    Most accounts have no subscriber at most times, and writing a row takes longer than what it tells of.
    """

    __slots__ = ("_frame", "_frame_id", "_now_ms", "_rows", "account", "category", "topic")

    def __init__(self, topic: str, account: str, category: str, frame_id: str, now_ms: int) -> None:
        self.topic = topic
        self.account = account
        self.category = category
        self._frame_id = frame_id
        self._now_ms = now_ms
        self._rows: list[tuple[Write, Any]] = []
        self._frame: dict[str, Any] | None = None

    def add(self, write: Write, values: Any) -> None:  # noqa: ANN401 (each kind of row has its own)
        """Tell one more thing, before the frame is handed out."""
        self._rows.append((write, values))

    def frame(self) -> dict[str, Any]:
        """The whole V5 frame, ready for JSON. Its receivers must not change it."""
        if self._frame is None:
            rows = [write(values) for write, values in self._rows]
            self._frame = {"id": self._frame_id, "topic": self.topic, "creationTime": self._now_ms, "data": rows}
        return self._frame
