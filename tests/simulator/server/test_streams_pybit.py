"""The stream doors, through unmodified pybit and with raw sockets."""

import json
from collections.abc import Iterator

import pytest
import websocket

from bot.simulator.ready import Endpoints
from tests.simulator.server.pybit_clients import Recorder, private_stream, public_stream, rest_session
from tests.simulator.server.raw_stream import RawStream

PRIVATE_TOPICS = ("order", "execution", "position", "wallet")


@pytest.fixture
def public(paced: Endpoints) -> Iterator[RawStream]:
    stream = RawStream(paced, "/v5/public/linear")
    yield stream
    stream.socket.close()


@pytest.fixture
def private(paced: Endpoints) -> Iterator[RawStream]:
    stream = RawStream(paced, "/v5/private")
    yield stream
    stream.socket.close()


def test_pybit_receives_every_public_topic(paced: Endpoints) -> None:
    recorder = Recorder()
    symbols = ["BTCUSDT", "ETHUSDT"]
    with public_stream(paced, recorder) as stream:
        stream.orderbook_stream(50, symbols, None)
        stream.ticker_stream(symbols, None)
        stream.trade_stream(symbols, None)
        stream.kline_stream(1, symbols, None)
        for symbol in symbols:
            for topic in ("orderbook.50", "tickers", "publicTrade", "kline.1"):
                recorder.wait_topic(f"{topic}.{symbol}")
    book = recorder.frames("orderbook.50.BTCUSDT")[0]
    assert book["type"] == "snapshot"
    assert len(book["data"]["b"]) == len(book["data"]["a"]) == 50
    updates = [each["data"]["u"] for each in recorder.frames("orderbook.50.BTCUSDT")]
    assert updates == list(range(updates[0], updates[0] + len(updates)))


def test_pybits_own_book_merge_survives_our_deltas(paced: Endpoints) -> None:
    recorder = Recorder()
    with public_stream(paced) as stream:
        stream.orderbook_stream(50, "BTCUSDT", recorder)
        recorder.wait_topic("orderbook.50.BTCUSDT", 20)  # some five seconds of looks
        assert stream.is_connected()


def test_the_ack_comes_first_then_the_snapshot(public: RawStream) -> None:
    topics = ["orderbook.50.BTCUSDT", "tickers.ETHUSDT"]
    public.socket.send(json.dumps({"op": "subscribe", "req_id": "7", "args": topics}))
    ack = public.next()
    assert {"success": True, "ret_msg": "", "req_id": "7", "op": "subscribe"}.items() <= ack.items()
    assert ack["conn_id"]
    first = [public.next(), public.next()]
    assert [each["topic"] for each in first] == topics
    assert [each["type"] for each in first] == ["snapshot", "snapshot"]


def test_both_kinds_of_ping_are_answered(public: RawStream, private: RawStream) -> None:
    answer = public.ask(op="ping")
    assert {"success": True, "ret_msg": "pong", "op": "ping", "req_id": ""}.items() <= answer.items()
    answer = private.ask(op="ping", req_id="3")
    assert {"op": "pong", "req_id": "3"}.items() <= answer.items()
    assert answer["args"][0].isdigit()
    public.socket.ping("are you there")
    opcode, payload = public.socket.recv_data(control_frame=True)
    assert (opcode, payload) == (websocket.ABNF.OPCODE_PONG, b"are you there")


