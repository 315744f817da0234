"""Laws of the order book, over random dealings of three accounts in a contract, an inverse contract and a pair."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.simulator.errors import SimulatorError
from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.push import Push
from bot.simulator.trading.interventions import Interventions
from tests.simulator.core.support import one_day

MARKETS = ("BTCUSDT", "BTCUSD", "spot:BTCUSDT")
CATEGORY = {"BTCUSDT": "linear", "BTCUSD": "inverse", "spot:BTCUSDT": "spot"}
STEP = {"BTCUSDT": Decimal("0.001"), "BTCUSD": Decimal(1), "spot:BTCUSDT": Decimal("0.000001")}
SIZES = {"BTCUSDT": 2000, "BTCUSD": 100_000, "spot:BTCUSDT": 2_000_000}
NAMES = ("a", "b", "c")
TICK = Decimal("0.1")
RANK = {"Untriggered": 0, "Triggered": 1, "New": 2, "PartiallyFilled": 3}
TERMINAL = 4


def any_action(dice: Random) -> dict[str, Any]:
    """One thing that somebody does; most of it lies near the price, so that accounts meet."""
    name, market = dice.choice(NAMES), dice.choice(MARKETS)
    kinds = {"order": 60, "amend": 10, "cancel": 6, "cancel-all": 1, "stop": 8, "mode": 2, "play": 13, "venue": 4}
    kind = dice.choices(list(kinds), list(kinds.values()))[0]
    action: dict[str, Any] = {"do": kind, "who": name, "market": market, "nth": dice.randrange(10)}
    action |= {"share": dice.choice((1, 10, 100, 1000)), "ticks": dice.choice((0, 0, 1, 1, 2, 5, 40, 400))}
    action |= {"ticks": action["ticks"] * dice.choice((1, -1)), "side": dice.choice(("Buy", "Sell"))}
    for guard in ("tp", "sl", "trail"):
        action[guard] = dice.choice((None, None, 30, 300))
    action["mode"] = dice.choice(("Full", "Partial"))
    action["venue"] = dice.choice(("jump", "tick", "step", "deposit", "liquidate", "deleverage", "settle"))
    action["seconds"] = dice.choice((1, 20, 60, 600, 3600))
    if kind == "order":
        action |= {
            "type": dice.choice(("Limit", "Limit", "Market")),
            "trigger": dice.choice((None, None, None, -90, 90)),
        }
        action["more"] = {
            "timeInForce": dice.choice(("GTC", "GTC", "GTC", "IOC", "FOK", "PostOnly", "RPI")),
            "smpType": dice.choice(("None", "None", "CancelMaker", "CancelTaker", "CancelBoth")),
            "reduceOnly": dice.random() < 0.2,
            "tpslMode": action["mode"],
            "triggerBy": dice.choice(("LastPrice", "MarkPrice", "IndexPrice")),
            "orderFilter": dice.choice(("tpslOrder", "StopOrder")),
        }
    return action


class Dealings:
    """Three accounts on one exchange, and what they have heard of their orders so far."""

    def __init__(self) -> None:
        coins = {"BTC": Decimal(20)}
        seeds = tuple(AccountSeed(name, Decimal(400_000), coins) for name in NAMES)
        self.exchange = Exchange(one_day(*MARKETS), ExchangeSettings(seeds))
        self.heard: dict[str, dict[str, Any]] = {}
        self.filled: dict[str, Decimal] = defaultdict(Decimal)
        self.bought: dict[str, Decimal] = defaultdict(Decimal)

    def do(self, action: dict[str, Any]) -> None:
        if action["do"] == "play":
            self.hear(self.exchange.advance(self.exchange.now_ms + action["seconds"] * 1000))
        elif action["do"] == "order":
            self.place(action)
        elif action["do"] == "stop":
            self.guard(action)
        elif action["do"] == "cancel-all":
            market = action["market"]
            symbol = market.removeprefix("spot:")
            self.post(action["who"], "order/cancel-all", category=CATEGORY[market], symbol=symbol)
        elif action["do"] == "mode":
            self.post(action["who"], "position/switch-mode", category="linear", symbol="BTCUSDT", mode=action["mode"])
        elif action["do"] == "venue":
            self.step_in(action)
        else:
            self.change(action)

    def step_in(self, action: dict[str, Any]) -> None:
        """What only the venue can do."""
        exchange, market, name = self.exchange, action["market"], action["who"]
        match action["venue"]:
            case "jump":
                price = exchange.last_price(market) + 50 * (action["nth"] - 5)
                self.hear(exchange.move_price(market, price))
            case "tick":
                self.hear(exchange.replace_rules(market, tick_size=TICK * (1 if action["nth"] % 2 else 5)))
            case "step":
                self.hear(exchange.replace_rules(market, qty_step=STEP[market]))
            case "deposit":
                self._intervene(lambda venue: venue.deposit(name, "USDT", Decimal(action["nth"] - 5) * 30_000))
            case "liquidate":
                self._intervene(lambda venue: venue.liquidate(name))
            case "deleverage":
                self._intervene(lambda venue: venue.deleverage(name, market))
            case _:
                self._intervene(lambda venue: venue.settle_market(market))

    def _intervene(self, action: Callable[[Interventions], None]) -> None:
        with suppress(SimulatorError):
            self.hear(self.exchange.intervene(action))

    def place(self, action: dict[str, Any]) -> None:
        market, side = action["market"], action["side"]
        away = 1 if side == "Buy" else -1
        ticks = action["ticks"]
        params = self._base(market) | action["more"] | {
            "side": side, "orderType": action["type"], "qty": self._qty(market, action["share"]),
            "price": self._price(market, ticks), "marketUnit": "baseCoin",
            "positionIdx": self._idx(action["who"], market, action["nth"]),
        }  # fmt: skip
        if action["trigger"] is not None:
            params["triggerPrice"] = self._price(market, action["trigger"])
            params["triggerDirection"] = 1 if action["trigger"] > 0 else 2
        elif market == "spot:BTCUSDT":
            params["orderFilter"] = "Order"
        if market != "spot:BTCUSDT":
            for name, distance, sign in (("takeProfit", action["tp"], away), ("stopLoss", action["sl"], -away)):
                if distance is not None and not params["reduceOnly"]:
                    params[name] = self._price(market, ticks + sign * distance)
        self.post(action["who"], "order/create", **params)

    def guard(self, action: dict[str, Any]) -> None:
        market = action["market"]
        if market == "spot:BTCUSDT":
            return
        idx = self._idx(action["who"], market, action["nth"])
        params = self._base(market) | {"tpslMode": action["mode"], "positionIdx": idx}
        rows = self.get(action["who"], "position/list", **self._base(market))["list"]
        away = next((1 if row["side"] == "Buy" else -1 for row in rows if row["positionIdx"] == idx), 1)
        for name, distance, sign in (("takeProfit", action["tp"], away), ("stopLoss", action["sl"], -away)):
            if distance is not None:
                params[name] = self._price(market, sign * distance)
        if action["mode"] == "Partial":
            params["tpSize"] = params["slSize"] = self._qty(market, action["share"])
        if action["trail"] is not None:
            params["trailingStop"] = str(TICK * action["trail"])
        self.post(action["who"], "position/trading-stop", **params)

    def change(self, action: dict[str, Any]) -> None:
        """Amend or cancel one of the open orders."""
        name = action["who"]
        rows = [row for each in MARKETS for row in self.orders(name, each)]
        if not rows:
            return
        market, row = rows[action["nth"] % len(rows)]
        params = self._base(market) | {"orderId": row["orderId"]}
        if action["do"] == "amend":
            params |= {"qty": self._qty(market, action["share"]), "price": self._price(market, action["ticks"])}
        self.post(name, f"order/{action['do']}", **params)

    def orders(self, name: str, market: str) -> list[tuple[str, dict[str, Any]]]:
        rows: list[tuple[str, dict[str, Any]]] = []
        cursor = ""
        while True:
            page = self.get(name, "order/realtime", **self._base(market), limit="50", cursor=cursor)
            rows += [(market, row) for row in page["list"]]
            cursor = page["nextPageCursor"]
            if not cursor:
                return rows

    def post(self, name: str, path: str, **params: Any) -> None:
        envelope, pushes = self.exchange.request(name, "POST", f"/v5/{path}", params, self.exchange.now_ms)
        assert envelope["retCode"] == 0 or not pushes
        self.hear(pushes)

    def get(self, name: str, path: str, **params: Any) -> Any:
        envelope, _ = self.exchange.request(name, "GET", f"/v5/{path}", params, self.exchange.now_ms)
        assert envelope["retCode"] == 0, envelope
        return envelope["result"]

    def hear(self, pushes: Any) -> None:
        """Statuses never go back, and what was told of fills adds up."""
        for push in pushes:
            self._hear_one(push)

    def _hear_one(self, push: Push) -> None:
        for row in push.frame()["data"] if push.topic in {"order", "execution"} else ():
            if push.topic == "execution":
                if row["execType"] in {"Trade", "BustTrade", "AdlTrade", "Delivery"}:
                    self.filled[row["orderId"]] += Decimal(row["execQty"])
                continue
            before = self.heard.get(row["orderId"])
            if before is not None:
                assert RANK.get(before["orderStatus"], TERMINAL) <= RANK.get(row["orderStatus"], TERMINAL)
                assert Decimal(before["cumExecQty"]) <= Decimal(row["cumExecQty"])
                if before["orderStatus"] not in RANK:
                    assert before["orderStatus"] == row["orderStatus"]
            self.heard[row["orderId"]] = row

    def check(self) -> None:
        assert not any(self.exchange.imbalance().values())
        for name in NAMES:
            for market in MARKETS:
                for _, row in self.orders(name, market):
                    self._check_open(name, row)
            self._check_locks(name)
        for order_id, row in self.heard.items():
            assert Decimal(row["cumExecQty"]) == self.filled[order_id]
            if row["orderStatus"] not in RANK:
                assert row["leavesQty"] == "0"

    def _check_open(self, name: str, row: dict[str, Any]) -> None:
        assert row["orderStatus"] in {"New", "PartiallyFilled", "Untriggered"}
        assert Decimal(row["leavesQty"]) + Decimal(row["cumExecQty"]) == Decimal(row["qty"])
        assert Decimal(row["leavesQty"]) > 0
        heard = self.heard[row["orderId"]]
        for field in ("orderStatus", "qty", "price", "cumExecQty", "leavesQty"):
            assert row[field] == heard[field]
        if row["reduceOnly"] and (row["orderStatus"] != "Untriggered" or row["stopOrderType"] != "Stop"):
            category = "inverse" if row["symbol"] == "BTCUSD" else "linear"
            rows = self.get(name, "position/list", category=category, symbol=row["symbol"])["list"]
            (held,) = [each for each in rows if each["positionIdx"] == row["positionIdx"]]
            assert held["side"] not in {"", row["side"]}
            assert Decimal(row["leavesQty"]) <= Decimal(held["size"])

    def _check_locks(self, name: str) -> None:
        locked: dict[str, Decimal] = defaultdict(Decimal)
        for _, row in self.orders(name, "spot:BTCUSDT"):
            if row["orderStatus"] == "Untriggered" and row["stopOrderType"] == "Stop":
                continue
            left, price = Decimal(row["leavesQty"]), Decimal(row["price"])
            locked["USDT" if row["side"] == "Buy" else "BTC"] += left * price if row["side"] == "Buy" else left
        wallet = self.get(name, "account/wallet-balance", accountType="UNIFIED", coin="USDT,BTC")["list"][0]["coin"]
        for coin in wallet:
            assert Decimal(coin["locked"]) == locked[coin["coin"]]

    def _base(self, market: str) -> dict[str, Any]:
        return {"category": CATEGORY[market], "symbol": market.removeprefix("spot:")}

    def _qty(self, market: str, share: int) -> str:
        return f"{STEP[market] * (SIZES[market] * share // 1000 or 1):f}"

    def _price(self, market: str, ticks: int) -> str:
        quote = self.exchange.request(None, "GET", "/v5/market/tickers", self._base(market), self.exchange.now_ms)[0]
        return str(Decimal(quote["result"]["list"][0]["lastPrice"]) + TICK * ticks)

    def _idx(self, name: str, market: str, nth: int) -> int:
        """A positionIdx that fits the mode of the moment."""
        if market != "BTCUSDT":
            return 0
        rows = self.get(name, "position/list", **self._base(market))["list"]
        return int(rows[nth % len(rows)]["positionIdx"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1_000_000))
def test_whatever_accounts_do_to_each_other_the_books_hold(seed: int) -> None:
    dice, dealings = Random(seed), Dealings()  # noqa: S311 (dice, not secrets)
    for _ in range(60):
        dealings.do(any_action(dice))
        dealings.check()
