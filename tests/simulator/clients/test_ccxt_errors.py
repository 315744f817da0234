"""What the simulator refuses arrives as ccxt's own kinds of errors."""

from collections.abc import Callable, Iterator
from typing import Any

import ccxt
import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from tests.simulator.clients.ccxt_client import PAIR, SWAP, ccxt_client
from tests.simulator.clients.conftest import Connect, settings_for

GONE = "00000000-0000-0000-0000-000000000000"
AT_ONCE = {"acknowledged": True}


@pytest.fixture
def client(connect: Connect) -> Any:
    return connect("poor")


@pytest.fixture
def faulty(hand: ControlClient) -> Iterator[Callable[..., None]]:
    def plan(**fault: Any) -> None:
        hand.faults(fault)

    yield plan
    hand.clear_faults()


type Call = Callable[[Any], object]


@pytest.mark.parametrize(
    ("call", "kind", "code"),
    [
        (lambda x: x.create_order(SWAP, "limit", "buy", 900, 80_000), ccxt.InsufficientFunds, 110007),
        (lambda x: x.create_order(PAIR, "limit", "sell", 50, 90_000), ccxt.InsufficientFunds, 170131),
        (lambda x: x.cancel_order(GONE, SWAP), ccxt.OrderNotFound, 110001),
        (lambda x: x.cancel_order("1234567890123456789", PAIR), ccxt.OrderNotFound, 170213),
        (lambda x: x.edit_order(GONE, SWAP, "limit", "buy", 1, 80_000), ccxt.OrderNotFound, 110001),
        (lambda x: x.create_order(SWAP, "market", "buy", 1, None, {"reduceOnly": True}), ccxt.InvalidOrder, 110017),
        (
            lambda x: x.create_order(
                SWAP, "market", "buy", 1, None, {"triggerPrice": 10_000, "triggerDirection": "ascending"}
            ),
            ccxt.InvalidOrder,
            110092,
        ),
        (lambda x: x.create_order(SWAP, "limit", "buy", 0.01, 80_000, {"qty": "0.0001"}), ccxt.BadRequest, 10001),
        (lambda x: x.create_order(SWAP, "limit", "buy", 0.01, 80_000, {"positionIdx": 1}), ccxt.BadRequest, 10001),
        (lambda x: x.set_leverage(500, SWAP), ccxt.BadRequest, 110013),
        (lambda x: x.set_position_mode(False, SWAP), ccxt.NoChange, 110025),
        (lambda x: x.fetch_ohlcv(SWAP, "1m", None, 5, {"interval": "7"}), ccxt.BadRequest, 10001),
    ],
)
def test_refusals(client: Any, call: Call, kind: type[Exception], code: int) -> None:
    with pytest.raises(kind, match=f'"retCode":{code},') as caught:
        call(client)
    assert type(caught.value) is kind


def test_an_order_that_is_nowhere_is_not_found(client: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound):
        client.fetch_order(GONE, SWAP, AT_ONCE)
    with pytest.raises(ccxt.OrderNotFound):
        client.fetch_closed_order(GONE, SWAP)


def test_an_order_link_id_may_come_once(client: Any) -> None:
    once = {"clientOrderId": "errors-once"}
    client.create_order(SWAP, "limit", "buy", 0.01, 80_000, once)
    with pytest.raises(ccxt.InvalidOrder, match="110072"):
        client.create_order(SWAP, "limit", "buy", 0.01, 80_000, once)
    client.cancel_all_orders(SWAP)


def test_unknown_keys_and_wrong_secrets(connect: Connect) -> None:
    stranger = connect("poor", apiKey="nobody")
    with pytest.raises(ccxt.AuthenticationError, match="10003"):
        stranger.fetch_balance()
    forger = connect("poor", secret="wrong")
    with pytest.raises(ccxt.AuthenticationError, match="10004"):
        forger.fetch_balance()


def test_a_clock_that_is_late(connect: Connect) -> None:
    late = connect("poor", options={"timeDifference": 60_000})
    with pytest.raises(ccxt.InvalidNonce, match="10002"):
        late.fetch_balance()
    late.load_time_difference()
    assert late.fetch_balance()["USDT"]["total"] > 0


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"fault": "ret_code", "code": 10006, "text": "Too many visits!"}, ccxt.RateLimitExceeded),
        ({"fault": "ret_code", "code": 10016, "text": "Server error."}, ccxt.ExchangeError),
        ({"fault": "ret_code", "code": 10005, "text": "Permission denied"}, ccxt.PermissionDenied),
        ({"fault": "http", "status": 503}, ccxt.ExchangeNotAvailable),
        ({"fault": "http", "status": 429}, ccxt.RateLimitExceeded),
        ({"fault": "reply_lost"}, ccxt.NetworkError),
        ({"fault": "request_lost", "how": "reset"}, ccxt.NetworkError),
    ],
)
def test_faults(client: Any, faulty: Callable[..., None], fault: dict[str, Any], kind: type[Exception]) -> None:
    client.fetch_open_orders(SWAP)
    faulty(at="/v5/order/realtime", last=1, **fault)
    with pytest.raises(kind):
        client.fetch_open_orders(SWAP)
    assert client.fetch_open_orders(SWAP) == []


def test_an_order_whose_answer_was_lost_is_found_again(client: Any, faulty: Callable[..., None]) -> None:
    faulty(at="/v5/order/create", last=1, fault="reply_lost")
    with pytest.raises(ccxt.NetworkError):
        client.create_order(SWAP, "limit", "buy", 0.01, 80_000, {"clientOrderId": "errors-lost"})
    assert client.fetch_open_orders(SWAP)[0]["clientOrderId"] == "errors-lost"
    client.cancel_all_orders(SWAP)


@pytest.fixture(scope="module")
def limited() -> Iterator[Endpoints]:
    with SimulatorProcess(settings_for("quick", rate_limits=True)) as process:
        yield process.endpoints


def test_limits_are_bybits(limited: Endpoints, markets: Any) -> None:
    client = ccxt_client(limited, "quick")
    client.set_markets(markets.markets, markets.currencies)

    def burst() -> None:
        for _ in range(25):
            client.set_leverage(5, SWAP)
            client.set_leverage(6, SWAP)

    with pytest.raises(ccxt.RateLimitExceeded, match="10006"):
        burst()
    assert client.last_response_headers["X-Bapi-Limit"] == "10"
    assert client.last_response_headers["X-Bapi-Limit-Status"] == "0"


def test_ccxts_own_throttle_keeps_within_them(limited: Endpoints) -> None:
    client = ccxt_client(limited, "quick", enableRateLimit=True)
    client.load_markets()
    for _ in range(15):
        client.fetch_positions([SWAP])
    assert client.fetch_balance()["USDT"]["total"] == 100_000
