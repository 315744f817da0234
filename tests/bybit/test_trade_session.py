"""Orders over the trade stream of the simulated exchange, through pybit, with everything that can go wrong there."""

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Literal

import pytest

from bot.bybit.client import Client
from bot.bybit.client.errors import RefusedError
from bot.bybit.client.order_specs import OrderChange, OrderName, OrderSpec
from bot.bybit.pybit_session import PybitSession
from bot.bybit.session import Answer, NoAnswer
from bot.bybit.trade_session import TradeSession, open_session
from bot.bybit.trade_socket import TradeSocket
from bot.bybit.venues import Credentials
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.messages import (
    AmendAnswered,
    AmendOrder,
    CancelAnswered,
    CancelOrder,
    ExecuteRequest,
    FetchOrder,
    Message,
    OrderAcknowledged,
    OrderLookedUp,
    OrderOutcomeUnknown,
    OrderRefused,
    PlaceOrder,
    Request,
)
from bot.domain.values import OrderLinkId, OrderStatus, OrderType, Side, TimeInForce, TimeMs
from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from tests.bybit.conftest import BTC, ETH, keys_of, venue_of
from tests.bybit.watcher import eventually

TIMEOUT_S = 0.5
TRADE = "/v5/trade"
type NewId = Callable[[], OrderLinkId]


@pytest.fixture
def session(simulated: Endpoints) -> Iterator[TradeSession]:
    session = open_session("websocket", venue_of(simulated), keys_of(simulated), TIMEOUT_S)
    assert isinstance(session, TradeSession)
    yield session
    session.close()


@pytest.fixture
def worker(session: TradeSession) -> Callable[[Request], Message]:
    core = ExchangeWorkerCore(0, session)
    return lambda request: core.handle(ExecuteRequest(0, request), TimeMs(1))[0]


@pytest.fixture
def faults(control: ControlClient) -> Iterator[ControlClient]:
    yield control
    control.clear_faults()


@pytest.fixture
def order(request: pytest.FixtureRequest) -> PlaceOrder:
    """A limit order far from the market, under an id of the test's own."""
    link_id = OrderLinkId(f"ws-{abs(hash(request.node.name)) % 10**9}")
    return PlaceOrder(
        BTC, link_id, TimeMs(1), "entry", Side.BUY, OrderType.LIMIT, Decimal("0.01"), Decimal(10_000), TimeInForce.GTC
    )


type Worker = Callable[[Request], Message]


def looked_up(worker: Worker, order: PlaceOrder) -> OrderStatus | None:
    found = worker(FetchOrder(BTC, order.order_link_id))
    assert isinstance(found, OrderLookedUp)
    return None if found.order is None else found.order.status


def test_the_life_of_an_order_over_the_stream(worker: Worker, session: TradeSession, order: PlaceOrder) -> None:
    acknowledged = worker(order)
    assert isinstance(acknowledged, OrderAcknowledged)
    assert acknowledged.order_id
    amended = worker(AmendOrder(BTC, order.order_link_id, qty=Decimal("0.02")))
    assert amended == AmendAnswered(BTC, order.order_link_id, 0, "OK")
    assert worker(CancelOrder(BTC, order.order_link_id)) == CancelAnswered(BTC, order.order_link_id, 0, "OK")
    again = worker(CancelOrder(BTC, order.order_link_id))
    assert isinstance(again, CancelAnswered)
    assert again.code == 110001
    assert session.by_stream == 4
    assert looked_up(worker, order) is OrderStatus.CANCELLED  # asked by REST


def test_refusals_are_as_definite_as_by_rest(worker: Worker, session: TradeSession, order: PlaceOrder) -> None:
    tiny = PlaceOrder(
        BTC, order.order_link_id, TimeMs(1), "entry", Side.BUY, OrderType.LIMIT, Decimal("0.00001"), Decimal(10_000)
    )
    refused = worker(tiny)
    assert isinstance(refused, OrderRefused)
    assert refused.code == 10001
    assert session.by_stream == 1


