"""Every topic as typed values: over the wire where the simulated exchange pushes it, else as it is documented."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from bot.bybit.client import Client
from bot.bybit.client.account import Wallet
from bot.bybit.client.market_rows import AdlAlert, InsurancePool, PriceLimit, Ticker
from bot.bybit.client.order_rows import Execution, FastExecution, Order
from bot.bybit.client.order_specs import OrderSpec
from bot.bybit.client.positions import Position
from bot.bybit.client.streams import (
    BookChange,
    Greeks,
    Liquidation,
    StreamBar,
    StreamFrame,
    StreamRow,
    StreamTrade,
    SystemStatus,
    kline_topic,
    orderbook_topic,
    read_frame,
    symbol_topic,
)
from bot.bybit.parse.fields import ParseError
from bot.bybit.sockets import VenueSocket
from bot.domain.messages import Stream
from bot.domain.values import OrderType, Side
from bot.simulator.ready import Endpoints
from tests.bybit.conftest import keys_of, venue_of
from tests.bybit.watcher import eventually

BTC = "BTCUSDT"
PUBLIC: Mapping[str, type[StreamRow]] = {
    orderbook_topic(BTC, 50): BookChange,
    symbol_topic("publicTrade", BTC): StreamTrade,
    symbol_topic("tickers", BTC): Ticker,
    kline_topic(BTC, "1"): StreamBar,
    symbol_topic("priceLimit", BTC): PriceLimit,
    "insurance.USDT": InsurancePool,
    "adlAlert.USDT": AdlAlert,
}
PRIVATE: Mapping[str, type[StreamRow]] = {
    "order": Order, "execution": Execution, "execution.fast": FastExecution, "position": Position, "wallet": Wallet,
}  # fmt: skip


class Heard:
    """Reads every frame of a socket, on its thread."""

    def __init__(self) -> None:
        self.frames: list[StreamFrame] = []
        self.problems: list[str] = []

    def take(self, frame: Mapping[str, Any]) -> None:
        try:
            self.frames.append(read_frame(frame))
        except ParseError as error:
            self.problems.append(str(error))

    def kinds(self) -> Mapping[str, set[type]]:
        return {frame.topic: {type(row) for row in frame.rows} for frame in [*self.frames]}


def open_socket(stream: Stream, exchange: Endpoints, heard: Heard) -> VenueSocket:
    keys = keys_of(exchange) if stream is Stream.PRIVATE else None
    return VenueSocket(stream, venue_of(exchange), keys, heard.take, heard.problems.append, lambda: None)


def test_the_public_topics(exchange: Endpoints) -> None:
    heard = Heard()
    socket = open_socket(Stream.PUBLIC, exchange, heard)
    socket.subscribe_topics(PUBLIC)
    eventually(lambda: heard.kinds().keys() == PUBLIC.keys(), "a frame of each topic")
    socket.abandon()
    assert heard.kinds() == {topic: {kind} for topic, kind in PUBLIC.items()}
    assert heard.problems == []
    assert all(frame.time_ms > 0 for frame in heard.frames)
    first = next(frame for frame in heard.frames if frame.topic == orderbook_topic(BTC, 50))
    assert first.is_snapshot
    (book,) = first.rows
    assert isinstance(book, BookChange)
    assert book.bids[0].price < book.asks[0].price


def test_the_private_topics(exchange: Endpoints, client: Client) -> None:
    heard = Heard()
    socket = open_socket(Stream.PRIVATE, exchange, heard)
    socket.subscribe_topics(("dcp.future", *PRIVATE))
    eventually(lambda: socket.acked >= PRIVATE.keys(), "the subscription")
    side_of_a_closing_order = Side.SELL
    for side in (Side.BUY, side_of_a_closing_order):
        client.orders.place_order(OrderSpec(symbol=BTC, side=side, order_type=OrderType.MARKET, qty=Decimal("0.01")))
    eventually(lambda: heard.kinds().keys() == PRIVATE.keys(), "a frame of each topic")
    socket.abandon()
    assert heard.kinds() == {topic: {kind} for topic, kind in PRIVATE.items()}
    assert heard.problems == []


def row_of(topic: str, row: Mapping[str, Any]) -> StreamRow:
    frame = read_frame({"topic": topic, "type": "snapshot", "ts": 1760000000100, "data": [row]})
    assert frame.time_ms == 1760000000100
    return frame.rows[0]


def test_topics_that_seldom_say_something() -> None:
    liquidation = {"T": 1760000000098, "s": BTC, "S": "Buy", "v": "0.5", "p": "59000.5"}
    assert row_of(f"allLiquidation.{BTC}", liquidation) == Liquidation(
        1760000000098, BTC, Side.BUY, Decimal("0.5"), Decimal("59000.5")
    )
    greeks = {"baseCoin": "ETH", "totalDelta": "0.06", "totalGamma": "-0.0001", "totalVega": "", "totalTheta": "1"}
    assert row_of("greeks", greeks) == Greeks("ETH", Decimal("0.06"), Decimal("-0.0001"), None, Decimal(1))
    status = {"id": "4d95", "title": "maintenance", "state": "scheduled", "begin": "1751596902000", "end": ""}
    assert row_of("system.status", status) == SystemStatus("4d95", "maintenance", "scheduled", 1751596902000)


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        ({}, "''"),
        ({"topic": "dcp.future", "data": []}, "dcp.future"),
        ({"topic": "tickers.BTCUSDT", "data": {"symbol": 5}}, "symbol"),
        ({"topic": "order", "data": ["row"]}, "no object"),
        ({"topic": "publicTrade.BTCUSDT", "data": [{"T": "soon"}]}, "T"),
    ],
)
def test_what_is_not_as_documented_is_named(frame: Mapping[str, Any], named: str) -> None:
    with pytest.raises(ParseError, match=named):
        read_frame(frame)
