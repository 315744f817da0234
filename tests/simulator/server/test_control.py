"""The control port: token, clock, pause, books, faults."""

import gc
from collections.abc import Iterator

import pytest
import requests
import websocket

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from tests.simulator.server.pybit_clients import Recorder, eventually, private_stream, public_stream
from tests.simulator.server.raw_stream import RawStream


@pytest.fixture(scope="module")
def market() -> Iterator[Endpoints]:
    with SimulatorProcess(SimulatorSettings(symbols=("BTCUSDT",), speed=600.0)) as process:
        yield process.endpoints


@pytest.fixture
def client(market: Endpoints) -> Iterator[ControlClient]:
    with ControlClient(market) as client:
        yield client


def test_nothing_is_done_without_the_token(market: Endpoints) -> None:
    session = requests.Session()
    session.trust_env = False
    for headers in ({}, {"X-Control-Token": "guess"}):
        response = session.post(f"{market.control}/control/shutdown", headers=headers, timeout=5)
        assert response.status_code == 401
        assert session.get(f"{market.control}/control/clock", headers=headers, timeout=5).status_code == 401


def test_an_action_there_is_none_of_is_told(client: ControlClient) -> None:
    with pytest.raises(SimulatorError, match=r"404 .*there is no action POST /control/fly"):
        client.request("POST", "fly")
    with pytest.raises(SimulatorError, match=r"405 .*there is no action GET /control/step"):
        client.request("GET", "step")


def test_the_clock_runs_at_its_speed_and_stops_in_a_pause(client: ControlClient) -> None:
    clock = client.clock()
    assert (clock.speed, clock.paused, clock.finished) == (600.0, False, False)
    eventually(lambda: client.clock().now_ms > clock.now_ms, "the clock stands still")
    paused_ms = client.pause().now_ms
    for _ in range(20):
        assert client.clock().now_ms == paused_ms
    resumed_ms = client.resume().now_ms
    assert resumed_ms - paused_ms < 60_000, "the pause itself does not count"
    eventually(lambda: client.clock().now_ms > paused_ms, "the clock did not resume")


def test_books_name_the_starting_balance(client: ControlClient, market: Endpoints) -> None:
    books = client.books(market.account)
    assert books["account"] == market.account
    assert books["starting_balance"] == "10000"
    with pytest.raises(SimulatorError, match="404"):
        client.books("nobody")


def test_bodies_that_do_not_fit_are_refused(client: ControlClient) -> None:
    with pytest.raises(SimulatorError, match="400"):
        client.disconnect("explode")  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pybit drops the cut socket
@pytest.mark.parametrize("how", ["close", "reset"])
def test_pybit_comes_back_after_a_cut_with_its_topics(market: Endpoints, client: ControlClient, how: str) -> None:
    recorder = Recorder()
    with public_stream(market, recorder) as stream:
        stream.kline_stream(1, "BTCUSDT", None)
        recorder.wait_topic("kline.1.BTCUSDT")
        before = recorder.conn_id()
        assert client.disconnect(how, "/v5/public/linear") == 1  # type: ignore[arg-type]
        recorder.wait(lambda frames: any(each.get("conn_id", before) != before for each in frames))
        seen = len(recorder.frames("kline.1.BTCUSDT"))
        recorder.wait_topic("kline.1.BTCUSDT", seen + 1)
    gc.collect()  # the dropped socket's ResourceWarning belongs to this test


def test_a_reset_is_seen_as_one(market: Endpoints, client: ControlClient) -> None:
    stream = RawStream(market, "/v5/public/linear")
    assert client.disconnect("reset", "/v5/public/linear") == 1
    with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
        stream.next()
    stream.drop()


def test_a_stalled_stream_answers_pings_only(market: Endpoints, client: ControlClient) -> None:
    stream = RawStream(market, "/v5/public/linear")
    assert stream.ask(op="subscribe", args=["kline.1.BTCUSDT"])["success"]
    assert stream.next()["topic"] == "kline.1.BTCUSDT"
    assert client.disconnect("stall", "/v5/public/linear") == 1
    assert stream.ask(op="ping")["ret_msg"] == "pong"  # whatever was on its way has now arrived
    late_ms = client.clock().now_ms + 300_000
    eventually(lambda: client.clock().now_ms > late_ms, "the clock stands still")
    stream.socket.send('{"op": "ping"}')
    assert stream.next()["ret_msg"] == "pong", "data came from a stalled stream"
    fresh = RawStream(market, "/v5/public/linear")
    assert fresh.ask(op="subscribe", args=["kline.1.BTCUSDT"])["success"]
    assert fresh.next()["topic"] == "kline.1.BTCUSDT"
    stream.socket.close()
    fresh.socket.close()


def test_other_paths_are_left_alone(market: Endpoints, client: ControlClient) -> None:
    recorder = Recorder()
    with private_stream(market, recorder) as stream:
        recorder.wait(lambda frames: any(each.get("op") == "auth" for each in frames))
        client.disconnect("reset", "/v5/public/linear")
        stream.order_stream(None)
        recorder.wait(lambda frames: any(each.get("op") == "subscribe" for each in frames))
        assert len({each["conn_id"] for each in recorder.frames()}) == 1


def test_shutdown_ends_the_process_in_good_order() -> None:
    process = SimulatorProcess(SimulatorSettings())
    endpoints = process.start()
    with ControlClient(endpoints) as client:
        client.shutdown()
    eventually(lambda: process.return_code is not None, "it runs on")
    assert process.return_code == 0
    process.stop()
