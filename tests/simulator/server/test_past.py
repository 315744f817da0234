"""What queries that lag behind are answered from."""

from decimal import Decimal
from typing import Any

from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.feeds import SyntheticFeed
from bot.simulator.server.past import PARTS, Past
from bot.simulator.trading.account import Account

LAG_MS = 60_000
BID = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.001"}
BUY = BID | {"orderType": "Market", "stopLoss": "20000"}
QUERIES = ("order/realtime", "order/history", "execution/list", "position/list", "account/wallet-balance")

type Accounts = dict[str, Account]


class Trader:
    """One account on a quiet market."""

    def __init__(self) -> None:
        seeds = (AccountSeed("main", Decimal(100_000)),)
        self.exchange = Exchange(SyntheticFeed(("BTCUSDT",), 1), ExchangeSettings(seeds))

    def ask(self, method: str, path: str, past: Accounts | None = None, /, **params: Any) -> dict[str, Any]:
        now_ms = self.exchange.now_ms
        envelope, _ = self.exchange.request("main", method, f"/v5/{path}", params, now_ms, past)
        assert envelope["retCode"] == 0, envelope
        result: dict[str, Any] = envelope["result"]
        return result

    def seen(self, past: Accounts | None) -> list[Any]:
        named = {"category": "linear", "symbol": "BTCUSDT", "accountType": "UNIFIED"}
        return [self.ask("GET", path, past, **named) for path in QUERIES]

    def price(self, past: Accounts | None) -> Decimal:
        """Of the one order that rests."""
        [row] = self.ask("GET", "order/realtime", past, category="linear", symbol="BTCUSDT")["list"]
        return Decimal(row["price"])

    def amend(self, price: int) -> None:
        self.ask("POST", "order/amend", category="linear", symbol="BTCUSDT", orderLinkId="one", price=str(price))

    def trade(self) -> None:
        """Orders that rest, are amended, cancelled and filled, and a position with a stop."""
        self.ask("POST", "order/create", **BID, price="30000", orderLinkId="one")
        made = self.ask("POST", "order/create", **BID, price="31000")
        self.ask("POST", "order/amend", category="linear", symbol="BTCUSDT", orderId=made["orderId"], price="32000")
        self.ask("POST", "order/create", **BUY)


def test_what_is_remembered_does_not_change_when_trading_goes_on() -> None:
    trader = Trader()
    trader.trade()
    then = trader.exchange.remember()
    seen = trader.seen(then)
    assert seen == trader.seen(None)
    trader.amend(33_000)
    trader.ask("POST", "order/create", **BUY)
    trader.ask("POST", "order/cancel-all", category="linear", symbol="BTCUSDT")
    assert trader.seen(then) == seen
    assert trader.seen(None) != seen


def test_what_is_over_is_not_copied() -> None:
    trader = Trader()
    order_id = trader.ask("POST", "order/create", **BUY)["orderId"]
    trader.exchange.advance(trader.exchange.now_ms + 1000)
    first, second = trader.exchange.remember()["main"], trader.exchange.remember()["main"]
    assert first.orders[order_id] is second.orders[order_id]
    assert first.positions["BTCUSDT", 0] is not second.positions["BTCUSDT", 0]


def test_a_lag_is_kept_with_few_copies_however_often_something_changes() -> None:
    trader = Trader()
    past = Past(trader.exchange, lambda: LAG_MS)
    trader.ask("POST", "order/create", **BID, price="30000", orderLinkId="one")
    past.note()
    known = [(trader.exchange.now_ms, 30_000)]
    for price in range(30_001, 30_500):
        trader.exchange.advance(trader.exchange.now_ms + 300)
        trader.amend(price)
        past.note()
        known.append((trader.exchange.now_ms, price))
        then_ms = trader.exchange.now_ms - LAG_MS
        before = [each for at_ms, each in known if at_ms <= then_ms] or [30_000]
        long_before = [each for at_ms, each in known if at_ms <= then_ms - LAG_MS // PARTS] or [30_000]
        assert long_before[-1] <= trader.price(past.accounts(LAG_MS)) <= before[-1]
    assert len(past) <= 2 * PARTS + 2


def test_when_nothing_has_changed_since_the_present_is_the_past() -> None:
    trader = Trader()
    past = Past(trader.exchange, lambda: 1000)
    trader.ask("POST", "order/create", **BID, price="30000", orderLinkId="one")
    past.note()
    trader.exchange.advance(trader.exchange.now_ms + 10)
    trader.amend(31_000)
    past.note()
    assert trader.price(past.accounts(1000)) == 30_000
    trader.exchange.advance(trader.exchange.now_ms + 1000)
    assert past.accounts(1000) is None
