"""A client that does not read is cut off and bothers nobody."""

import socket

import pytest
import websocket

from bot.simulator.child import SimulatorProcess
from bot.simulator.settings import SimulatorSettings
from tests.simulator.server.pybit_clients import Recorder, public_stream
from tests.simulator.server.raw_stream import RawStream

# Enough data to overflow what the system itself buffers for a socket (several MiB).
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "LTCUSDT", "LINKUSDT", "AVAXUSDT")
KINDS = ("orderbook.50", "tickers", "publicTrade", "kline.1")
TOPICS = [f"{kind}.{symbol}" for symbol in SYMBOLS for kind in KINDS]


def read_to_the_end(stream: RawStream) -> None:
    """What is still in the buffers, then the cut; far fewer frames than were published."""
    for _ in range(10_000):
        stream.next()


def test_a_client_that_does_not_read_is_cut_off_while_others_are_served() -> None:
    settings = SimulatorSettings(symbols=SYMBOLS, speed=6000.0, max_queued_bytes=64 << 10)
    recorder = Recorder()
    with SimulatorProcess(settings) as process, public_stream(process.endpoints, recorder) as good:
        good.kline_stream(1, "BTCUSDT", None)
        small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)
        slow = RawStream(process.endpoints, "/v5/public/linear", sockopt=small)
        assert slow.ask(op="subscribe", args=TOPICS)["success"]
        recorder.wait_topic("kline.1.BTCUSDT", 500)
        with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
            read_to_the_end(slow)
        seen = len(recorder.frames())
        recorder.wait(lambda frames: len(frames) > seen)
        slow.drop()
