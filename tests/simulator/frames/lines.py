"""Frames written by hand, files of them, and an account that trades while they are played."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from bot.simulator.exchange_settings import AccountSeed, ExchangeSettings
from bot.simulator.frames.capture import CaptureFeed
from bot.simulator.frames.frame_exchange import FrameExchange
from bot.simulator.push import Push
from tests.simulator.core.support import order_params

START_MS = 1_767_571_200_000
SYMBOL = "BTCUSDT"
type Line = dict[str, Any]
type Levels = Sequence[tuple[str, str]]


def book(at_ms: int, update_id: int, bids: Levels, asks: Levels, kind: str = "delta", depth: int = 50) -> Line:
    data = {"s": SYMBOL, "b": bids, "a": asks, "u": update_id, "seq": at_ms}
    return {
        "topic": f"orderbook.{depth}.{SYMBOL}",
        "type": kind,
        "ts": START_MS + at_ms,
        "data": data,
        "cts": START_MS + at_ms,
    }


def trade(at_ms: int, price: str, qty: str = "1", side: str = "Buy") -> Line:
    time_ms = START_MS + at_ms
    row = {"T": time_ms, "s": SYMBOL, "S": side, "v": qty, "p": price, "L": "PlusTick", "i": f"t{at_ms}", "BT": False}
    return {"topic": f"publicTrade.{SYMBOL}", "type": "snapshot", "ts": time_ms, "data": [row]}


def ticker(at_ms: int, kind: str = "delta", **fields: str) -> Line:
    data = {"symbol": SYMBOL, **fields}
    return {"topic": f"tickers.{SYMBOL}", "type": kind, "data": data, "cs": 1, "ts": START_MS + at_ms}


FIRST_BOOK = book(0, 1, [("100", "5"), ("99", "5")], [("100.2", "5"), ("100.4", "5")], "snapshot")


def write(file: Path, lines: Sequence[Line]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return file


class Player:
    """A capture being played, and the dealings of one account on it."""

    def __init__(self, file: Path, *symbols: str, balance: str = "10000") -> None:
        feed = CaptureFeed(file, symbols or (SYMBOL,))
        settings = ExchangeSettings((AccountSeed("main", Decimal(balance)),))
        self.exchange = FrameExchange(feed, settings, feed.frames())
        self.pushes: list[Push] = []

    def play_to(self, at_ms: int) -> list[Push]:
        pushes = list(self.exchange.advance(START_MS + at_ms))
        self.pushes += pushes
        return pushes

    def ask(self, method: str, path: str, **params: Any) -> dict[str, Any]:
        envelope, pushes = self.exchange.request("main", method, f"/v5/{path}", params, self.exchange.now_ms)
        self.pushes += pushes
        return envelope

    def get(self, path: str, **params: Any) -> Any:
        envelope = self.ask("GET", path, **{"category": "linear", "symbol": SYMBOL, **params})
        assert envelope["retCode"] == 0, envelope
        return envelope["result"]

    def order(self, side: str, qty: str, price: str | None = None, **more: Any) -> str:
        envelope = self.ask("POST", "order/create", **order_params(side, qty, price, **more))
        assert envelope["retCode"] == 0, envelope
        return str(envelope["result"]["orderId"])

    def status(self, order_id: str) -> str:
        return str(self.get("order/realtime", orderId=order_id)["list"][0]["orderStatus"])

    def fills(self) -> list[tuple[str, str]]:
        """Price and quantity of every execution so far."""
        rows = (row for push in self.pushes if push.topic == "execution" for row in push.frame()["data"])
        return [(row["execPrice"], row["execQty"]) for row in rows]


def played(folder: Path, *lines: Line) -> Player:
    return Player(write(folder / "frames.jsonl", [FIRST_BOOK, *lines]))


def texts(pushes: Sequence[Push], topic: str) -> list[bytes]:
    return [msgspec.json.encode(push.frame()) for push in pushes if push.topic == topic]
