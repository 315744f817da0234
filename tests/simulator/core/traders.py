"""Several accounts, called by their names, on one exchange; every request's answer is its envelope."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.feeds import MarketFeed
from bot.simulator.push import Push
from bot.simulator.trading.interventions import Interventions
from tests.simulator.core.support import MINUTE_MS, order_params


class Traders:
    """Accounts "a", "b" and "c"; remembers every push."""

    def __init__(self, feed: MarketFeed, balance: str = "10000", names: str = "abc", **settings: Any) -> None:
        seeds = tuple(AccountSeed(name, Decimal(balance)) for name in names)
        self.exchange = Exchange(feed, ExchangeSettings(seeds, **settings))
        self.pushes: list[Push] = []

    def post(self, who: str, path: str, **params: Any) -> dict[str, Any]:
        return self._ask(who, "POST", path, params)

    def get(self, who: str, path: str, **params: Any) -> Any:
        envelope = self._ask(who, "GET", path, params)
        assert envelope["retCode"] == 0, envelope
        return envelope["result"]

    def order(self, who: str, side: str, qty: str, price: str | None = None, **more: Any) -> str:
        """Place an order in linear BTCUSDT unless said otherwise; returns its id."""
        envelope = self.post(who, "order/create", **order_params(side, qty, price, **more))
        assert envelope["retCode"] == 0, envelope
        return str(envelope["result"]["orderId"])

    def position(self, who: str, symbol: str = "BTCUSDT", category: str = "linear") -> dict[str, Any]:
        return dict(self.get(who, "position/list", category=category, symbol=symbol)["list"][0])

    def wallet(self, who: str, coin: str = "USDT") -> Decimal:
        """What the exchange's own books say an account has of a coin."""
        return Decimal(self.exchange.books(who)["coins"][coin]["wallet_balance"])

    def rows(self, topic: str, who: str) -> list[dict[str, Any]]:
        """The data rows of every push of a topic to an account so far."""
        mine = (push for push in self.pushes if push.topic == topic and push.account == who)
        return [row for push in mine for row in push.frame()["data"]]

    def play(self, minutes: float) -> None:
        self.pushes += self.exchange.advance(self.exchange.now_ms + int(minutes * MINUTE_MS))

    def intervene(self, action: Callable[[Interventions], None]) -> None:
        """Let the venue do something by hand."""
        self.pushes += self.exchange.intervene(action)

    def check_ledger(self) -> None:
        """Nothing was made and nothing was lost."""
        assert not any(self.exchange.imbalance().values())

    def _ask(self, who: str, method: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
        envelope, pushes = self.exchange.request(who, method, f"/v5/{path}", params, self.exchange.now_ms)
        self.pushes += pushes
        return envelope
