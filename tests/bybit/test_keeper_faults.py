"""Streams that break their promises: the connection that can live on does, any other is replaced."""

import json
import os
import signal
import socket
import time

import pytest
import websocket
from websockets.sync.server import ServerConnection

from bot.bybit.keeper import StreamKeeper
from bot.bybit.receiver import StreamOwner
from bot.bybit.venues import Credentials, simulator
from bot.domain.messages import CandleUpdate, FrameUnreadable, Message, Stream, TickerUpdate
from bot.simulator.child import SimulatorProcess
from bot.simulator.settings import SimulatorSettings
from tests.bybit.conftest import BTC, ETH, QUICK, OpenStream, keys_of, venue_of
from tests.bybit.payloads import kline_row, public_frame
from tests.bybit.scripted_stream import accept_all, acknowledge, operation, scripted_stream
from tests.bybit.watcher import Watcher, eventually

KEYS = Credentials("key", "secret")
KLINE = json.dumps(public_frame("kline.1.BTCUSDT", [kline_row()]))


def subscribed(connection: ServerConnection) -> None:
    accept_all(connection, 2)


def test_frames_that_are_none_are_reported_and_the_connection_lives(watcher: Watcher, open_stream: OpenStream) -> None:
    garbage = [KLINE[:40], "[1, 2]", "7", "", '{"topic": 5}', '{"neither": 1}', '{"topic": ["a"], "data": []}',
               '{"topic": "kline.1.BTCUSDT", "data": 3}']  # fmt: skip

    def script(connection: ServerConnection) -> None:
        accept_all(connection, 2)
        for text in (*garbage, KLINE):
            connection.send(text)

    with scripted_stream(script) as address:
        keeper = open_stream(Stream.PUBLIC, simulator("", address), KEYS)
        eventually(lambda: len(watcher.messages(CandleUpdate)) == 1, "the good frame after the bad ones")
        assert watcher.lost == []
        assert len(watcher.messages(FrameUnreadable)) == len(garbage)
        keeper.stop()


def test_an_owner_that_raises_does_not_end_the_connection() -> None:
    heard: list[Message] = []

    def deliver(message: Message) -> None:
        heard.append(message)
        if getattr(message, "confirmed", False):
            raise RuntimeError("no such actor")

    def script(connection: ServerConnection) -> None:
        accept_all(connection)
        connection.send(KLINE)
        connection.send(KLINE)

    with scripted_stream(script) as address:
        owner = StreamOwner(deliver, lambda _: None, Watcher().owner.now)
        topics = [("kline.1.BTCUSDT",)]
        keeper = StreamKeeper(Stream.PUBLIC, simulator("", address), None, topics, (BTC,), owner, QUICK)
        keeper.start()
        eventually(lambda: keeper.received_frames() == {"c-1": 2}, "both frames")
        keeper.stop()
    assert len([message for message in heard if isinstance(message, FrameUnreadable)]) == 2


def test_subscriptions_that_are_not_acknowledged_are_made_again(watcher: Watcher, open_stream: OpenStream) -> None:
    with scripted_stream(accept_all, subscribed) as address:
        keeper = open_stream(Stream.PUBLIC, simulator("", address), KEYS)
        watcher.wait_up()
        assert watcher.lost == ["no answer to subscriptions within 1 s"]
        keeper.stop()


def test_a_refused_subscription_is_no_subscription(watcher: Watcher, open_stream: OpenStream) -> None:
    def refuse(connection: ServerConnection) -> None:
        request = operation(connection, "subscribe")
        acknowledge(connection, request, success=False, ret_msg="error:handler not found,topic:X")

    with scripted_stream(refuse, subscribed) as address:
        keeper = open_stream(Stream.PUBLIC, simulator("", address), KEYS)
        watcher.wait_up()
        assert watcher.lost == ["subscribe refused: error:handler not found,topic:X"]
        keeper.stop()


