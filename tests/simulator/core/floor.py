"""Several accounts on one exchange, for tests of how they meet."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.feeds import MarketFeed
from bot.simulator.push import Push
from tests.simulator.core.support import MINUTE_MS, ListedFeed, Ohlc, order_params

FLAT = ((100.0, 100.0, 100.0, 100.0),)
COINS = {"BTC": Decimal(100)}


class Trader:
    """One account's dealings; remembers the pushes that were meant for it."""

    def __init__(self, exchange: Exchange, name: str) -> None:
        self.exchange = exchange
        self.name = name
        self.pushes: list[Push] = []

    def ask(self, method: str, path: str, **params: Any) -> dict[str, Any]:
        """The whole envelope of a request."""
        envelope, pushes = self.exchange.request(self.name, method, f"/v5/{path}", params, self.exchange.now_ms)
        self.floor.tell(pushes)
        return envelope

    floor: "Floor"

    def get(self, path: str, **params: Any) -> Any:
        envelope = self.ask("GET", path, **params)
        assert envelope["retCode"] == 0, envelope
        return envelope["result"]

    def post(self, path: str, **params: Any) -> Any:
        envelope = self.ask("POST", path, **params)
        assert envelope["retCode"] == 0, envelope
        return envelope["result"]

    def code(self, path: str, **params: Any) -> int:
        return int(self.ask("POST", path, **params)["retCode"])

    def order(self, side: str, qty: str, price: str | None = None, **more: Any) -> str:
        """Place an order (linear BTCUSDT unless said otherwise); returns its id."""
        return str(self.post("order/create", **order_params(side, qty, price, **more))["orderId"])

    def refusal(self, side: str, qty: str, price: str | None = None, **more: Any) -> int:
        return self.code("order/create", **order_params(side, qty, price, **more))

    def state(self, order_id: str, category: str = "linear") -> dict[str, Any]:
        return dict(self.get("order/realtime", category=category, orderId=order_id)["list"][0])

    def status(self, order_id: str, category: str = "linear") -> str:
        return str(self.state(order_id, category)["orderStatus"])

    def position(self, idx: int = 0, category: str = "linear", symbol: str = "BTCUSDT") -> dict[str, Any]:
        rows = self.get("position/list", category=category, symbol=symbol)["list"]
        return next(dict(row) for row in rows if row["positionIdx"] == idx)

    def coin(self, name: str) -> dict[str, Any]:
        rows = self.get("account/wallet-balance", accountType="UNIFIED", coin=name)["list"][0]["coin"]
        return dict(rows[0])

    def rows(self, topic: str) -> list[dict[str, Any]]:
        """The data rows of every push of a topic so far."""
        return [row for push in self.pushes if push.topic == topic for row in push.frame()["data"]]


class Floor:
    """An exchange and the accounts "main", "other" and "third"."""

    def __init__(self, feed: MarketFeed, balance: str = "10000") -> None:
        seeds = tuple(AccountSeed(name, Decimal(balance), COINS) for name in ("main", "other", "third"))
        self.exchange = Exchange(feed, ExchangeSettings(seeds))
        self.traders = {seed.id: Trader(self.exchange, seed.id) for seed in seeds}
        for trader in self.traders.values():
            trader.floor = self
        self.main, self.other, self.third = self.traders.values()

    def play(self, minutes: float) -> None:
        self.tell(self.exchange.advance(self.exchange.now_ms + int(minutes * MINUTE_MS)))

    def tell(self, pushes: Sequence[Push]) -> None:
        for push in pushes:
            if push.account is not None:
                self.traders[push.account].pushes.append(push)


def floor(*bars: Ohlc, balance: str = "10000", volume: float = 1000.0, symbol: str = "BTCUSDT") -> Floor:
    return Floor(ListedFeed({symbol: bars or FLAT}, volume), balance)
