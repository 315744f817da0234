"""The terminal while the bot runs: a table that refreshes in place, with alerts scrolling by above it."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Final, override

from rich.console import Console

from bot.core.dashboard import DashboardSnapshot
from bot.dashboard.table import STALE_MS, Layout, clock_text, plain_line, render
from bot.domain.messages import AlertRaised, Severity

if TYPE_CHECKING:
    from rich.live import Live

log = logging.getLogger(__name__)

LINE_EVERY_S = 10.0
_LINES_AROUND_TABLE = 8
_STYLE: Final = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}


class _Terminal(Console):
    """A console whose reader may leave (``| head``) without ending the bot."""

    @override
    def on_broken_pipe(self) -> None:
        """Rich would end the program here, whichever thread it is in."""
        self.give_up()

    def give_up(self) -> None:
        """Write nothing more. What Python still holds for standard output goes nowhere, without an error at exit."""
        self.quiet = True
        if self.file is sys.stdout:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)


class ConsoleView:
    """Shows snapshots and alerts on standard output.

    ``refresh`` and ``close`` belong to the main thread; ``alert`` may be called from any thread, also after ``close``.
    Nothing here raises when the terminal is gone: the bot trades on without it.
    """

    def __init__(
        self,
        refresh_ms: int,
        *,
        file: IO[str] | None = None,
        is_terminal: bool | None = None,
        line_every_s: float = LINE_EVERY_S,
        stale_ms: float = STALE_MS,
    ) -> None:
        """``file`` and ``is_terminal``: standard output and what it is, unless told otherwise.

        Prices older than ``stale_ms`` of market time are shown in red.
        """
        self.refresh_s = refresh_ms / 1000
        self._console = _Terminal(file=file, force_terminal=is_terminal, highlight=False)
        self._line_every_s = line_every_s
        self._stale_ms = stale_ms
        self._next_line_s = time.monotonic()
        self._live: Live | None = None
        self._lock = threading.Lock()

    @property
    def is_terminal(self) -> bool:
        """Whether the table is shown rather than plain lines."""
        return self._console.is_terminal

    def refresh(self, snapshot: DashboardSnapshot | None) -> None:
        """Show ``snapshot``; None (the dashboard did not answer) leaves what is there."""
        if snapshot is None:
            return
        if self.is_terminal:
            self._safely(lambda: self._show(snapshot))
        elif time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + self._line_every_s
            self._safely(lambda: self._print_line(plain_line(snapshot)))

    def alert(self, alert: AlertRaised) -> None:
        """Print an alert: above the table where there is one."""
        when, what = clock_text(alert.time_ms), f"{alert.severity.upper():7} {alert.title}"
        text = f": {alert.text}" if alert.text else ""
        if not self.is_terminal:
            self._safely(lambda: self._print_line(f"{when} {what}{text}"))
            return
        from rich.text import Text

        line = Text.assemble((f"{when} ", "dim"), (what, _STYLE[alert.severity]), text)
        self._safely(lambda: self._console.print(line))

    def close(self) -> None:
        """Leave the last table standing; alerts that still come are printed below it."""
        live, self._live = self._live, None
        if live is not None:
            self._safely(live.stop)

    def _show(self, snapshot: DashboardSnapshot) -> None:
        picture = render(snapshot, self._layout())
        if self._live is None:
            from rich.live import Live

            self._live = Live(picture, console=self._console, auto_refresh=False)
            self._live.start(refresh=True)
        else:
            self._live.update(picture, refresh=True)

    def _layout(self) -> Layout:
        """Asked every time, because the window may have changed its size."""
        return Layout(self._console.height - _LINES_AROUND_TABLE, self._console.width, self._stale_ms)

    def _print_line(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)
        self._console.file.flush()

    def _safely(self, write: Callable[[], None]) -> None:
        try:
            with self._lock:
                write()
        except (OSError, ValueError) as error:  # the terminal was closed: an I/O error, or a closed file
            if not self._console.quiet:
                log.warning("nothing more is shown: %s", error)
                self._console.give_up()
