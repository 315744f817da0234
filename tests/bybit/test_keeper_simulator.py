"""Unmodified pybit against the simulated exchange, with everything that its control port can do to a stream."""

import threading
from decimal import Decimal
from typing import Literal

import pytest

from bot.bybit.pybit_session import PybitSession
from bot.bybit.venues import Credentials
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.messages import (
    CandleHistory,
    CandleUpdate,
    ExecuteRequest,
    ExecutionReported,
    ExecutionsLoaded,
    FetchCandles,
    FetchExecutions,
    FetchInstrument,
    FetchOpenOrders,
    FetchOrder,
    FetchPosition,
    FetchWallet,
    InstrumentLoaded,
    Message,
    OpenOrdersLoaded,
    OrderAcknowledged,
    OrderLookedUp,
    OrderUpdate,
    PlaceOrder,
    PositionUpdate,
    Request,
    Stream,
    TickerUpdate,
    WalletUpdate,
)
from bot.domain.values import OrderLinkId, OrderStatus, OrderType, Side, TimeMs
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from tests.bybit.conftest import BTC, ETH, OpenStream, keys_of, venue_of
from tests.bybit.watcher import Watcher, eventually


def test_market_data_flows(simulated: Endpoints, watcher: Watcher, open_stream: OpenStream) -> None:
    open_stream(Stream.PUBLIC, venue_of(simulated), keys_of(simulated))
    watcher.wait_up()
    for symbol in (BTC, ETH):
        eventually(lambda s=symbol: any(t.symbol == s for t in watcher.messages(TickerUpdate)), "tickers")  # type: ignore[misc]
    eventually(lambda: any(bar.confirmed for bar in watcher.messages(CandleUpdate)), "a closed bar")
    bar = next(bar for bar in watcher.messages(CandleUpdate) if bar.confirmed)
    assert bar.interval == "1"
    assert bar.candle.start_ms % 60_000 == 0
    assert watcher.event_ms > bar.candle.start_ms


def test_the_exchanges_time_is_known_before_the_message_it_came_with(
    simulated: Endpoints, watcher: Watcher, open_stream: OpenStream
) -> None:
    open_stream(Stream.PUBLIC, venue_of(simulated), keys_of(simulated))
    eventually(lambda: len(watcher.messages(TickerUpdate)) > 3, "tickers")
    pairs = zip(watcher._messages, watcher.event_ms_at_delivery, strict=False)
    assert all(message.time_ms <= known_ms for message, known_ms in pairs if isinstance(message, TickerUpdate))


def test_news_of_symbols_that_are_not_traded_is_dropped(
    simulated: Endpoints, watcher: Watcher, open_stream: OpenStream
) -> None:
    open_stream(Stream.PUBLIC, venue_of(simulated), keys_of(simulated), symbols=(ETH,))
    eventually(lambda: len(watcher.messages(TickerUpdate)) > 5, "tickers")
    assert {ticker.symbol for ticker in watcher.messages(TickerUpdate)} == {ETH}


def test_an_order_from_request_to_fill(simulated: Endpoints, watcher: Watcher, open_stream: OpenStream) -> None:
    session = PybitSession(venue_of(simulated), keys_of(simulated))
    worker = ExchangeWorkerCore(0, session)

    def answer(request: Request, now_ms: int = 1) -> Message:
        return worker.handle(ExecuteRequest(0, request), TimeMs(now_ms))[0]

    open_stream(Stream.PRIVATE, venue_of(simulated), keys_of(simulated))
    watcher.wait_up()
    loaded = answer(FetchInstrument(BTC))
    assert isinstance(loaded, InstrumentLoaded)
    history = answer(FetchCandles(BTC, "1", 50))
    assert isinstance(history, CandleHistory)
    assert len(history.candles) == 50
    stop = loaded.instrument.nearest_price(history.candles[-1].close * 0.9)

    entry = PlaceOrder(BTC, OrderLinkId("t-1"), TimeMs(1), "entry", Side.BUY, OrderType.MARKET, Decimal("0.01"),
                       stop_loss=stop)  # fmt: skip
    acknowledged = answer(entry)
    assert isinstance(acknowledged, OrderAcknowledged)
    eventually(lambda: len(watcher.messages(ExecutionReported)) == 1, "an execution")
    (fill,) = watcher.messages(ExecutionReported)
    assert (fill.order_id, fill.order_link_id, fill.qty) == (acknowledged.order_id, "t-1", Decimal("0.01"))
    eventually(lambda: any(seen.stop_loss == stop for seen in watcher.messages(PositionUpdate)), "a protected position")
    eventually(lambda: OrderStatus.FILLED in {seen.status for seen in watcher.messages(OrderUpdate)}, "a filled order")
    eventually(lambda: len(watcher.messages(WalletUpdate)) > 0, "a wallet")

    position = answer(FetchPosition(BTC))
    assert isinstance(position, PositionUpdate)
    assert (position.side, position.size, position.stop_loss) == (Side.BUY, Decimal("0.01"), stop)
    orders = answer(FetchOpenOrders(BTC))
    assert isinstance(orders, OpenOrdersLoaded)
    assert [order.stop_order_type for order in orders.orders] == ["StopLoss"]
    found = answer(FetchOrder(BTC, entry.order_link_id))
    assert isinstance(found, OrderLookedUp)
    assert found.order is not None
    assert found.order.status is OrderStatus.FILLED
    executions = answer(FetchExecutions(BTC, TimeMs(fill.time_ms - 1000)), fill.time_ms)
    assert executions == ExecutionsLoaded(BTC, (fill,))
    wallet = answer(FetchWallet("USDT"))
    assert isinstance(wallet, WalletUpdate)
    assert wallet.wallet_balance == watcher.messages(WalletUpdate)[-1].wallet_balance
    session.close()


