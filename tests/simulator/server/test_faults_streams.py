"""Faults of frames, operations, handshakes and the trade stream."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from tests.simulator.server.pybit_clients import rest_session
from tests.simulator.server.raw_stream import RawStream

KLINES = ["kline.1.BTCUSDT"]
BUY = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.001"}


@pytest.fixture(scope="module")
def at() -> Iterator[Endpoints]:
    """In lockstep: what comes next is known exactly."""
    with SimulatorProcess(SimulatorSettings(symbols=("BTCUSDT",), speed="lockstep", ack_delay_ms=0)) as process:
        yield process.endpoints


@pytest.fixture
def control(at: Endpoints) -> Iterator[ControlClient]:
    with ControlClient(at) as client:
        yield client
        client.clear_faults()


@pytest.fixture
def klines(at: Endpoints) -> Iterator[RawStream]:
    stream = RawStream(at, "/v5/public/linear")
    assert stream.ask(op="subscribe", args=KLINES)["success"]
    yield stream
    stream.drop()


@pytest.fixture
def private(at: Endpoints) -> Iterator[RawStream]:
    stream = RawStream(at, "/v5/private")
    stream.login(at)
    assert stream.ask(op="subscribe", args=["order", "execution", "wallet"])["success"]
    yield stream
    stream.drop()


def step(control: ControlClient, stream: RawStream) -> int:
    """Play one bar; returns its start."""
    sent = control.clock()
    result = control.request("POST", "step", {"received": {stream.conn_id: stream.received}})
    assert result["stepped"], sent
    now_ms: int = result["now_ms"]
    return now_ms - 60_000


def start_of(frame: dict[str, Any]) -> int:
    start_ms: int = frame["data"][0]["start"]
    return start_ms


def text_of(stream: RawStream) -> str:
    stream.received += 1  # counted by the server as data, whatever it looks like
    return str(stream.socket.recv())


def test_dropped_and_doubled_frames(control: ControlClient, klines: RawStream) -> None:
    control.faults({"fault": "drop", "at": "kline.*", "nth": 2}, {"fault": "double", "at": "kline.*", "nth": 3})
    starts = [step(control, klines)]
    seen = [start_of(klines.next())]
    starts += [step(control, klines), step(control, klines)]
    seen += [start_of(klines.next()), start_of(klines.next())]
    assert seen == [starts[0], starts[2], starts[2]]


def test_two_frames_change_places(control: ControlClient, klines: RawStream) -> None:
    control.faults({"fault": "swap", "at": "kline.*", "nth": 1})
    starts = [step(control, klines), step(control, klines)]
    assert [start_of(klines.next()), start_of(klines.next())] == starts[::-1]


def test_a_frame_comes_later_in_market_time(control: ControlClient, klines: RawStream) -> None:
    control.faults({"fault": "delay", "at": "kline.*", "nth": 1, "delay_ms": 90_000})
    starts = [step(control, klines), step(control, klines)]
    seen = [start_of(klines.next())]
    starts.append(step(control, klines))
    seen += [start_of(klines.next()), start_of(klines.next())]
    assert seen == [starts[1], starts[0], starts[2]]


def test_mangled_and_wrongly_typed_frames(control: ControlClient, klines: RawStream) -> None:
    control.faults(
        {"fault": "mangle", "at": "kline.*", "nth": 1},
        {"fault": "mangle", "at": "kline.*", "nth": 2, "text": "<html>"},
        {"fault": "change", "at": "kline.*", "nth": 3, "field": "close", "value": [1]},
        {"fault": "omit", "at": "kline.*", "nth": 4, "field": "confirm"},
    )
    step(control, klines)
    with pytest.raises(json.JSONDecodeError):
        json.loads(text_of(klines))
    step(control, klines)
    assert text_of(klines) == "<html>"
    step(control, klines)
    assert klines.next()["data"][0]["close"] == [1]
    step(control, klines)
    assert "confirm" not in klines.next()["data"][0]


def test_a_mangled_frame_holds_nobody_up_whether_its_client_counts_it_or_not(
    control: ControlClient, klines: RawStream
) -> None:
    control.faults({"fault": "mangle", "at": "kline.*", "nth": 1})
    step(control, klines)
    assert klines.socket.recv()
    step(control, klines)
    klines.next()
    klines.received += 1
    step(control, klines)
    klines.next()
    klines.received += 1
    assert not control.step({klines.conn_id: klines.received}).stepped, "that is more than was sent"


@pytest.mark.parametrize("fault", [{"fault": "delay", "delay_ms": 60_000}, {"fault": "swap"}])
def test_a_frame_that_was_held_back_is_for_those_who_were_there(
    control: ControlClient, at: Endpoints, klines: RawStream, fault: dict[str, Any]
) -> None:
    control.faults({"at": "kline.*", "nth": 1} | fault)
    starts = [step(control, klines)]
    late = RawStream(at, "/v5/public/linear")
    assert late.ask(op="subscribe", args=KLINES)["success"]
    result = control.request("POST", "step", {"received": {klines.conn_id: klines.received}})
    starts.append(result["now_ms"] - 60_000)
    assert {start_of(klines.next()) for _ in starts} == set(starts)
    assert start_of(late.next()) == starts[1]
    assert late.ask(op="ping")["ret_msg"] == "pong"
    assert late.received == 1
    late.drop()


def test_without_faults_a_frame_does_not_wait_to_be_overtaken(control: ControlClient, klines: RawStream) -> None:
    control.faults({"fault": "swap", "at": "kline.*", "nth": 1})
    starts = [step(control, klines)]
    control.clear_faults()
    starts.append(step(control, klines))
    assert [start_of(klines.next()), start_of(klines.next())] == starts


def test_a_stall_from_one_frame_on_leaves_the_pongs(control: ControlClient, at: Endpoints, klines: RawStream) -> None:
    control.faults({"fault": "stall", "at": "kline.*", "nth": 1})
    for _ in range(3):
        step(control, klines)
    assert klines.ask(op="ping")["ret_msg"] == "pong"
    assert klines.received == 0
    fresh = RawStream(at, "/v5/public/linear")
    assert fresh.ask(op="subscribe", args=KLINES)["success"]
    received = {klines.conn_id: 0, fresh.conn_id: 0}
    control.step(received)
    assert fresh.next()["topic"] == KLINES[0], "a new connection is served"
    fresh.drop()


@pytest.mark.parametrize("how", ["close", "reset"])
def test_connections_end_instead_of_a_frame(control: ControlClient, klines: RawStream, how: str) -> None:
    control.faults({"fault": "hang_up", "at": "kline.*", "how": how})
    step(control, klines)
    if how == "close":
        assert klines.socket.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    else:
        with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
            klines.next()


def test_private_frames_of_one_topic_only(control: ControlClient, at: Endpoints, private: RawStream) -> None:
    control.faults(
        {"fault": "drop", "at": "execution", "account": at.account, "nth": 1},
        {"fault": "double", "at": "wallet"},
    )
    session = rest_session(at)
    session.place_order(**BUY)
    session.place_order(**BUY)
    topics: list[str] = []
    while topics.count("wallet") < 4:
        topics.append(private.next()["topic"])
    assert topics.count("execution") == 1


@pytest.mark.parametrize("applied", [False, True])
def test_a_swallowed_subscribe(control: ControlClient, at: Endpoints, applied: bool) -> None:
    control.faults({"fault": "swallow", "at": "subscribe", "path": "/v5/public/linear", "applied": applied})
    stream = RawStream(at, "/v5/public/linear")
    stream.socket.send(json.dumps({"op": "subscribe", "args": KLINES}))
    assert stream.ask(op="ping")["ret_msg"] == "pong", "the ack is missing, nothing else"
    control.step({stream.conn_id: 0})
    assert control.step({stream.conn_id: 0}).sent[stream.conn_id] == (1 if applied else 0)
    stream.drop()


def test_refused_operations(control: ControlClient, at: Endpoints) -> None:
    control.faults(
        {"fault": "refuse", "at": "auth", "nth": 1},
        {"fault": "refuse", "at": "subscribe", "text": "error:handler not found,topic:order"},
    )
    stream = RawStream(at, "/v5/private")
    assert (stream.login(at)["success"], stream.login(at)["success"]) == (False, True)
    assert stream.ask(op="subscribe", args=["order"])["ret_msg"] == "error:handler not found,topic:order"
    stream.drop()


def test_handshakes_that_fail(control: ControlClient, at: Endpoints) -> None:
    control.faults(
        {"fault": "http", "at": "/v5/private", "nth": 1, "status": 503},
        {"fault": "request_lost", "at": "/v5/private", "nth": 2, "how": "reset"},
        {"fault": "request_lost", "at": "/v5/private", "nth": 3, "how": "silence"},
    )
    with pytest.raises(websocket.WebSocketBadStatusException, match="503"):
        RawStream(at, "/v5/private")
    with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
        RawStream(at, "/v5/private")
    with pytest.raises((websocket.WebSocketTimeoutException, TimeoutError)):
        RawStream(at, "/v5/private", timeout_s=0.3)
    stream = RawStream(at, "/v5/private")
    assert stream.login(at)["success"]
    stream.drop()


def test_faults_of_the_trade_stream(control: ControlClient, at: Endpoints) -> None:
    op = "order.create"
    control.faults(
        {"fault": "reply_lost", "at": op, "nth": 1, "how": "silence"},
        {"fault": "request_lost", "at": op, "nth": 2, "how": "silence"},
        {"fault": "ret_code", "at": op, "nth": 3, "code": 10016},
        {"fault": "omit", "at": op, "nth": 4, "field": "orderLinkId"},
        {"fault": "reply_delayed", "at": op, "nth": 5, "delay_ms": 200},
        {"fault": "reply_lost", "at": op, "nth": 6},
    )
    stream = RawStream(at, "/v5/trade")
    stream.login(at)

    def order(number: int) -> dict[str, Any]:
        header = {"X-BAPI-TIMESTAMP": time.time_ns() // 1_000_000}
        return {"reqId": f"r-{number}", "header": header, "op": op, "args": [BUY | {"orderLinkId": f"t-{number}"}]}

    stream.socket.send(json.dumps(order(1)))
    stream.socket.send(json.dumps(order(2)))
    assert stream.ask(**order(3))["retCode"] == 10016
    assert "orderLinkId" not in stream.ask(**order(4))["data"]
    began_s = time.monotonic()
    assert stream.ask(**order(5))["retCode"] == 0
    assert time.monotonic() - began_s > 0.19
    stream.socket.send(json.dumps(order(6)))
    with pytest.raises(websocket.WebSocketConnectionClosedException):
        stream.next()
    session = rest_session(at)
    known = [
        session.get_order_history(category="linear", orderLinkId=f"t-{each}")["result"]["list"] for each in range(1, 7)
    ]
    assert [len(each) for each in known] == [1, 0, 0, 1, 1, 1]
    stream.drop()