def test_an_answer_that_is_faster_than_pybits_bookkeeping_is_not_lost(
    watcher: Watcher, open_stream: OpenStream
) -> None:
    # The server answers at once, on the same machine: without a gate some of these would find no request noted.
    with scripted_stream(subscribed) as address:
        for opened in range(1, 21):
            keeper = open_stream(Stream.PUBLIC, simulator("", address), KEYS)
            watcher.wait_up(opened)
            keeper.stop()
    assert watcher.lost == []


def test_a_server_that_is_away_for_a_while(watcher: Watcher, open_stream: OpenStream) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    keeper = open_stream(Stream.PUBLIC, simulator("", f"ws://127.0.0.1:{port}"), KEYS)
    eventually(lambda: len(watcher.lost) == 1, "the loss is reported")
    settings = SimulatorSettings(symbols=(BTC, ETH), speed=60.0, port=port)
    with SimulatorProcess(settings):
        watcher.wait_up()
        eventually(lambda: len(watcher.messages(TickerUpdate)) > 0, "data")
        assert len(watcher.lost) == 1
        keeper.stop()


def test_a_peer_that_accepts_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, watcher: Watcher, open_stream: OpenStream
) -> None:
    monkeypatch.setattr("bot.bybit.sockets.HANDSHAKE_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        keeper = open_stream(Stream.PUBLIC, simulator("", f"ws://127.0.0.1:{mute.getsockname()[1]}"), KEYS)
        eventually(lambda: len(watcher.lost) == 1, "the loss is reported", 3.0)
        assert "no connection" in watcher.lost[0]
        keeper.stop()


@pytest.mark.parametrize("stream", list(Stream))
def test_a_frozen_exchange_is_noticed_and_found_again(
    stream: Stream, monkeypatch: pytest.MonkeyPatch, watcher: Watcher, open_stream: OpenStream
) -> None:
    monkeypatch.setattr("bot.bybit.sockets.HANDSHAKE_TIMEOUT_S", 0.3)
    with SimulatorProcess(SimulatorSettings(symbols=(BTC, ETH), speed=60.0)) as process:
        keeper = open_stream(stream, venue_of(process.endpoints), keys_of(process.endpoints))
        watcher.wait_up()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        began_s = time.monotonic()
        try:
            eventually(lambda: len(watcher.lost) == 1, "the loss is reported", 5.0)
        finally:
            os.kill(process.pid, signal.SIGCONT)
        assert time.monotonic() - began_s < 3.0
        watcher.wait_up(2)
        keeper.stop()


def test_a_subscriber_on_a_dead_connection_does_not_wait_for_ever(watcher: Watcher, open_stream: OpenStream) -> None:
    def leave_at_once(connection: ServerConnection) -> None:
        connection.close()

    with scripted_stream(leave_at_once, leave_at_once, leave_at_once, subscribed) as address:
        keeper = open_stream(Stream.PUBLIC, simulator("", address), KEYS)
        watcher.wait_up()
        keeper.stop()
    assert len(watcher.lost) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AttributeError("'NoneType' object has no attribute 'send'"), "no subscription: 'NoneType' object has no"),
        (RuntimeError("what nobody foresaw"), "RuntimeError: what nobody foresaw"),
    ],
)
def test_the_stream_survives_whatever_the_client_library_raises(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch, watcher: Watcher, open_stream: OpenStream
) -> None:
    send, raised = websocket.WebSocketApp.send, list[Exception]()

    def send_when_the_socket_has_gone(app: websocket.WebSocketApp, data: str, *rest: int) -> None:
        if "subscribe" in data and not raised:
            raised.append(error)
            raise error
        send(app, data, *rest)

    monkeypatch.setattr(websocket.WebSocketApp, "send", send_when_the_socket_has_gone)
    with scripted_stream(subscribed) as address:
        keeper = open_stream(Stream.PUBLIC, simulator("", address), KEYS)
        watcher.wait_up()
        assert [each[: len(reason)] for each in watcher.lost] == [reason]
        keeper.stop()
