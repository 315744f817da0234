"""A simulator as a child process of the bot."""

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

import msgspec

from bot.simulator.errors import SimulatorError
from bot.simulator.ready import Endpoints, endpoints_from_line
from bot.simulator.settings import SimulatorSettings

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0


class SimulatorProcess:
    """Starts `python -m bot simulate` as a child and ends it again.

    The settings, and with them the secret, travel over the child's standard input, never in its arguments.
    That pipe also ties the child to this process: when it closes, because of `stop` or because this
    process died, the child writes its books and ends. Ctrl-C at the terminal does not reach the child.
    Use it from one thread at a time.
    """

    def __init__(self, settings: SimulatorSettings, log_path: Path | None = None) -> None:
        self._settings = msgspec.structs.replace(settings, exit_with_parent=True)
        self._log_path = log_path
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._endpoints: Endpoints | None = None
        self._return_code: int | None = None

    @property
    def endpoints(self) -> Endpoints:
        if self._endpoints is None:
            raise SimulatorError("the simulator is not running")
        return self._endpoints

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def return_code(self) -> int | None:
        """How the child ended; None before it was started and while it runs."""
        return self._process.poll() if self._process else self._return_code

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, timeout_s: float = START_TIMEOUT_S) -> Endpoints:
        """Start the child and wait until clients may connect.

        Raises:
            SimulatorError: it ended or was not ready in time; in the child's own words where it had any.
        """
        # The child's log goes to a file even when nobody keeps it: a pipe would need a thread to drain it.
        log = self._log_path.open("w+b") if self._log_path else tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "simulate", "--settings", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        try:
            _tell(self._process, msgspec.json.encode(self._settings) + b"\n")
            self._endpoints = self._wait_ready(self._process, timeout_s)
        except BaseException:
            self.stop(timeout_s=0)
            raise
        return self._endpoints

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """End the child: in good order (it writes its books) if that takes less than `timeout_s`."""
        process, self._process = self._process, None
        log, self._log = self._log, None
        self._endpoints = None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._return_code = process.returncode
        if log is not None:
            log.close()

    def _wait_ready(self, process: subprocess.Popen[bytes], timeout_s: float) -> Endpoints:
        line = _read_line(process, time.monotonic() + timeout_s)
        if line is None:
            raise SimulatorError(f"the simulator was not ready within {timeout_s:g} s{self._last_words()}")
        if not line.endswith(b"\n"):
            process.wait()
            raise SimulatorError(f"the simulator ended with code {process.returncode}{self._last_words()}")
        try:
            return endpoints_from_line(line)
        except msgspec.MsgspecError as error:
            raise SimulatorError(
                f"the simulator's first line tells no addresses: {error}"
            ) from None  # it has secrets in it

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        self._log.flush()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1].strip()}" if lines else ""


def _tell(process: subprocess.Popen[bytes], line: bytes) -> None:
    stdin = cast("IO[bytes]", process.stdin)  # opened as a pipe
    with contextlib.suppress(BrokenPipeError):  # it ended already; reading its output tells why
        stdin.write(line)
        stdin.flush()


def _read_line(process: subprocess.Popen[bytes], deadline_s: float) -> bytes | None:
    """What the child writes up to the end of a line or of its output; None if neither comes in time."""
    descriptor, line = cast("IO[bytes]", process.stdout).fileno(), b""
    while not line.endswith(b"\n"):
        left_s = deadline_s - time.monotonic()
        if left_s <= 0 or not select.select([descriptor], [], [], left_s)[0]:
            return None
        chunk = os.read(descriptor, 4096)
        if not chunk:
            break
        line += chunk
    return line