def test_a_batch_tells_of_each_order(session: TradeSession) -> None:
    row = {"symbol": BTC, "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "10000"}
    reply = session.call("place_batch_order", {"category": "linear", "request": [row, row | {"qty": "0.00001"}]})
    assert isinstance(reply, Answer)
    assert [each["code"] == 0 for each in reply.extra["list"]] == [True, False]
    assert session.by_stream == 1
    session.call("cancel_all_orders", {"category": "linear", "symbol": BTC})
    assert session.by_stream == 1


@pytest.mark.parametrize("how", ["silence", "close", "reset"])
@pytest.mark.parametrize(("fault", "arrives"), [("reply_lost", True), ("request_lost", False)])
def test_a_missing_answer_is_an_unknown_outcome_and_nothing_is_sent_again(
    worker: Worker, faults: ControlClient, session: TradeSession, order: PlaceOrder, fault: str, how: str, arrives: bool
) -> None:
    faults.faults({"fault": fault, "at": "order.create", "nth": 1, "how": how})
    assert isinstance(worker(order), OrderOutcomeUnknown)
    assert (looked_up(worker, order) is OrderStatus.NEW) == arrives
    assert session.by_stream == 1
    cancelled = worker(CancelOrder(BTC, order.order_link_id))  # over a connection that was made anew
    assert isinstance(cancelled, CancelAnswered)
    assert cancelled.code == (0 if arrives else 110001)
    assert session.by_stream == 2


def test_an_answer_that_comes_too_late_is_not_taken_for_that_of_the_next(
    worker: Worker, faults: ControlClient, order: PlaceOrder
) -> None:
    faults.faults({"fault": "reply_delayed", "at": "order.create", "nth": 1, "delay_ms": int(TIMEOUT_S * 1500)})
    assert isinstance(worker(order), OrderOutcomeUnknown)
    missing = worker(CancelOrder(BTC, OrderLinkId("nobody")))
    assert isinstance(missing, CancelAnswered)
    assert missing.code == 110001
    assert looked_up(worker, order) is OrderStatus.NEW


@pytest.mark.parametrize("how", ["close", "reset"])
def test_orders_go_on_after_the_connection_died_between_them(
    worker: Worker, faults: ControlClient, session: TradeSession, order: PlaceOrder, how: Literal["close", "reset"]
) -> None:
    worker(FetchOrder(BTC, order.order_link_id))  # connects
    socket = session._socket
    assert socket is not None
    faults.disconnect(how, TRADE)
    eventually(lambda: not socket.is_alive, "the end of the connection")
    assert isinstance(worker(order), OrderAcknowledged)
    assert session.by_stream == 1


def test_without_the_trade_stream_orders_go_by_rest(
    worker: Worker, faults: ControlClient, session: TradeSession, order: PlaceOrder
) -> None:
    faults.faults({"fault": "http", "at": TRADE, "status": 502})
    assert isinstance(worker(order), OrderAcknowledged)
    assert session.by_stream == 0


def test_attempts_to_connect_are_pauses_apart(simulated: Endpoints) -> None:
    now_s = 0.0
    attempts: list[float] = []

    def connect() -> TradeSocket:
        attempts.append(now_s)
        raise ConnectionError

    rest = PybitSession(venue_of(simulated), keys_of(simulated))
    session = TradeSession(rest, connect, TIMEOUT_S, lambda: now_s)
    for _ in range(300):
        session.call("get_server_time", {})
        now_s += 0.5
    session.close()
    assert attempts == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0]


def test_what_protects_or_closes_a_position_waits_for_no_connection(simulated: Endpoints) -> None:
    def connect() -> TradeSocket:
        raise AssertionError("it may take seconds until this is given up")

    rest = PybitSession(venue_of(simulated), keys_of(simulated))
    session = TradeSession(rest, connect, TIMEOUT_S)
    # Of the other symbol nobody has a position in these tests.
    stop = {"category": "linear", "symbol": ETH, "positionIdx": 0, "tpslMode": "Full", "stopLoss": "1"}
    assert isinstance(session.call("set_trading_stop", stop), Answer)
    close = {"category": "linear", "symbol": ETH, "side": "Sell", "orderType": "Market", "qty": "0.01"}
    reply = session.call("place_order", {**close, "reduceOnly": True})
    assert isinstance(reply, Answer)
    assert reply.code == 110017
    session.close()


