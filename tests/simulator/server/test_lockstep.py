"""In lockstep the market moves only when every client has seen everything."""

from collections.abc import Iterator

import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints
from bot.simulator.settings import SimulatorSettings
from tests.simulator.server.pybit_clients import rest_session
from tests.simulator.server.raw_stream import RawStream

TOPICS = ["kline.1.BTCUSDT", "kline.1.ETHUSDT"]


@pytest.fixture
def candles(lockstep: Endpoints) -> Iterator[RawStream]:
    stream = RawStream(lockstep, "/v5/public/linear")
    assert stream.ask(op="subscribe", args=TOPICS)["success"]
    yield stream
    stream.socket.close()


def test_a_step_closes_one_bar_of_one_symbol(candles: RawStream, control: ControlClient) -> None:
    began_ms = control.clock().now_ms
    for topic in TOPICS:
        result = control.step({candles.conn_id: candles.received})
        assert result.stepped
        assert result.now_ms == began_ms + 60_000
        assert result.sent[candles.conn_id] == candles.received + 1
        frame = candles.next()
        assert frame["topic"] == topic
        assert frame["data"][0]["confirm"] is True
        assert frame["data"][0]["end"] == result.now_ms - 1


def test_nothing_moves_while_a_client_is_behind(candles: RawStream, control: ControlClient) -> None:
    first = control.step({})
    assert first.stepped
    second = control.step({candles.conn_id: 0})
    assert not second.stepped
    assert second.now_ms == first.now_ms
    assert second.sent == first.sent == {candles.conn_id: 1}
    assert not control.step({}).stepped, "a connection that is not named has received nothing"
    assert not control.step({candles.conn_id: 2}).stepped
    assert control.step({candles.conn_id: 1, "of a connection long gone": 5}).stepped


def test_a_step_does_not_pass_its_limit(candles: RawStream, control: ControlClient) -> None:
    began_ms = control.clock().now_ms
    result = control.step({}, until_ms=began_ms + 1000)
    assert result.stepped
    assert result.now_ms == began_ms + 1000
    assert result.sent == {candles.conn_id: 0}
    assert control.step({}, until_ms=began_ms).now_ms == began_ms + 1000, "time never goes back"


def test_a_pause_holds_the_market(candles: RawStream, control: ControlClient) -> None:
    assert control.pause().paused
    assert not control.step({candles.conn_id: 0}).stepped
    assert not control.resume().paused
    assert control.step({candles.conn_id: 0}).stepped


def test_a_client_that_left_is_not_waited_for(candles: RawStream, control: ControlClient) -> None:
    assert control.step({}).stepped
    candles.socket.close()
    received: dict[str, int] = {}
    for _ in range(1000):
        if (result := control.step(received)).stepped:
            break
    assert result.stepped
    assert result.sent == {}


def test_pushes_of_an_order_are_counted_when_its_ack_arrives(lockstep: Endpoints, control: ControlClient) -> None:
    private = RawStream(lockstep, "/v5/private")
    assert private.login(lockstep)["success"]
    assert private.ask(op="subscribe", args=["order", "execution", "position", "wallet"])["success"]
    rest_session(lockstep).place_order(category="linear", symbol="BTCUSDT", side="Buy", orderType="Market", qty="0.01")
    refused = control.step({private.conn_id: 0})
    assert not refused.stepped
    while private.received < refused.sent[private.conn_id]:
        private.next()
    assert control.step({private.conn_id: private.received}).stepped
    private.socket.close()


def traded(at: Endpoints) -> tuple[list[object], object]:
    """Twenty steps with an order after every fourth; what the streams said, and the books."""
    frames: list[object] = []
    with ControlClient(at) as control:
        streams = [RawStream(at, "/v5/public/linear"), RawStream(at, "/v5/private")]
        streams[1].login(at)
        streams[0].ask(op="subscribe", args=TOPICS)
        streams[1].ask(op="subscribe", args=["order", "execution", "position", "wallet"])
        session = rest_session(at)
        sent = {each.conn_id: 0 for each in streams}
        for number in range(20):
            if number % 4 == 3:
                side = "Buy" if number % 8 == 3 else "Sell"
                session.place_order(category="linear", symbol="BTCUSDT", side=side, orderType="Market", qty="0.01")
                sent = dict(control.step({}).sent)
            for each in streams:
                frames += [each.next() for _ in range(sent[each.conn_id] - each.received)]
            result = control.step({each.conn_id: each.received for each in streams})
            assert result.stepped
            sent = dict(result.sent)
        for each in streams:
            frames += [each.next() for _ in range(sent[each.conn_id] - each.received)]
            each.socket.close()
        return frames, control.books(at.account)


def test_the_same_requests_give_the_same_frames_again() -> None:
    settings = SimulatorSettings(speed="lockstep", seed=7)
    runs = []
    for _ in range(2):
        with SimulatorProcess(settings) as process:
            runs.append(traded(process.endpoints))
    assert runs[0] == runs[1]
    assert len(runs[0][0]) > 20


def test_a_market_that_runs_by_the_clock_cannot_be_stepped(paced: Endpoints) -> None:
    with ControlClient(paced) as control, pytest.raises(SimulatorError, match="lockstep"):
        control.step({})
