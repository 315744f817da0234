"""Order book: from the raw bytes of a delta to best prices, top ten and imbalance, beside what others do.

Depth 200, eight level changes per delta. Every rival decodes the same frames and reads the same things after each. A
rival that is not installed is left out (`pip install order-book orjson`).
"""

import json
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from pybit._websocket_stream import _V5WebSocketManager

from bot.market.order_book import OrderBook
from market_parts.table import ROUNDS, Row

TOPIC = "orderbook.200.BTCUSDT"
DEPTH, CHANGES, FRAMES = 200, 8, 4_000
OURS = "ours, from raw bytes"
MIDDLE = 600_000
"""In ticks of 0.1."""


def frames() -> Sequence[bytes]:
    """A snapshot and then deltas that change, add and remove levels, mostly near the best prices."""
    random_ = random.Random(7)  # noqa: S311 - the same market in every run
    books = {"b": {MIDDLE - n: 1.0 for n in range(DEPTH)}, "a": {MIDDLE + 1 + n: 1.0 for n in range(DEPTH)}}
    made = [_frame("snapshot", 1_000, {side: sorted(levels.items()) for side, levels in books.items()})]
    for number in range(1, FRAMES):
        changes: dict[str, list[tuple[int, float]]] = {"b": [], "a": []}
        for _ in range(CHANGES // 2):
            for side, away in (("b", -1), ("a", 1)):
                ticks = MIDDLE + (side == "a") + away * min(int(random_.expovariate(1 / 25)), DEPTH - 1)
                size = 0.0 if ticks in books[side] and random_.random() < 0.3 else random_.randint(1, 9_999) / 1000  # noqa: PLR2004
                changes[side].append((ticks, size))
                if size:
                    books[side][ticks] = size
                else:
                    del books[side][ticks]
        made.append(_frame("delta", 1_000 + number, changes))
    return made


def _frame(kind: str, u: int, levels: dict[str, list[tuple[int, float]]]) -> bytes:
    sides = {side: [[f"{ticks / 10:.1f}", f"{size:g}"] for ticks, size in rows] for side, rows in levels.items()}
    data = {"s": "BTCUSDT", **sides, "u": u, "seq": 10 * u}
    content = {"topic": TOPIC, "type": kind, "ts": 1_760_000_000_000 + u, "data": data, "cts": 1_760_000_000_000 + u}
    return json.dumps(content, separators=(",", ":")).encode()


def _ours() -> Callable[[bytes], Any]:
    book = OrderBook(TOPIC, "0.1")

    def take(raw: bytes) -> Any:  # noqa: ANN401 - what is read from it
        book.apply(raw)
        return book.best_bid, book.best_ask, book.top_ten(), book.top_imbalance

    return take


def _pybit() -> Callable[[bytes], Any]:
    manager = _V5WebSocketManager.__new__(_V5WebSocketManager)  # its merge needs no connection
    manager.data = {}

    def take(raw: bytes) -> Any:  # noqa: ANN401 - what is read from it
        message = json.loads(raw)
        topic = message["topic"]
        if message["type"] == "snapshot":
            manager.data[topic] = message["data"]
        else:
            manager._process_delta_orderbook(message, topic)  # noqa: SLF001 - this is what is measured
        book = manager.data[topic]
        bids = sorted(((float(price), float(size)) for price, size in book["b"]), reverse=True)
        asks = sorted((float(price), float(size)) for price, size in book["a"])
        return _read(bids[:10], asks[:10])

    return take


def _extension(library: ModuleType, loads: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    book = library.OrderBook()

    def take(raw: bytes) -> Any:  # noqa: ANN401 - what is read from it
        message = loads(raw)
        data = message["data"]
        for side, rows in ((book.bids, data["b"]), (book.asks, data["a"])):
            for price_text, size_text in rows:
                price, size = float(price_text), float(size_text)
                if size:
                    side[price] = size
                elif price in side:
                    del side[price]
        return _read([book.bids.index(n) for n in range(10)], [book.asks.index(n) for n in range(10)])

    return take


def _read(bids: list[tuple[float, float]], asks: list[tuple[float, float]]) -> Any:  # noqa: ANN401 - as above
    held, offered = sum(size for _, size in bids), sum(size for _, size in asks)
    return bids[0][0], asks[0][0], (bids, asks), (held - offered) / (held + offered)


def _median(make: Callable[[], Callable[[bytes], Any]], given: Iterable[bytes]) -> float:
    """Microseconds per frame after the snapshot, the median of some rounds."""
    snapshot, *deltas = given
    spent: list[float] = []
    for _ in range(ROUNDS):
        take = make()
        take(snapshot)
        began = time.perf_counter()
        for raw in deltas:
            take(raw)
        spent.append((time.perf_counter() - began) / len(deltas) * 1e6)
    return statistics.median(spent)


def _installed(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ImportError:
        return None


def measure() -> list[Row]:
    """Everybody on the same frames, microseconds per delta; all must end with the same book."""
    given = frames()
    rivals: dict[str, Callable[[], Callable[[bytes], Any]]] = {
        "ours, from raw bytes": _ours,
        "pybit's merge, sorted": _pybit,
    }
    library, orjson = _installed("order_book"), _installed("orjson")
    if library is not None:
        rivals["C extension order-book, json"] = lambda: _extension(library, json.loads)
    if library is not None and orjson is not None:
        rivals["C extension order-book, orjson"] = lambda: _extension(library, orjson.loads)
    ends = {name: _end(make, given) for name, make in rivals.items()}
    for name, end in ends.items():
        if end != ends[OURS]:
            raise RuntimeError(f"{name} ends with another book: {end}")
    aims = {OURS: "< 3"}
    return [Row(name, _median(make, given), "us/delta", aims.get(name, "")) for name, make in rivals.items()]


def _end(make: Callable[[], Callable[[bytes], Any]], given: Iterable[bytes]) -> tuple[float, float, float]:
    take = make()
    for raw in given:
        bid, ask, _, imbalance = take(raw)
    return bid, ask, round(imbalance, 9)
