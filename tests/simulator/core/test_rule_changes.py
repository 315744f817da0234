"""What becomes of orders, stops and books when the rules of a market change or its price is moved by hand."""

from decimal import Decimal

from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from tests.simulator.core.floor import FLAT, Floor, floor
from tests.simulator.core.support import MINUTE_MS, ListedFeed

D = Decimal
TRAIL = {"category": "linear", "symbol": "BTCUSDT", "tpslMode": "Full", "positionIdx": 0}


def _size_at(market: Floor, price: str, side: str = "b") -> Decimal:
    levels = market.main.get("market/orderbook", category="linear", symbol="BTCUSDT", limit=200)[side]
    return next(D(size) for level, size in levels if D(level) == D(price))


def test_another_quantity_step_leaves_the_book_and_the_price_alone() -> None:
    market = floor(FLAT[0], FLAT[0])
    market.play(0.5)
    market.tell(market.exchange.move_price("BTCUSDT", D(103)))
    market.play(0.1)
    before = _size_at(market, "102")
    market.main.order("Buy", "5", "102")
    assert _size_at(market, "102") == before + 5
    market.tell(market.exchange.replace_rules("BTCUSDT", qty_step=D("0.01")))
    assert market.exchange.last_price("BTCUSDT") == 103
    market.tell(market.exchange.replace_rules("BTCUSDT", tick_size=D("0.1")))
    assert abs(_size_at(market, "102") - before - 5) < D("0.02")


def test_a_trailing_stop_keeps_its_distance_when_the_tick_changes() -> None:
    market = floor(FLAT[0], FLAT[0])
    market.main.order("Buy", "1")
    market.main.post("position/trading-stop", **TRAIL, trailingStop="2", activePrice="110")
    market.tell(market.exchange.replace_rules("BTCUSDT", tick_size=D("0.5")))
    assert market.main.position()["trailingStop"] == "2"
    market.tell(market.exchange.move_price("BTCUSDT", D(110)))
    market.play(0.1)
    (stop,) = market.main.get("order/realtime", category="linear", symbol="BTCUSDT")["list"]
    assert D(stop["triggerPrice"]) == D(market.exchange.last_price("BTCUSDT")) - 2


def test_orders_are_at_the_prices_that_they_show_after_a_change_of_the_tick() -> None:
    market = floor(FLAT[0], (100.0, 100.0, 90.0, 95.0), symbol="spot:BTCUSDT")
    bid = market.main.order("Buy", "1", "98.3", category="spot")
    market.tell(market.exchange.replace_rules("spot:BTCUSDT", tick_size=D("0.5")))
    assert market.main.state(bid, "spot")["price"] == "98"
    assert market.main.coin("USDT")["locked"] == "98"
    assert market.main.code("order/amend", category="spot", symbol="BTCUSDT", orderId=bid, price="98") == 10001
    assert market.main.coin("USDT")["locked"] == "98"
    market.play(2)
    assert market.main.state(bid, "spot")["avgPrice"] == "98"
    assert market.main.coin("USDT")["locked"] == "0"


def test_subscribers_of_a_book_get_a_new_snapshot_after_a_change_of_the_tick() -> None:
    exchange = Exchange(ListedFeed({"BTCUSDT": FLAT * 2}), ExchangeSettings((AccountSeed("main", D(1000)),)))
    exchange.detail = True
    exchange.subscribe("orderbook.50.BTCUSDT")
    exchange.advance(exchange.now_ms + 1000)
    exchange.replace_rules("BTCUSDT", tick_size=D("0.5"))
    late = exchange.snapshot("orderbook.50.BTCUSDT")
    assert late is not None
    assert {D(price) % D("0.5") for price, _ in late.frame()["data"]["b"]} == {D(0)}
    frames = [push.frame() for push in exchange.advance(exchange.now_ms + MINUTE_MS)]
    books = [frame for frame in frames if frame["topic"] == "orderbook.50.BTCUSDT"]
    assert [frame["type"] for frame in books[:2]] == ["snapshot", "delta"]
    assert len(books[0]["data"]["b"]) == 50
    assert all(D(price) % D("0.5") == 0 for frame in books for side in "ab" for price, _ in frame["data"][side])


def test_a_trailing_stop_follows_a_price_that_was_moved_by_hand() -> None:
    market = floor((100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 80.0, 80.0))
    market.main.order("Buy", "1")
    market.main.post("position/trading-stop", **TRAIL, trailingStop="2")
    market.play(1.2)
    market.tell(market.exchange.move_price("BTCUSDT", D(120)))
    (stop,) = market.main.get("order/realtime", category="linear", symbol="BTCUSDT")["list"]
    assert D(stop["triggerPrice"]) == 118
