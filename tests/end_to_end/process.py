"""The bot as a person starts it: a process with arguments, output and an exit code."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.actors.waiting import eventually
from tests.end_to_end.running import ROOT, TRADES_A_LOT

STOPPED_WITHIN_S = 10.0
OUTPUT_IS_THERE_WITHIN_S = 5.0


def environment(more: Mapping[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "BYBIT_"))}
    return {**clean, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200", **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot", *arguments]


def settings(*overrides: str) -> list[str]:
    return [part for override in (*TRADES_A_LOT, *overrides) for part in ("--set", override)]


def bot_says(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class BotProcess:
    """A bot that runs; what it says goes to files."""

    def __init__(self, process: subprocess.Popen[bytes], state_dir: Path) -> None:
        self.process = process
        self.state_dir = state_dir

    @property
    def database(self) -> Path:
        return self.state_dir / "pyrmethus.sqlite"

    @property
    def said(self) -> str:
        return (self.state_dir / "stdout").read_text("utf-8")

    @property
    def complained(self) -> str:
        return (self.state_dir / "stderr").read_text("utf-8")

    def wait_for(self, text: str, within_s: float) -> float:
        def is_there() -> bool:
            assert self.process.poll() is None, f"it ended: {self.complained}"
            return text in self.said

        return eventually(is_there, f"{text!r} in {self.said!r} {self.complained!r}", within_s)

    def stop(self, number: signal.Signals) -> float:
        """Send a signal and wait for the end; returns how long it took."""
        began_s = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(STOPPED_WITHIN_S)
        return time.monotonic() - began_s


@contextmanager
def started(state_dir: Path, *arguments: str, **environ: str) -> Iterator[BotProcess]:
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "stdout").open("wb") as out, (state_dir / "stderr").open("wb") as errors:
        process = subprocess.Popen(
            command("--state-dir", str(state_dir), *arguments),
            cwd=ROOT,
            env=environment(environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            start_new_session=True,
        )
        try:
            yield BotProcess(process, state_dir)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
