"""An order book as plain dicts, independent of the bot's, and frames for both."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.values import Side
from bot.market.order_book import OrderBook

TOPIC = "orderbook.50.BTCUSDT"
T0 = 1_760_000_000_000

type Rows = Iterable[tuple[str, str]]


class DictBook:
    """Prices as floats to sizes; knows nothing of gaps."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[float, float]] = {"b": {}, "a": {}}

    def apply(self, frame: Mapping[str, Any]) -> None:
        """Take a decoded frame."""
        for name, side in self.sides.items():
            if frame["type"] == "snapshot" or frame["data"]["u"] == 1:
                side.clear()
            for price, size in frame["data"][name]:
                if float(size):
                    side[float(price)] = float(size)
                else:
                    side.pop(float(price), None)

    @property
    def bids(self) -> list[tuple[float, float]]:
        return sorted(self.sides["b"].items(), reverse=True)

    @property
    def asks(self) -> list[tuple[float, float]]:
        return sorted(self.sides["a"].items())


def frame(kind: str, u: int, bids: Rows = (), asks: Rows = (), ts: int = T0, topic: str = TOPIC) -> dict[str, Any]:
    """A push as Bybit lays it out today."""
    return {
        "topic": topic,
        "type": kind,
        "ts": ts,
        "data": {
            "s": topic.rpartition(".")[2],
            "b": [list(row) for row in bids],
            "a": [list(row) for row in asks],
            "u": u,
            "seq": 10 * u,
        },
        "cts": ts - 2,
    }


def raw(content: Mapping[str, Any]) -> bytes:
    """The bytes of a frame, without spaces as Bybit writes it."""
    return json.dumps(content, separators=(",", ":")).encode()


def assert_equal(book: OrderBook, model: DictBook) -> None:
    """Every level, on both sides, in order."""
    assert book.levels(Side.BUY) == model.bids
    assert book.levels(Side.SELL) == model.asks
