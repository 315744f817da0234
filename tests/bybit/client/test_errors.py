"""How calls fail, and what may be believed afterwards."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.bybit.client import CallError, Client
from bot.bybit.client.errors import (
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RefusedError,
    TransientError,
    UnreadableError,
)
from bot.bybit.client.order_specs import OrderName, OrderSpec
from bot.bybit.outcomes import DEFINITE_REFUSALS
from bot.bybit.session import Answer, NoAnswer, Reply
from bot.domain.values import OrderType, Side
from bot.simulator.control_client import ControlClient
from tests.bybit.scripted_session import ScriptedSession, answered

ORDER = OrderSpec(
    symbol="BTCUSDT",
    side=Side.BUY,
    order_type=OrderType.LIMIT,
    qty=Decimal("0.01"),
    price=Decimal(10_000),
    order_link_id="f-1",
)


def failure(what: str, reply: Reply) -> CallError:
    client = Client(ScriptedSession(reply))
    calls: dict[str, Callable[[], object]] = {
        "question": client.market.get_tickers,
        "order": lambda: client.orders.place_order(ORDER),
        "setting": lambda: client.positions.set_leverage("BTCUSDT", Decimal(2), Decimal(2)),
    }
    with pytest.raises(CallError) as caught:
        calls[what]()
    return caught.value


@pytest.mark.parametrize(
    ("reply", "question", "order", "setting"),
    [
        (answered(code=10001), RefusedError, RefusedError, RefusedError),
        (answered(code=110013), RefusedError, OutcomeUnknownError, RefusedError),
        (answered(code=10003), PermissionDeniedError, PermissionDeniedError, PermissionDeniedError),
        (answered(code=10006), RateLimitedError, RateLimitedError, RateLimitedError),
        (answered(code=20003), RateLimitedError, OutcomeUnknownError, RateLimitedError),
        (answered(code=10002), TransientError, TransientError, TransientError),
        (answered(code=10016), TransientError, OutcomeUnknownError, OutcomeUnknownError),
        (answered(code=110072), TransientError, OutcomeUnknownError, OutcomeUnknownError),
        (NoAnswer("cut"), TransientError, OutcomeUnknownError, OutcomeUnknownError),
        (NoAnswer("HTTP 403", 403), RateLimitedError, OutcomeUnknownError, OutcomeUnknownError),
    ],
)
def test_classes_of_failure(reply: Reply, question: type, order: type, setting: type) -> None:
    assert type(failure("question", reply)) is question
    assert type(failure("order", reply)) is order
    assert type(failure("setting", reply)) is setting


@pytest.mark.parametrize("code", sorted(DEFINITE_REFUSALS))
def test_a_listed_refusal_of_an_order_leaves_no_doubt(code: int) -> None:
    assert not isinstance(failure("order", answered(code=code)), OutcomeUnknownError)


def test_how_long_to_be_silent_is_passed_on() -> None:
    error = failure("question", Answer(10006, "Too many visits!", {}, 700))
    assert isinstance(error, RateLimitedError)
    assert (error.retry_after_ms, error.transient, error.meaning) == (700, True, "asked too often")


@pytest.mark.parametrize("result", [{"list": [{}]}, {"list": 5}, {}, {"list": [{"symbol": "X", "lastPrice": "?"}]}])
def test_an_answer_that_is_not_as_documented_is_told(result: Any) -> None:
    error = failure("question", answered(result))
    assert isinstance(error, UnreadableError)
    assert (error.method, error.code) == ("get_tickers", 0)


def test_a_batch_whose_codes_are_missing_is_not_taken_for_done() -> None:
    placed = {"list": [{"orderId": "o-1"}, {"orderId": ""}]}
    client = Client(ScriptedSession(Answer(0, "OK", placed, extra={"list": [{"code": 0}]})))
    with pytest.raises(UnreadableError, match="2 orders, 1 codes"):
        client.orders.place_batch_order((ORDER, ORDER))


def test_a_lost_reply_is_an_unknown_outcome_and_the_order_is_there(client: Client, hand: ControlClient) -> None:
    hand.faults({"fault": "reply_lost", "at": "/v5/order/create", "nth": 1})
    with pytest.raises(OutcomeUnknownError):
        client.orders.place_order(ORDER)
    assert [order.order_link_id for order in client.orders.get_open_orders(symbol="BTCUSDT").rows] == ["f-1"]
    with pytest.raises(OutcomeUnknownError) as again:
        client.orders.place_order(ORDER)
    assert again.value.code == 110072
    client.orders.cancel_order(OrderName(symbol="BTCUSDT", order_link_id="f-1"))


def test_a_permission_that_is_missing(client: Client, hand: ControlClient) -> None:
    hand.faults({"fault": "ret_code", "at": "/v5/order/cancel", "code": 10005, "text": "Permission denied"})
    with pytest.raises(PermissionDeniedError) as denied:
        client.orders.cancel_order(OrderName(symbol="BTCUSDT", order_link_id="f-1"))
    assert denied.value.meaning == "the API key has no right to do this"
