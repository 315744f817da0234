"""The simulator as a child process: its start, its end, and what it says when it cannot run."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError
from bot.simulator.ready import endpoints_from_line
from bot.simulator.settings import SimulatorSettings
from tests.simulator.server.pybit_clients import eventually, rest_session

COMMAND = [sys.executable, "-m", "bot", "simulate"]


def test_a_child_writes_its_books_when_it_is_stopped(tmp_path: Path) -> None:
    books = tmp_path / "books.json"
    process = SimulatorProcess(SimulatorSettings(books=str(books)), log_path=tmp_path / "simulator.log")
    endpoints = process.start()
    rest_session(endpoints).place_order(category="linear", symbol="BTCUSDT", side="Buy", orderType="Market", qty="0.01")
    process.stop()
    assert process.return_code == 0
    written = json.loads(books.read_text())
    assert [each["symbol"] for each in written["executions"]] == ["BTCUSDT"]
    assert sorted(tmp_path.iterdir()) == [books, tmp_path / "simulator.log"]
    assert "Traceback" not in (tmp_path / "simulator.log").read_text()


def test_ctrl_c_is_left_to_the_parent() -> None:
    with SimulatorProcess(SimulatorSettings()) as process:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGINT)
        with ControlClient(process.endpoints) as client:
            for _ in range(5):
                client.clock()
        assert process.return_code is None
        assert os.getsid(process.pid) == process.pid, "it has left the session of the terminal"


def test_a_child_ends_when_its_parent_dies(tmp_path: Path) -> None:
    books = tmp_path / "books.json"
    program = (
        "import os, sys\n"
        "from bot.simulator.child import SimulatorProcess\n"
        "from bot.simulator.settings import SimulatorSettings\n"
        f"process = SimulatorProcess(SimulatorSettings(books={str(books)!r}))\n"
        "process.start()\n"
        "print(process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=30)
    assert parent.returncode == -signal.SIGKILL
    child = int(parent.stdout)
    eventually(books.exists, "the orphan did not write its books")
    eventually(lambda: not Path(f"/proc/{child}/cmdline").exists() or not alive(child), "the orphan lives on")


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_alone_it_runs_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    books = tmp_path / "books.json"
    process = subprocess.Popen(
        [*COMMAND, "--speed", "lockstep", "--symbols", "BTCUSDT", "--books", str(books)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    endpoints = endpoints_from_line(process.stdout.readline())
    assert endpoints.api_key
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert output == b"", "the line of addresses is all there is on standard output"
    assert b"Traceback" not in errors
    assert json.loads(books.read_text())["executions"] == []


def run(*options: str, line: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *options], input=line, capture_output=True, check=False, timeout=30)


def refusal(finished: subprocess.CompletedProcess[bytes]) -> str:
    """The one line of a start that was refused."""
    text = finished.stderr.decode()
    assert finished.returncode == 2, text
    assert finished.stdout == b""
    lines = text.splitlines()
    assert len(lines) == 1, text
    return lines[0]


@pytest.mark.parametrize("option", ["--port", "--control-port"])
def test_a_taken_port_is_named(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in refusal(run(option, str(port)))


def test_a_port_is_free_again_at_once() -> None:
    with SimulatorProcess(SimulatorSettings()) as process:
        rest_session(process.endpoints).get_server_time()
        port = int(process.endpoints.rest.rpartition(":")[2])
    with SimulatorProcess(SimulatorSettings(port=port)) as process:
        assert process.endpoints.rest.endswith(f":{port}")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--speed", "fast"], "speed"),
        (["--feed", "dreams"], "feed"),
        (["--balance", "much"], "balance"),
        (["--feed", "candles", "--folder", "/no/such/folder"], "/no/such/folder"),
        (["--settings", "/no/such/file.json"], "/no/such/file.json"),
        (["--settings", "-"], "standard input"),
        (["--exit-with-parent"], "standard input"),
        (["--books", "/no/such/folder/books.json"], "no such folder"),
    ],
)
def test_bad_input_is_one_clear_line(options: list[str], word: str) -> None:
    if options == ["--exit-with-parent"]:
        with Path("/dev/null").open("rb") as nothing:
            finished = subprocess.run([*COMMAND, *options], stdin=nothing, capture_output=True, check=False, timeout=30)
        assert word in refusal(finished)
    else:
        assert word in refusal(run(*options))


def test_options_win_over_the_settings_file() -> None:
    line = b'{"speed": "lockstep", "symbols": ["BTCUSDT"], "port": 70000}\n'
    assert "70000" in refusal(run("--settings", "-", line=line))
    assert "80000" in refusal(run("--settings", "-", "--port", "80000", line=line))


def test_a_child_that_cannot_start_says_why() -> None:
    process = SimulatorProcess(SimulatorSettings(feed="candles", folder="/no/such/folder"))
    with pytest.raises(SimulatorError, match=r"ended with code 2.*/no/such/folder"):
        process.start()
    assert process.return_code == 2
    with pytest.raises(SimulatorError, match="not running"):
        _ = process.endpoints


def test_a_child_that_is_not_ready_in_time_is_ended() -> None:
    process = SimulatorProcess(SimulatorSettings())
    with pytest.raises(SimulatorError, match="not ready within"):
        process.start(timeout_s=0.001)
    assert process.return_code == -signal.SIGKILL
