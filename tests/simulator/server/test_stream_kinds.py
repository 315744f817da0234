"""What is particular to each kind of stream: acks, pongs, limits, idle connections, topics."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import websocket

from bot.simulator.child import SimulatorProcess
from bot.simulator.ready import Endpoints
from bot.simulator.server.execution_fast import fast_frame
from bot.simulator.server.streams.door import active_time_s
from bot.simulator.settings import SimulatorSettings
from bot.simulator.settings_parts import AddressSettings
from tests.simulator.server.pybit_clients import Recorder, SimulatorWebSocket, private_stream, rest_session
from tests.simulator.server.raw_stream import RawStream

SYMBOLS = ("BTCUSDT", "BTCUSD", "spot:BTCUSDT")
FAST_FIELDS = {
    *("category", "symbol", "execId", "execPrice", "execQty", "orderId", "isMaker", "orderLinkId", "side"),
    *("execTime", "seq"),
}


@pytest.fixture(scope="module")
def at() -> Iterator[Endpoints]:
    settings = SimulatorSettings(symbols=SYMBOLS, speed=60.0, balance=Decimal(100_000), rate_limits=False)
    with SimulatorProcess(settings) as process:
        yield process.endpoints


@pytest.fixture
def opened(at: Endpoints) -> Iterator[Any]:
    streams: list[RawStream] = []

    def open_stream(path: str) -> RawStream:
        streams.append(RawStream(at, path))
        return streams[-1]

    yield open_stream
    for stream in streams:
        stream.socket.close()


@pytest.mark.parametrize(("category", "symbol"), [("linear", "BTCUSDT"), ("inverse", "BTCUSD"), ("spot", "BTCUSDT")])
def test_pybit_hears_each_category_on_its_own_stream(at: Endpoints, category: str, symbol: str) -> None:
    recorder = Recorder()
    stream = SimulatorWebSocket(at, channel_type=category, callback_function=recorder)
    try:
        stream.orderbook_stream(50, symbol, None)
        stream.ticker_stream(symbol, None)
        stream.trade_stream(symbol, None)
        stream.kline_stream(1, symbol, None)
        for topic in ("orderbook.50", "tickers", "publicTrade", "kline.1"):
            recorder.wait_topic(f"{topic}.{symbol}")
    finally:
        stream.exit()


def test_a_symbol_of_another_category_is_not_found(opened: Any) -> None:
    answer = opened("/v5/public/inverse").ask(op="subscribe", args=["tickers.BTCUSDT"])
    assert (answer["success"], answer["ret_msg"]) == (False, "error:handler not found,topic:tickers.BTCUSDT")


def test_spot_names_the_operation_and_takes_ten_topics_at_a_time(opened: Any) -> None:
    spot = opened("/v5/public/spot")
    fine = spot.ask(op="subscribe", req_id="1", args=["tickers.BTCUSDT"])
    assert (fine["success"], fine["ret_msg"], fine["req_id"]) == (True, "subscribe", "1")
    many = spot.ask(op="subscribe", args=[f"kline.{number}.BTCUSDT" for number in range(11)])
    assert (many["success"], many["ret_msg"]) == (False, "args size >10")
    twice = spot.ask(op="subscribe", args=["tickers.BTCUSDT"])
    assert twice["ret_msg"] == "error:already subscribed,topic:tickers.BTCUSDT"


def test_the_option_stream_lists_what_failed(opened: Any) -> None:
    option = opened("/v5/public/option")
    answer = option.ask(op="subscribe", args=["tickers.BTC-27MAR26-60000-C"])
    assert answer["type"] == "COMMAND_RESP"
    assert answer["data"] == {"failTopics": ["tickers.BTC-27MAR26-60000-C"], "successTopics": []}
    pong = option.ask(op="ping")
    assert pong["op"] == "pong"
    assert pong["args"][0].isdigit()


def test_the_status_stream_takes_its_one_topic(opened: Any) -> None:
    status = opened("/v5/public/misc/status")
    assert status.ask(op="subscribe", args=["system.status"])["success"]
    assert not status.ask(op="subscribe", args=["tickers.BTCUSDT"])["success"]


def test_private_topics_of_every_kind(at: Endpoints, opened: Any) -> None:
    private = opened("/v5/private")
    private.login(at)
    assert private.ask(op="subscribe", args=["order", "wallet", "greeks", "execution.fast", "dcp.future"])["success"]
    categorised = ["order.linear", "execution.inverse", "position.linear", "execution.fast.spot"]
    assert private.ask(op="subscribe", args=categorised)["success"]
    mixed = private.ask(op="subscribe", args=["position", "execution.fast.linear"])
    assert (mixed["success"], mixed["ret_msg"]) == (False, "Params Error")
    unknown = private.ask(op="subscribe", args=["wallet.linear"])
    assert unknown["ret_msg"] == "error:handler not found,topic:wallet.linear"


def test_fast_executions_come_under_the_name_that_was_asked_for(at: Endpoints) -> None:
    recorder = Recorder()
    with private_stream(at, recorder) as stream:
        stream.fast_execution_stream(None, "linear")
        stream.fast_execution_stream(None)
        recorder.wait(lambda frames: sum(each.get("op") == "subscribe" for each in frames) == 2)
        rest_session(at).place_order(
            category="linear", symbol="BTCUSDT", side="Buy", orderType="Market", qty="0.01", orderLinkId="fast-1"
        )
        categorised = recorder.wait_topic("execution.fast.linear")[0]
        every = recorder.wait_topic("execution.fast")[0]
    assert categorised["data"] == every["data"]
    row = every["data"][0]
    assert row["orderLinkId"] == "fast-1"
    assert set(row) == FAST_FIELDS


def test_fast_executions_hold_trades_only_and_hide_a_makers_link_id() -> None:
    trade: dict[str, Any] = dict.fromkeys(FAST_FIELDS, "x")
    trade |= {"orderLinkId": "mine", "isMaker": True, "seq": 1, "execType": "Trade"}
    funding = trade | {"execType": "Funding"}
    assert fast_frame({"creationTime": 1, "data": [funding]}) is None
    frame = fast_frame({"creationTime": 1, "data": [funding, trade]})
    assert frame is not None
    assert [each["orderLinkId"] for each in frame["data"]] == [""]


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("1m", 60), ("10m", 600), ("29s", None), ("11m", None), ("", None), ("x", None)]
)
def test_max_active_time_goes_from_half_a_minute_to_ten(text: str, seconds: int | None) -> None:
    assert active_time_s(text) == seconds


def test_a_silent_connection_is_closed_and_one_that_pings_is_not() -> None:
    settings = SimulatorSettings(symbols=("BTCUSDT",), idle_timeout_s=0.4)
    with SimulatorProcess(settings) as process:
        silent = RawStream(process.endpoints, "/v5/private")
        patient = RawStream(process.endpoints, "/v5/private?max_active_time=30s")
        pinging = RawStream(process.endpoints, "/v5/private")
        silent.socket.settimeout(0.05)
        closed = False
        for _ in range(100):
            assert pinging.ask(op="ping")["op"] == "pong"
            try:
                closed = silent.socket.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
                break
            except websocket.WebSocketTimeoutException:
                pass
        assert closed
        assert pinging.ask(op="ping")["op"] == "pong"
        assert patient.ask(op="ping")["op"] == "pong"
        silent.drop()
        patient.socket.close()
        pinging.socket.close()


def test_the_number_of_connections_is_limited() -> None:
    settings = SimulatorSettings(symbols=("BTCUSDT",), address_limits=AddressSettings(live=2))
    with SimulatorProcess(settings) as process:
        streams = [RawStream(process.endpoints, "/v5/private") for _ in range(2)]
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            RawStream(process.endpoints, "/v5/private")
        streams.append(RawStream(process.endpoints, "/v5/trade"))
        for each in streams:
            each.socket.close()
