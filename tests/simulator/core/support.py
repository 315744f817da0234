"""An exchange for tests: hand-made or synthetic bars, short requests, decimals out of frames."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.feeds import Bars, MarketFeed, SyntheticFeed
from bot.simulator.instruments import Instrument, make_instrument
from bot.simulator.intervals import DAY_MS
from bot.simulator.push import Push

START_MS = 1_767_571_200_000
MINUTE_MS = 60_000
type Ohlc = tuple[float, float, float, float]


class ListedFeed:
    """One-minute bars given as (open, high, low, close); one bar of history repeats the first open."""

    def __init__(self, bars: dict[str, Sequence[Ohlc]], volume: float = 1000.0) -> None:
        self.symbols = tuple(bars)
        self.start_ms = START_MS
        self.end_ms: int | None = START_MS + max(len(rows) for rows in bars.values()) * MINUTE_MS
        self.interval_ms = MINUTE_MS
        self._bars = {}
        self._instruments = {}
        for number, (symbol, rows) in enumerate(bars.items(), start=1):
            first = rows[0][0]
            table = np.array([(first,) * 4, *rows])
            starts = START_MS + (np.arange(len(table), dtype=np.int64) - 1) * MINUTE_MS
            self._bars[symbol] = Bars()
            open_, high, low, close = table.T
            self._bars[symbol].append(starts, open_, high, low, close, np.full(len(table), volume))
            self._instruments[symbol] = make_instrument(symbol, number, first)

    def instrument(self, symbol: str) -> Instrument:
        return self._instruments[symbol]

    def bars(self, symbol: str) -> Bars:
        return self._bars[symbol]

    def extend(self) -> bool:
        return False


class OneDay:
    """The first day of a synthetic market, which nothing that plays it changes."""

    def __init__(self, *symbols: str) -> None:
        self._feed = SyntheticFeed(symbols, 5)
        self.symbols = symbols
        self.interval_ms = MINUTE_MS
        self.start_ms = self._feed.start_ms
        self.end_ms: int | None = self.start_ms + DAY_MS

    def instrument(self, symbol: str) -> Instrument:
        return self._feed.instrument(symbol)

    def bars(self, symbol: str) -> Bars:
        return self._feed.bars(symbol)

    def extend(self) -> bool:
        return False


@cache
def one_day(*symbols: str) -> OneDay:
    """Made once: examples of a law share its bars."""
    return OneDay(*symbols)


class Session:
    """One account's dealings with an exchange; remembers every push."""

    def __init__(self, feed: MarketFeed, balance: str = "10000", seed: int = 0) -> None:
        settings = ExchangeSettings((AccountSeed("main", Decimal(balance)),), seed=seed)
        self.exchange = Exchange(feed, settings)
        self.pushes: list[Push] = []

    def get(self, path: str, **params: Any) -> Any:
        return self._result("GET", path, params)

    def post(self, path: str, **params: Any) -> Any:
        return self._result("POST", path, params)

    def code(self, path: str, **params: Any) -> int:
        """The retCode of a POST."""
        return int(self._envelope("POST", path, params)["retCode"])

    def order(self, side: str, qty: str, price: str | None = None, **more: Any) -> str:
        """Place an order (BTCUSDT unless `symbol` is given); returns its id."""
        return str(self.post("order/create", **order_params(side, qty, price, **more))["orderId"])

    def refusal(self, side: str, qty: str, price: str | None = None, **more: Any) -> int:
        return self.code("order/create", **order_params(side, qty, price, **more))

    def state_of(self, order_id: str) -> dict[str, Any]:
        rows = self.get("order/realtime", category="linear", orderId=order_id)["list"]
        return dict(rows[0])

    def position(self, symbol: str = "BTCUSDT") -> dict[str, Any]:
        return dict(self.get("position/list", category="linear", symbol=symbol)["list"][0])

    def play(self, minutes: float) -> list[Push]:
        pushes = list(self.exchange.advance(self.exchange.now_ms + int(minutes * MINUTE_MS)))
        self.pushes += pushes
        return pushes

    def rows(self, topic: str) -> list[dict[str, Any]]:
        """The data rows of every push of a topic so far."""
        return [row for push in self.pushes if push.topic == topic for row in push.frame()["data"]]

    def _result(self, method: str, path: str, params: dict[str, Any]) -> Any:
        envelope = self._envelope(method, path, params)
        assert envelope["retCode"] == 0, envelope
        return envelope["result"]

    def _envelope(self, method: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
        now_ms = self.exchange.now_ms
        envelope, pushes = self.exchange.request("main", method, f"/v5/{path}", params, now_ms)
        self.pushes += pushes
        return envelope


def order_params(side: str, qty: str, price: str | None, **more: Any) -> dict[str, Any]:
    kind = {"orderType": "Market"} if price is None else {"orderType": "Limit", "price": price}
    return {"category": "linear", "symbol": "BTCUSDT", "side": side, "qty": qty, **kind, **more}


def btc(*bars: Ohlc, balance: str = "10000", volume: float = 1000.0) -> Session:
    return Session(ListedFeed({"BTCUSDT": bars}, volume), balance)


def synthetic(*symbols: str, seed: int = 1) -> Session:
    return Session(SyntheticFeed(symbols, seed), "10000", seed)
