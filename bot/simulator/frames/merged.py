"""What the frames of a topic add up to: the book and the ticker as a subscriber has them."""

from enum import Enum, auto
from typing import Any

from bot.simulator.frames.frame import BookData, Frame
from bot.simulator.market.book import Side

type Lines = list[list[str]]
"""[price, size], best first."""


class Applied(Enum):
    """What became of a frame."""

    CHANGED = auto()
    STALE = auto()
    """It is older than what is known, or a delta of a book that is not known."""
    GAP = auto()
    """Frames before it are missing; what is known is worthless."""


class MergedBook:
    """The book of one depth (Bybit V5 docs, websocket public orderbook).

    A snapshot replaces everything, size "0" deletes a level, `u` counts by one.
    """

    def __init__(self) -> None:
        self.known = False
        self.update_id = self.seq = self.at_ms = self.cts_ms = 0
        self._levels: dict[Side, dict[str, str]] = {"Buy": {}, "Sell": {}}
        self._sorted: dict[Side, Lines | None] = {"Buy": None, "Sell": None}

    def forget(self) -> None:
        """Frames have been missed: wait for the next snapshot."""
        self.known = False

    def apply(self, frame: Frame) -> Applied:
        data: BookData = frame.data
        if frame.is_snapshot:
            self._levels = {"Buy": {}, "Sell": {}}
        elif not self.known or data.u <= self.update_id:
            return Applied.STALE
        elif data.u != self.update_id + 1:
            self.known = False
            return Applied.GAP
        self._change("Buy", data.b)
        self._change("Sell", data.a)
        self.known = True
        self.update_id, self.seq, self.at_ms, self.cts_ms = data.u, data.seq, frame.ts_ms, frame.cts_ms
        return Applied.CHANGED

    def lines(self, side: Side, depth: int) -> Lines:
        """The first levels of a side, texts as they came."""
        found = self._sorted[side]
        if found is None:
            levels = sorted(self._levels[side].items(), key=_price, reverse=side == "Buy")
            found = self._sorted[side] = [list(each) for each in levels]
        return found[:depth]

    def frame(self, topic: str, symbol: str, depth: int) -> dict[str, Any]:
        """The snapshot that a new subscriber begins with; recorded deltas continue from it."""
        bids, asks = self.lines("Buy", depth), self.lines("Sell", depth)
        data = {"s": symbol, "b": bids, "a": asks, "u": self.update_id, "seq": self.seq}
        return {"topic": topic, "type": "snapshot", "ts": self.at_ms, "data": data, "cts": self.cts_ms}

    def _change(self, side: Side, changes: list[tuple[str, str]]) -> None:
        levels = self._levels[side]
        for price, size in changes:
            if float(size):
                levels[price] = size
            else:
                levels.pop(price, None)
        self._sorted[side] = None


class MergedTicker:
    """The fields of a ticker: a delta names only those that have changed."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}

    def apply(self, frame: Frame) -> None:
        if frame.is_snapshot:
            self.fields = {}
        self.fields.update({name: value for name, value in frame.data.items() if value is not None})

    def frame(self, topic: str, now_ms: int) -> dict[str, Any] | None:
        """The snapshot that a new subscriber begins with; None = nothing is known yet."""
        if not self.fields:
            return None
        return {"topic": topic, "type": "snapshot", "data": dict(self.fields), "cs": now_ms, "ts": now_ms}


def _price(level: tuple[str, str]) -> float:
    return float(level[0])
