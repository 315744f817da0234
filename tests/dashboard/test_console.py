"""On a terminal a table in place, elsewhere lines; and a bot that lives on without either."""

import io
import os
import re
import subprocess
import sys

import pytest

from bot.dashboard.console import ConsoleView
from bot.domain.messages import AlertRaised, Severity
from tests.core.samples import NOW
from tests.dashboard.samples import snapshot

ALERT = AlertRaised(Severity.ERROR, NOW, "Trading halted", "[four] failures")


def test_elsewhere_a_line_now_and_then_and_alerts_as_they_come() -> None:
    out = io.StringIO()
    view = ConsoleView(100, file=out, is_terminal=False)
    for _ in range(5):
        view.refresh(snapshot())
    view.alert(ALERT)
    view.refresh(None)
    view.close()
    view.alert(ALERT)
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("2023-11-14 22:14:00 trading | equity")
    assert lines[1] == lines[2] == "2023-11-14 22:14:00 ERROR   Trading halted: [four] failures"
    assert "\x1b" not in out.getvalue()


def test_the_next_line_comes_when_its_time_has_come() -> None:
    out = io.StringIO()
    view = ConsoleView(100, file=out, is_terminal=False, line_every_s=0)
    view.refresh(snapshot())
    view.refresh(snapshot())
    assert len(out.getvalue().splitlines()) == 2


def test_on_a_terminal_the_table_is_drawn_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    view = ConsoleView(100, file=out, is_terminal=True)
    view.alert(ALERT)  # before there is a table
    view.refresh(snapshot())
    view.refresh(None)
    view.refresh(snapshot())
    view.alert(ALERT)
    view.close()
    view.close()
    view.alert(ALERT)
    text = out.getvalue()
    assert "\x1b[1A" in text  # goes up over the table before it draws it again
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    assert plain.count("Trading halted: [four] failures") == 3
    assert plain.count("BTCUSDT") == 4  # twice by refresh, once below an alert, once at the end
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor is back


def test_refresh_time_is_in_seconds() -> None:
    assert ConsoleView(500, file=io.StringIO()).refresh_s == 0.5


def test_a_closed_output_is_no_reason_to_stop() -> None:
    out = io.StringIO()
    view = ConsoleView(100, file=out, is_terminal=False, line_every_s=0)
    out.close()
    view.refresh(snapshot())
    view.alert(ALERT)
    view.close()


PROGRAM = """
import sys
from bot.dashboard.console import ConsoleView
from tests.dashboard.samples import snapshot
from tests.dashboard.test_console import ALERT

view = ConsoleView(100, is_terminal=IS_TERMINAL, line_every_s=0)
sys.stdin.read()
for _ in range(3):
    view.alert(ALERT)
    view.refresh(snapshot())
view.close()
print("lived on", file=sys.stderr)
"""


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_reader_that_leaves_does_not_end_the_bot(is_terminal: bool) -> None:
    read_end, write_end = os.pipe()
    program = PROGRAM.replace("IS_TERMINAL", str(is_terminal))
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=write_end, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(write_end)
        os.close(read_end)
        _, errors = process.communicate("", timeout=30)
    assert "lived on" in errors
    assert "Traceback" not in errors
    assert process.returncode == 0
