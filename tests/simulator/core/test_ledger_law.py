"""Nothing is made and nothing is lost: long random runs through crashes, funding, liquidations and deleveraging."""

import contextlib
import random
from decimal import Decimal

from bot.simulator.errors import SimulatorError
from bot.simulator.trading.interventions import Interventions
from tests.simulator.core.support import ListedFeed, Ohlc
from tests.simulator.core.traders import Traders

D = Decimal
BARS = 60
TO_FUNDING_MS = 8 * 3_600_000 - 20 * 60_000
NAMES = "abc"
MARKETS = (("linear", "BTCUSDT", "0.01"), ("inverse", "BTCUSD", "100"), ("spot", "BTCUSDT", "0.01"))


class StormyFeed(ListedFeed):
    """A wild market in a contract, an inverse contract and a pair, twenty minutes before funding is due."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__({market: _wild_bars(dice) for market in ("BTCUSDT", "BTCUSD", "spot:BTCUSDT")}, volume=50.0)
        self.start_ms += TO_FUNDING_MS
        self.end_ms = (self.end_ms or 0) + TO_FUNDING_MS
        for market in self.symbols:
            starts = self.bars(market).start
            starts[:] = [start + TO_FUNDING_MS for start in starts]


def _wild_bars(dice: random.Random) -> list[Ohlc]:
    bars: list[Ohlc] = []
    price = 50_000.0
    for _ in range(BARS):
        opened = round(price * (1 + dice.choice((0, 0, 0, 0.03, -0.03))), 1)
        price = round(opened * (1 + dice.gauss(0, 0.02)), 1)
        high, low = max(opened, price), min(opened, price)
        bars.append((opened, round(high * 1.002, 1), round(low * 0.998, 1), price))
    return bars


def _act(traders: Traders, dice: random.Random) -> None:
    """One thing that an account or the venue may do; refusals are as good as successes."""
    who = dice.choice(NAMES)
    category, symbol, step = dice.choice(MARKETS)
    base = {"category": category, "symbol": symbol}
    match dice.randrange(14):
        case 0 | 1 | 2 | 3:
            qty = D(step) * dice.randint(1, 60)
            side = dice.choice(("Buy", "Sell"))
            unit = {"marketUnit": "baseCoin"} if category == "spot" else {}
            traders.post(who, "order/create", **base, **unit, side=side, orderType="Market", qty=str(qty))
        case 4 | 5:
            side = dice.choice(("Buy", "Sell"))
            row = traders.get(who, "market/tickers", **base)["list"][0]
            price = (D(row["lastPrice"]) * D(dice.choice(("0.995", "1", "1.005")))).quantize(D("0.1"))
            qty = D(step) * dice.randint(1, 60)
            traders.post(
                who, "order/create", **base, side=side, orderType="Limit", qty=str(qty), price=str(price),
                smpType=dice.choice(("None", "CancelMaker", "CancelTaker", "CancelBoth")),
            )  # fmt: skip
        case 6 if category != "spot":
            lever = dice.choice(("3", "10", "50"))
            traders.post(who, "position/set-leverage", **base, buyLeverage=lever, sellLeverage=lever)
        case 7:
            traders.post(who, "order/cancel-all", **base)
        case 8:
            mode = dice.choice(("ISOLATED_MARGIN", "REGULAR_MARGIN"))
            traders.post(who, "account/set-margin-mode", setMarginMode=mode)
        case 9 if category != "spot":
            traders.post(who, "position/add-margin", **base, margin=dice.choice(("5", "-5", "0.01")), positionIdx=0)
        case 10 | 11:
            _intervene(traders, dice, who, symbol)
        case _:
            traders.play(dice.choice((0.1, 0.5, 1, 3)))


def _intervene(traders: Traders, dice: random.Random, who: str, symbol: str) -> None:
    def step_in(venue: Interventions) -> None:
        match dice.randrange(5):
            case 0:
                venue.deposit(who, dice.choice(("USDT", "BTC")), D(dice.choice(("1000", "-1", "0.5"))))
            case 1:
                venue.liquidate(who)
            case 2:
                venue.deleverage(who, symbol)
            case 3:
                venue.set_insurance(dice.choice(("USDT", "BTC")), D(dice.choice(("0", "1000"))))
            case _:
                venue.settle_market(symbol)

    with contextlib.suppress(SimulatorError):
        traders.intervene(step_in)


def _check_accounts(traders: Traders) -> None:
    for who in NAMES:
        books = traders.exchange.books(who)
        for coin, purse in books["coins"].items():
            assert D(purse["wallet_balance"]) == round(D(purse["wallet_balance"]), 8), f"{coin} is no multiple of 1e-8"
        for position in books["positions"]:
            assert D(position["size"]) > 0


def _play(seed: int) -> set[str]:
    """One random run, checked after every step; returns which kinds of executions there were."""
    dice = random.Random(seed)  # noqa: S311 (a repeatable game)
    traders = Traders(StormyFeed(dice), balance="20000")
    while not traders.exchange.finished:
        _act(traders, dice)
        traders.check_ledger()
    _check_accounts(traders)
    return {row["execType"] for who in NAMES for row in traders.rows("execution", who)}


def test_the_sum_over_everybody_is_constant() -> None:
    kinds = set[str]().union(*(_play(seed) for seed in range(6)))
    assert kinds == {"Trade", "BustTrade", "AdlTrade", "Funding", "Delivery"}