@pytest.mark.parametrize("how", ["close", "reset", "stall"])
def test_market_data_flows_again(
    how: Literal["close", "reset", "stall"],
    simulated: Endpoints,
    control: ControlClient,
    watcher: Watcher,
    open_stream: OpenStream,
) -> None:
    open_stream(Stream.PUBLIC, venue_of(simulated), keys_of(simulated))
    eventually(lambda: watcher.ups == 1 and len(watcher.messages(TickerUpdate)) > 0, "data")
    control.disconnect(how)
    watcher.wait_up(2)
    flowed = len(watcher.messages(TickerUpdate))
    eventually(lambda: len(watcher.messages(TickerUpdate)) > flowed + 3, "data again")
    assert len(watcher.lost) == 1


@pytest.mark.parametrize("how", ["close", "reset"])
def test_the_private_stream_comes_back(
    how: Literal["close", "reset"],
    simulated: Endpoints,
    control: ControlClient,
    watcher: Watcher,
    open_stream: OpenStream,
) -> None:
    open_stream(Stream.PRIVATE, venue_of(simulated), keys_of(simulated))
    watcher.wait_up()
    control.disconnect(how)
    watcher.wait_up(2)
    assert len(watcher.lost) == 1


def test_a_suspected_stream_is_replaced_but_not_a_new_one(
    simulated: Endpoints, watcher: Watcher, open_stream: OpenStream
) -> None:
    keeper = open_stream(Stream.PRIVATE, venue_of(simulated), keys_of(simulated))
    watcher.wait_up()
    while not watcher.lost:
        keeper.replace("news was withheld")
    watcher.wait_up(2)
    assert watcher.lost == ["news was withheld"]
    keeper.replace("once more")
    keeper.announce()
    watcher.wait_up(3)
    assert watcher.lost == ["news was withheld"]


def test_refused_keys_are_reported_once_and_tried_again(
    simulated: Endpoints, watcher: Watcher, open_stream: OpenStream
) -> None:
    keeper = open_stream(Stream.PRIVATE, venue_of(simulated), Credentials(simulated.api_key, "wrong"))
    eventually(lambda: len(watcher.lost) == 1, "the refusal")
    assert "auth refused" in watcher.lost[0]
    keeper.announce()
    assert watcher.ups == 0


def test_frames_are_counted_for_lockstep(lockstep: Endpoints, watcher: Watcher, open_stream: OpenStream) -> None:
    keeper = open_stream(Stream.PUBLIC, venue_of(lockstep), keys_of(lockstep))
    watcher.wait_up()
    with ControlClient(lockstep) as control:
        steps = 0
        while steps < 20:
            answer = control.step(keeper.received_frames(), None)
            steps += answer.stepped
        eventually(lambda: keeper.received_frames() == answer.sent, "all frames")
    assert len([bar for bar in watcher.messages(CandleUpdate) if bar.confirmed]) == 20


def test_stopping_ends_the_threads(simulated: Endpoints, watcher: Watcher, open_stream: OpenStream) -> None:
    before = set(threading.enumerate())
    keeper = open_stream(Stream.PUBLIC, venue_of(simulated), keys_of(simulated))
    watcher.wait_up()
    keeper.stop()
    eventually(lambda: set(threading.enumerate()) <= before, "no thread is left")
    assert watcher.lost == []
    assert keeper.received_frames() == {}