def test_subscriptions_that_are_refused(public: RawStream) -> None:
    unknown = public.ask(op="subscribe", req_id="1", args=["kline.1.BTCUSDT", "tickers.NOPE"])
    assert (unknown["success"], unknown["ret_msg"]) == (False, "error:handler not found,topic:tickers.NOPE")
    assert public.ask(op="subscribe", req_id="2", args=["kline.1.BTCUSDT"])["success"]
    twice = public.ask(op="subscribe", req_id="3", args=["kline.1.BTCUSDT"])
    assert twice["ret_msg"] == "error:already subscribed,topic:kline.1.BTCUSDT"
    assert public.ask(op="unsubscribe", req_id="4", args=["kline.1.BTCUSDT"])["success"]
    assert not public.ask(op="unsubscribe", req_id="5", args=["kline.1.BTCUSDT"])["success"]
    long = [f"kline.1.{'X' * 100}{number}" for number in range(300)]
    assert not public.ask(op="subscribe", req_id="6", args=long)["success"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"op": "fly"}', '{"op": 1}', '{"op": "subscribe"}', '{"op": "subscribe", "args": [1]}'],
)
def test_garbage_is_answered_and_the_stream_lives_on(public: RawStream, text: str) -> None:
    public.socket.send(text)
    assert public.next()["success"] is False
    assert public.ask(op="ping")["ret_msg"] == "pong"


def test_an_order_runs_through_the_private_stream_in_order(paced: Endpoints) -> None:
    recorder = Recorder()
    with private_stream(paced, recorder) as stream:
        for subscribe in (stream.order_stream, stream.execution_stream, stream.position_stream, stream.wallet_stream):
            subscribe(None)
        recorder.wait(lambda frames: sum(each.get("op") == "subscribe" for each in frames) == 4)
        assert all(each["success"] for each in recorder.frames() if "success" in each)
        ack = rest_session(paced).place_order(
            category="linear", symbol="BTCUSDT", side="Buy", orderType="Market", qty="0.01"
        )
        for topic in PRIVATE_TOPICS:
            recorder.wait_topic(topic)
    order_id = ack["result"]["orderId"]
    filled = [each for each in recorder.frames("order") if each["data"][0]["orderStatus"] == "Filled"]
    assert [each["data"][0]["orderId"] for each in filled] == [order_id]
    assert recorder.frames("execution")[0]["data"][0]["orderId"] == order_id
    seen = [each["topic"] for each in recorder.frames() if each.get("topic") in PRIVATE_TOPICS[1:]]
    assert seen[:3] == ["execution", "position", "wallet"]


def test_a_categorised_topic_carries_its_own_name(paced: Endpoints) -> None:
    recorder = Recorder()
    with private_stream(paced, recorder) as stream:
        stream.subscribe("order.linear", None, symbol="any")
        recorder.wait(lambda frames: any(each.get("op") == "subscribe" for each in frames))
        rest_session(paced).place_order(category="linear", symbol="BTCUSDT", side="Buy", orderType="Market", qty="0.01")
        recorder.wait_topic("order.linear")
    assert not recorder.frames("order")


def test_a_login_with_a_wrong_secret_fails(paced: Endpoints) -> None:
    recorder = Recorder()
    with private_stream(paced, recorder, api_secret="wrong"):
        frames = recorder.wait(lambda frames: any(each.get("op") == "auth" for each in frames))
    assert frames[0]["success"] is False


def test_private_topics_need_a_login_and_must_not_be_mixed(paced: Endpoints, private: RawStream) -> None:
    refused = private.ask(op="subscribe", req_id="1", args=["order"])
    assert (refused["success"], refused["ret_msg"]) == (False, "Request not authorized")
    unknown = private.ask(op="auth", args=["nobody", 9_999_999_999_999, "00"])
    assert (unknown["success"], unknown["retCode"]) == (False, 10003)
    assert private.login(paced)["success"]
    mixed = private.ask(op="subscribe", req_id="2", args=["order", "execution.linear"])
    assert (mixed["success"], mixed["ret_msg"]) == (False, "Params Error")
    public_topic = private.ask(op="subscribe", req_id="3", args=["tickers.BTCUSDT"])
    assert public_topic["ret_msg"] == "error:handler not found,topic:tickers.BTCUSDT"


def test_an_unknown_stream_path_is_refused(paced: Endpoints) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException):
        RawStream(paced, "/v5/public/moon")
