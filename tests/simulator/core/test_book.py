"""The living book: what its topics tell, how it changes, and accounts' orders in it."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from bot.simulator.exchange import Exchange, ExchangeSettings
from bot.simulator.feeds import SyntheticFeed
from bot.simulator.market.book import Book
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import Push
from tests.simulator.core.support import MINUTE_MS, START_MS, ListedFeed, Session, synthetic

STILL = (100.0, 100.0, 100.0, 100.0)


class Reader:
    """A subscriber that follows one depth and complains of anything that Bybit would not send."""

    def __init__(self, snapshot: Push) -> None:
        self.sides: dict[str, dict[str, str]] = {}
        self.update_id = 0
        self.take(snapshot)

    def take(self, push: Push) -> None:
        frame = push.frame()
        if frame["type"] == "snapshot":
            self.sides = {name: dict(frame["data"][name]) for name in ("b", "a")}
        else:
            assert frame["data"]["u"] == self.update_id + 1
            assert frame["data"]["b"] or frame["data"]["a"]
            for name, side in self.sides.items():
                for price, size in frame["data"][name]:
                    if size == "0":
                        del side[price]
                    else:
                        side[price] = size
        self.update_id = frame["data"]["u"]

    def shown(self) -> dict[str, list[list[str]]]:
        return {
            name: [[price, side[price]] for price in sorted(side, key=float, reverse=name == "b")]
            for name, side in self.sides.items()
        }


def _snapshot(exchange: Exchange, topic: str) -> Push:
    push = exchange.snapshot(topic)
    assert push is not None
    return push


@pytest.mark.parametrize("depth", [50, 200, 1000])
def test_deltas_keep_every_depth_whole(depth: int) -> None:
    session = synthetic("BTCUSDT", "WHATUSDT")
    session.exchange.detail = True
    for symbol in ("BTCUSDT", "WHATUSDT"):
        topic = f"orderbook.{depth}.{symbol}"
        session.exchange.subscribe(topic)
        reader = Reader(_snapshot(session.exchange, topic))
        for number in range(6):
            for push in session.play(0.5):
                if push.topic == topic:
                    reader.take(push)
            late = Reader(_snapshot(session.exchange, topic))
            assert late.shown() == reader.shown()
            assert late.update_id == reader.update_id
            assert len(reader.sides["a"]) == depth
            if number == 3:  # a pause in which nobody looks, over the end of an era of sizes
                session.exchange.detail = False
                session.play(20)
                session.exchange.detail = True
        rest = session.get("market/orderbook", category="linear", symbol=symbol, limit=str(depth))
        assert rest["a"] == reader.shown()["a"]


def test_a_few_levels_change_while_the_price_stands_still() -> None:
    session = Session(ListedFeed({"BTCUSDT": [STILL] * 5}, volume=10_000))
    session.exchange.detail = True
    session.exchange.subscribe("orderbook.50.BTCUSDT")
    reader = Reader(_snapshot(session.exchange, "orderbook.50.BTCUSDT"))
    changes = []
    for push in session.play(1):
        reader.take(push)
        changes.append(sum(len(push.frame()["data"][name]) for name in ("b", "a")))
    assert len(changes) > 50
    assert 2 < sum(changes) / len(changes) < 12


def test_the_top_is_sent_whole_and_again_after_three_seconds() -> None:
    session = Session(ListedFeed({"BTCUSDT": [STILL] * 5}, volume=10_000))
    session.exchange.detail = True
    session.exchange.subscribe("orderbook.1.BTCUSDT")
    frames = [push.frame() for push in session.play(1)]
    assert {frame["type"] for frame in frames} == {"snapshot"}
    assert {len(frame["data"][name]) for frame in frames for name in ("b", "a")} == {1}
    repeated = 0
    for before, after in pairwise(frames):
        same = before["data"]["b"] == after["data"]["b"] and before["data"]["a"] == after["data"]["a"]
        assert after["data"]["u"] == before["data"]["u"] + (not same)
        assert after["ts"] - before["ts"] == 3000 if same else after["ts"] - before["ts"] <= 3000
        repeated += same
    assert repeated > 3


def test_orders_of_accounts_are_shown_but_not_part_of_the_street() -> None:
    clock = MarketClock(START_MS + 500, opened=True)
    market = SymbolMarket(ListedFeed({"BTCUSDT": [STILL] * 2}), 0, clock)
    book = Book(market, 1)
    bid = book.best("Buy") - 3
    street = list(book.levels("Buy"))
    plain_sizes = dict(book.shown("Buy", 50))
    book.rest("Buy", bid, Decimal("1.5"))
    book.rest("Buy", bid, Decimal("0.25"))
    price = book.price_text(bid)
    assert Decimal(dict(book.shown("Buy", 50))[price]) == Decimal(plain_sizes[price]) + Decimal("1.75")
    assert list(book.levels("Buy")) == street
    book.rest("Buy", bid, Decimal("-1.75"))
    assert dict(book.shown("Buy", 50)) == plain_sizes


def test_subscribers_hear_of_orders_of_accounts() -> None:
    exchange = Exchange(ListedFeed({"BTCUSDT": [STILL] * 3}, volume=10_000), ExchangeSettings(()))
    exchange.detail = True
    topics = [f"orderbook.{depth}.BTCUSDT" for depth in (50, 200)]
    for topic in topics:
        exchange.subscribe(topic)
    readers = {topic: Reader(_snapshot(exchange, topic)) for topic in topics}
    book = exchange._state.books["BTCUSDT"]
    bid = book.best("Buy") - 20
    changes: list[tuple[int, str]] = [(bid, "7"), (bid + 1, "0.5"), (bid, "-2"), (bid, "-5"), (bid + 1, "-0.5")]
    for ticks, change in changes:
        book.rest("Buy", ticks, Decimal(change))
        for topic in topics:  # who comes now gets what the others have so far
            assert Reader(_snapshot(exchange, topic)).shown() == readers[topic].shown()
        for push in exchange.advance(exchange.now_ms + 3000):
            readers[push.topic].take(push)
        for topic, reader in readers.items():
            assert reader.shown()["b"] == book.shown("Buy", int(topic.split(".")[1]))


def test_nobody_changes_the_book_by_looking() -> None:
    seen: list[Any] = []
    for detail in (False, True):
        exchange = Exchange(SyntheticFeed(["BTCUSDT"], 2), ExchangeSettings((), seed=2))
        exchange.detail = detail
        exchange.subscribe("orderbook.200.BTCUSDT")
        exchange.advance(START_MS + 40 * MINUTE_MS + 12_345)
        seen.append(list(exchange._state.books["BTCUSDT"].levels("Sell")))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 200


def test_the_book_shows_what_is_open_of_orders() -> None:
    session = Session(ListedFeed({"BTCUSDT": [STILL, (100.0, 100.0, 99.0, 99.5)]}, volume=10))
    book = session.exchange._state.books["BTCUSDT"]

    def shown(price: str = "98") -> Decimal:
        own = book.own("Buy")
        return own.get(session.exchange._state.markets["BTCUSDT"].ticks_of(Decimal(price)), Decimal(0))

    session.play(0.1)
    first = session.order("Buy", "2", "98")
    session.order("Buy", "1.5", "98")
    assert shown() == Decimal("3.5")
    session.post("order/amend", category="linear", symbol="BTCUSDT", orderId=first, qty="1")
    assert shown() == Decimal("2.5")
    session.post("order/amend", category="linear", symbol="BTCUSDT", orderId=first, price="97")
    assert (shown(), shown("97")) == (Decimal("1.5"), Decimal(1))
    session.exchange.replace_rules("BTCUSDT", tick_size=Decimal("0.5"))
    assert (shown(), shown("97")) == (Decimal("1.5"), Decimal(1))
    asked = session.get("market/orderbook", category="linear", symbol="BTCUSDT", limit="10")
    assert Decimal(dict(asked["b"])["98"]) > Decimal("1.5")
    session.order("Sell", "1", "98", timeInForce="IOC")
    session.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=first)
    assert (shown(), shown("97")) == (Decimal("1.5"), Decimal(0))
    session.post("order/cancel-all", category="linear", symbol="BTCUSDT")
    assert book.own("Buy") == {}


def test_a_book_ends_at_the_lowest_price() -> None:
    bar = (0.0003, 0.0004, 0.0002, 0.0003)
    session = Session(ListedFeed({"ADAUSDT": [bar] * 3}))
    session.exchange.detail = True
    session.exchange.subscribe("orderbook.50.ADAUSDT")
    reader = Reader(_snapshot(session.exchange, "orderbook.50.ADAUSDT"))
    for push in session.play(3):
        reader.take(push)
    assert all(0 < float(price) < 0.0005 for price in reader.sides["b"])
    assert session.get("market/tickers", category="linear", symbol="ADAUSDT")["list"][0]["ask1Price"]
