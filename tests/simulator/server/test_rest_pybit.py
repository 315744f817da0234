"""The REST door, through unmodified pybit and with raw requests."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pybit.exceptions import FailedRequestError, InvalidRequestError

from bot.simulator.ready import Endpoints
from bot.simulator.server.auth import signature
from tests.simulator.server.pybit_clients import rest_session

type Send = Callable[..., requests.Response]


@pytest.fixture
def plain() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def signed_post(plain: requests.Session, at: Endpoints, path: str, body: bytes) -> dict[str, Any]:
    stamp = str(time.time_ns() // 1_000_000)
    sign = signature(at.api_secret, f"{stamp}{at.api_key}5000".encode() + body)
    headers = {
        "X-BAPI-API-KEY": at.api_key,
        "X-BAPI-TIMESTAMP": stamp,
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": sign,
    }
    response = plain.post(f"{at.rest}{path}", data=body, headers=headers, timeout=5)
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def test_the_server_time_is_the_wall_clock(paced: Endpoints) -> None:
    answer = rest_session(paced).get_server_time()
    assert answer["retCode"] == 0
    now_s = time.time()
    assert abs(int(answer["result"]["timeSecond"]) - now_s) < 5
    assert abs(int(answer["result"]["timeNano"]) / 1e9 - now_s) < 5
    assert abs(answer["time"] / 1e3 - now_s) < 5


def test_public_data_needs_no_signature(paced: Endpoints) -> None:
    answer = rest_session(paced, api_key=None, api_secret=None).get_kline(
        category="linear", symbol="BTCUSDT", interval="1", limit=5
    )
    rows = answer["result"]["list"]
    assert len(rows) == 5
    assert rows == sorted(rows, key=lambda row: -int(row[0]))


def test_every_answer_carries_the_limit_headers(paced: Endpoints) -> None:
    session = rest_session(paced, return_response_headers=True)
    _, _, public = session.get_server_time()
    _, _, private = session.get_positions(category="linear", settleCoin="USDT")
    for headers, limit in ((public, 120), (private, 50)):
        assert int(headers["X-Bapi-Limit"]) == limit
        assert int(headers["X-Bapi-Limit-Status"]) == limit - 1
        assert abs(int(headers["X-Bapi-Limit-Reset-Timestamp"]) / 1e3 - time.time()) < 5


def test_an_order_is_accepted_and_appears_in_the_history(paced: Endpoints) -> None:
    session = rest_session(paced)
    ack = session.place_order(
        category="linear", symbol="ETHUSDT", side="Buy", orderType="Market", qty="0.1", orderLinkId="history-1"
    )
    assert ack["result"]["orderLinkId"] == "history-1"
    found = session.get_order_history(category="linear", orderLinkId="history-1")["result"]["list"]
    assert [each["orderId"] for each in found] == [ack["result"]["orderId"]]


def test_pages_follow_a_cursor_that_is_signed_as_it_is_sent(paced: Endpoints) -> None:
    session = rest_session(paced)
    for _ in range(3):
        session.place_order(category="linear", symbol="ETHUSDT", side="Buy", orderType="Market", qty="0.1")
    seen: list[str] = []
    cursor = ""
    while True:
        page = session.get_executions(category="linear", symbol="ETHUSDT", limit=1, cursor=cursor)["result"]
        seen += [each["execId"] for each in page["list"]]
        cursor = page["nextPageCursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) >= 3


def test_a_query_with_escapes_is_signed_as_it_is_sent(paced: Endpoints) -> None:
    session = rest_session(paced, ignore_codes={10001})
    answer = session.get_open_orders(category="linear", symbol="BTCUSDT", orderLinkId="page%3Dx%26y")
    assert answer["retCode"] in {0, 10001}, "whatever the exchange makes of it, the signature was good"


def test_a_wrong_secret_is_refused(paced: Endpoints) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        rest_session(paced, api_secret="wrong").get_positions(category="linear", symbol="BTCUSDT")
    assert caught.value.status_code == 10004


def test_an_unknown_key_is_refused(paced: Endpoints) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        rest_session(paced, api_key="nobody").get_positions(category="linear", symbol="BTCUSDT")
    assert caught.value.status_code == 10003


def test_a_stale_request_is_refused_with_10002(paced: Endpoints, plain: requests.Session) -> None:
    stamp = str(time.time_ns() // 1_000_000 - 60_000)
    query = "category=linear&symbol=BTCUSDT"
    headers = {
        "X-BAPI-API-KEY": paced.api_key,
        "X-BAPI-TIMESTAMP": stamp,
        "X-BAPI-SIGN": signature(paced.api_secret, f"{stamp}{paced.api_key}5000{query}".encode()),
    }
    answer = plain.get(f"{paced.rest}/v5/position/list?{query}", headers=headers, timeout=5).json()
    assert answer["retCode"] == 10002
    assert f"req_timestamp[{stamp}]" in answer["retMsg"]


def test_a_request_without_headers_is_refused(paced: Endpoints, plain: requests.Session) -> None:
    answer = plain.get(f"{paced.rest}/v5/position/list?category=linear", timeout=5).json()
    assert answer["retCode"] == 10001
    assert answer["result"] == {}


def test_an_unknown_path_is_a_404(paced: Endpoints) -> None:
    session = rest_session(paced)
    for method in ("GET", "POST"):
        with pytest.raises(FailedRequestError) as caught:
            session._submit_request(method, f"{session.endpoint}/v5/no/such/path", {}, auth=True)
        assert caught.value.status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"qty": NaN}', b"[" * 100_000, b'{"category": {}}'],
)
def test_garbage_bodies_are_answered_with_10001(paced: Endpoints, plain: requests.Session, body: bytes) -> None:
    assert signed_post(plain, paced, "/v5/order/create", body)["retCode"] == 10001


@pytest.mark.parametrize("value", [None, 1, -1.5, True, [], {}, "", "NaN", "1e400", "\u0000", "x" * 1000])
@pytest.mark.parametrize("name", ["category", "symbol", "side", "orderType", "qty", "price", "takeProfit"])
def test_garbage_values_never_break_the_exchange(
    paced: Endpoints, plain: requests.Session, name: str, value: object
) -> None:
    order: dict[str, object] = {
        "category": "linear",
        "symbol": "BTCUSDT",
        "side": "Buy",
        "orderType": "Limit",
        "qty": "0.001",
        "price": "1",  # far below the market, so that nothing fills when the value is let through
        name: value,
    }
    answer = signed_post(plain, paced, "/v5/order/create", json.dumps(order).encode())
    assert answer["retCode"] != 10016


def test_a_huge_body_is_turned_away(paced: Endpoints, plain: requests.Session) -> None:
    response = plain.post(f"{paced.rest}/v5/order/create", data=b" " * (2 << 20), timeout=5)
    assert response.status_code == 413
