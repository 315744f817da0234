"""Frames recorded over the wire and played again are the same, byte for byte."""

import asyncio
from pathlib import Path

import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.frames.recorder import main, record
from bot.simulator.settings import SimulatorSettings
from tests.simulator.frames.lines import SYMBOL

TOPICS = (f"orderbook.50.{SYMBOL}", f"publicTrade.{SYMBOL}", f"tickers.{SYMBOL}", f"kline.1.{SYMBOL}")
SPEED = 60.0


def recorded(settings: SimulatorSettings, file: Path, seconds: float) -> list[bytes]:
    with SimulatorProcess(settings) as simulator:
        asyncio.run(record(f"{simulator.endpoints.ws}/v5/public/linear", TOPICS, file, seconds))
    return file.read_bytes().splitlines()


def is_greeting(line: bytes) -> bool:
    """Whether it is a snapshot of a topic that goes on with deltas."""
    return b'"type":"snapshot"' in line and line.startswith((b'{"topic":"orderbook', b'{"topic":"tickers'))


def test_a_capture_sends_what_was_recorded(tmp_path: Path) -> None:
    first = recorded(SimulatorSettings(symbols=(SYMBOL,), speed=SPEED), tmp_path / "first.jsonl", 1.5)
    assert {topic.encode() for topic in TOPICS} == {line.split(b'"')[3] for line in first}
    capture = SimulatorSettings(feed="capture", folder=str(tmp_path / "first.jsonl"), symbols=(SYMBOL,), speed=SPEED)
    again = recorded(capture, tmp_path / "again.jsonl", 2.5)
    later = [line for line in again if not is_greeting(line)]
    assert len(later) > 10
    assert first[-len(later) :] == later


def test_arguments_that_make_no_sense(tmp_path: Path) -> None:
    assert main(["ws://127.0.0.1:1/v5/public/linear", "tickers.BTCUSDT"]) == 2
    assert main(["ws://127.0.0.1:1/v5/public/linear", "tickers.BTCUSDT", str(tmp_path / "no/file"), "1"]) == 2
    assert main(["ws://127.0.0.1:1/v5/public/linear", "tickers.BTCUSDT", str(tmp_path / "file"), "soon"]) == 2


@pytest.mark.parametrize(
    ("url", "topics", "sentence"),
    [
        ("nonsense", "tickers.BTCUSDT", "no ws:// or wss:// address"),
        ("ws://127.0.0.1:1/v5/public/linear", ", ", "name at least one"),
        ("ws://127.0.0.1:1/v5/public/linear", "tickers.BTCUSDT", "nothing came from ws://127.0.0.1:1"),
    ],
)
def test_what_can_not_be_recorded_is_told(
    url: str, topics: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([url, topics, str(tmp_path / "frames.jsonl"), "0.3"]) == 2
    assert sentence in capsys.readouterr().err
