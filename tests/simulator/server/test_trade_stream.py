"""Orders over the trade stream: unmodified pybit, and frames by hand."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.simulator.ready import Endpoints
from tests.simulator.server.pybit_clients import Recorder, rest_session
from tests.simulator.server.pybit_trading import trading
from tests.simulator.server.raw_stream import RawStream

FAR = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.001", "price": "10000"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def raw(paced: Endpoints) -> Iterator[RawStream]:
    stream = RawStream(paced, "/v5/trade")
    yield stream
    stream.socket.close()


def order_frame(**changes: Any) -> dict[str, Any]:
    header = {"X-BAPI-TIMESTAMP": now_ms()}
    return {"reqId": "r-1", "header": header, "op": "order.create", "args": [FAR]} | changes


def test_pybit_creates_amends_and_cancels(paced: Endpoints) -> None:
    acks = Recorder()
    with trading(paced) as session:
        session.place_order(acks, **FAR, orderLinkId="ws-1")
        created = acks.wait(lambda frames: len(frames) == 1)[0]
        assert {"retCode": 0, "retMsg": "OK", "op": "order.create", "retExtInfo": {}}.items() <= created.items()
        assert created["data"]["orderLinkId"] == "ws-1"
        assert {"X-Bapi-Limit", "X-Bapi-Limit-Status", "X-Bapi-Limit-Reset-Timestamp", "Traceid", "Timenow"} <= set(
            created["header"]
        )
        assert created["connId"]
        ids = {"category": "linear", "symbol": "BTCUSDT", "orderId": created["data"]["orderId"]}
        session.amend_order(acks, **ids, price="10001")
        acks.wait(lambda frames: len(frames) == 2)
        found = rest_session(paced).get_open_orders(category="linear", symbol="BTCUSDT", orderId=ids["orderId"])
        assert found["result"]["list"][0]["price"].rstrip("0").rstrip(".") == "10001"
        session.cancel_order(acks, **ids)
        assert acks.wait(lambda frames: len(frames) == 3)[2]["data"]["orderId"] == ids["orderId"]


def test_pybit_sends_batches(paced: Endpoints) -> None:
    acks = Recorder()
    order = {name: value for name, value in FAR.items() if name != "category"}
    with trading(paced) as session:
        session.place_batch_order(acks, category="linear", request=[order, order | {"qty": "0"}])
        created = acks.wait(lambda frames: len(frames) == 1)[0]
        rows, outcomes = created["data"]["list"], created["retExtInfo"]["list"]
        assert len(rows) == len(outcomes) == 2
        assert outcomes[0]["code"] == 0
        assert outcomes[1]["code"] != 0
        ids = {"symbol": "BTCUSDT", "orderId": rows[0]["orderId"]}
        session.amend_batch_order(acks, category="linear", request=[ids | {"qty": "0.002"}])
        session.cancel_batch_order(acks, category="linear", request=[ids])
        frames = acks.wait(lambda frames: len(frames) == 3)
        assert [each["retExtInfo"]["list"][0]["code"] for each in frames[1:]] == [0, 0]


def test_errors_reach_pybits_error_callback(paced: Endpoints) -> None:
    errors = Recorder()
    with trading(paced) as session:
        session.cancel_order(Recorder(), errors, category="linear", symbol="BTCUSDT", orderId="nobody's")
        assert errors.wait(len)[0]["retCode"] == 110001


def test_login_ping_and_a_second_login(paced: Endpoints, raw: RawStream) -> None:
    refused = raw.ask(**order_frame())
    assert refused["retCode"] == 10003
    answer = raw.login(paced)
    assert {"retCode": 0, "retMsg": "OK", "op": "auth"}.items() <= answer.items()
    assert answer["connId"]
    assert raw.login(paced)["retCode"] == 20001
    pong = raw.ask(op="ping")
    assert {"retCode": 0, "retMsg": "OK", "op": "pong"}.items() <= pong.items()
    assert pong["data"][0].isdigit()


def test_a_login_that_is_wrong(paced: Endpoints, raw: RawStream) -> None:
    assert raw.login(paced, paced.api_key, "wrong")["retCode"] == 10004
    assert raw.login(paced, "nobody", "wrong")["retCode"] == 10003
    assert raw.ask(op="auth", args=[])["retCode"] == 10001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"op": "order.fly"}, 10404),
        ({"op": 7}, 10404),
        ({"args": [FAR | {"category": "moon"}]}, 10404),
        ({"args": []}, 10001),
        ({"args": [FAR, FAR]}, 10001),
        ({"args": "text"}, 10001),
        ({"header": None}, 10001),
        ({"header": {}}, 10002),
        ({"header": {"X-BAPI-TIMESTAMP": 1}}, 10002),
        ({"reqId": "x" * 37}, 10001),
        ({"args": [FAR | {"symbol": "NOPE"}]}, 10001),
    ],
)
def test_frames_that_are_refused(paced: Endpoints, raw: RawStream, changes: dict[str, Any], code: int) -> None:
    raw.login(paced)
    answer = raw.ask(**order_frame(**changes))
    assert answer["retCode"] == code
    assert answer["reqId"] == changes.get("reqId", "r-1")
    assert answer["data"] == {}


def test_the_timestamp_may_be_text_and_the_window_wider(paced: Endpoints, raw: RawStream) -> None:
    raw.login(paced)
    header = {"X-BAPI-TIMESTAMP": str(now_ms() - 7000), "X-BAPI-RECV-WINDOW": "9000"}
    assert raw.ask(**order_frame(header=header))["retCode"] == 0
    assert raw.ask(**order_frame(header={"X-BAPI-TIMESTAMP": str(now_ms() - 7000)}, reqId="r-2"))["retCode"] == 10002


def test_a_req_id_may_come_once_per_connection(paced: Endpoints, raw: RawStream) -> None:
    raw.login(paced)
    assert raw.ask(**order_frame())["retCode"] == 0
    assert raw.ask(**order_frame())["retCode"] == 20006
    other = RawStream(paced, "/v5/trade")
    other.login(paced)
    assert other.ask(**order_frame())["retCode"] == 0
    other.socket.close()