@pytest.mark.parametrize("code", [10016, 10019, 10429, 110072])
def test_codes_that_prove_nothing_leave_it_open(
    worker: Worker, faults: ControlClient, order: PlaceOrder, code: int
) -> None:
    faults.faults({"fault": "ret_code", "at": "order.create", "code": code, "text": "no"})
    assert isinstance(worker(order), OrderOutcomeUnknown)


def test_too_many_requests_come_with_a_pause(session: TradeSession, faults: ControlClient) -> None:
    faults.faults({"fault": "ret_code", "at": "order.cancel", "code": 10006, "text": "Too many visits!"})
    reply = session.call("cancel_order", {"category": "linear", "symbol": BTC, "orderLinkId": "x"})
    assert reply == Answer(10006, "Too many visits!", {}, 1_000)


def test_an_answer_that_is_none(session: TradeSession, faults: ControlClient) -> None:
    faults.faults({"fault": "omit", "at": "order.cancel", "field": "retCode"})
    reply = session.call("cancel_order", {"category": "linear", "symbol": BTC, "orderLinkId": "x"})
    assert isinstance(reply, NoAnswer)


def test_a_refused_key_is_told_and_leaves_no_thread(simulated: Endpoints) -> None:
    before = threading.active_count()
    with pytest.raises(ConnectionError, match="10003"):
        TradeSocket(venue_of(simulated), Credentials("nobody", "s3cret"), TIMEOUT_S)
    eventually(lambda: threading.active_count() <= before, "the end of its threads")


@pytest.fixture
def instant() -> Iterator[Endpoints]:
    """An exchange that answers so fast that an answer may overtake the bookkeeping of its question."""
    with SimulatorProcess(SimulatorSettings(symbols=(BTC,), speed=1.0, ack_delay_ms=0, rate_limits=False)) as process:
        yield process.endpoints


@pytest.fixture
def busy() -> Iterator[None]:
    """Other threads want the processor all the time, as strategies do."""
    done = threading.Event()

    def burn() -> None:
        while not done.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=burn) for _ in range(3)]
    for thread in threads:
        thread.start()
    yield
    done.set()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("busy")
def test_no_answer_is_lost_when_it_comes_at_once_and_the_machine_is_busy(instant: Endpoints) -> None:
    session = open_session("websocket", venue_of(instant), keys_of(instant), 2.0)
    for number in range(100):
        reply = session.call("cancel_order", {"category": "linear", "symbol": BTC, "orderLinkId": f"none-{number}"})
        assert isinstance(reply, Answer)
        assert reply.code == 110001
    session.close()


def test_the_typed_client_works_over_the_stream_as_well(session: TradeSession) -> None:
    desk = Client(session).orders
    spec = OrderSpec(symbol=BTC, side=Side.BUY, order_type=OrderType.LIMIT, qty=Decimal("0.01"), price=Decimal(9_000))
    first, second = desk.place_batch_order((spec, spec))
    changes = tuple(OrderChange(symbol=BTC, order_id=each.order_id, qty=Decimal("0.02")) for each in (first, second))
    assert [each.code for each in desk.amend_batch_order(changes)] == [0, 0]
    assert desk.get_open_orders(order_id=second.order_id).rows[0].qty == Decimal("0.02")
    names = tuple(OrderName(symbol=BTC, order_id=each.order_id) for each in (first, second))
    assert [each.code for each in desk.cancel_batch_order(names)] == [0, 0]
    with pytest.raises(RefusedError) as refused:
        desk.cancel_order(names[0])
    assert refused.value.code == 110001
    assert session.by_stream == 4
