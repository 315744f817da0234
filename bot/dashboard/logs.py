"""The log: one rotating file, without secrets, that a loop can not fill the disk with."""

import copy
import logging
import os
import stat
import sys
import threading
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, override

from bot.config.secrets import SecretValues

SAME_PER_MINUTE = 20
"""So often may one warning or error be written within a minute."""
KINDS_AT_MOST = 1_000
_FORMAT: Final = "%(asctime)s.%(msecs)03dZ %(levelname)-7s [%(threadName)s] %(name)s: %(message)s"
_QUIET: Final = {
    "pykka": logging.CRITICAL,  # the actor's shell logs its failure, with its address
    "urllib3": logging.INFO,
    "websocket": logging.CRITICAL,  # the keeper of a stream logs its end, with the reason
    "asyncio": logging.INFO,
    "markdown": logging.INFO,
    "apprise": logging.WARNING,
}
"""Loggers of libraries that say more than anyone reads, and at which level they begin."""

_TOLD_BY_ALERTS: Final = ("alert", "websocket", "pybit", "urllib3", "apprise")
"""Alerts, and libraries that log every lost connection as an error: the file keeps it, the console has its own way."""

log = logging.getLogger(__name__)


class RedactingFormatter(logging.Formatter):
    """Takes every secret out of the finished text: message, arguments, traceback and all."""

    def __init__(self, secrets: SecretValues) -> None:
        super().__init__(_FORMAT, "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime
        self._secrets = secrets

    @override
    def format(self, record: logging.LogRecord) -> str:
        try:
            text = super().format(record)
        except (TypeError, ValueError, KeyError):  # a message that does not fit its arguments
            text = f"{record.levelname} {record.name}: {record.msg} (with arguments that do not fit)"
        return self._secrets.redact(text)


class RepeatFilter(logging.Filter):
    """Lets a warning or error through so many times a minute; the next one says how many were left out.

    What counts as the same is the text before its arguments are filled in, and the kind of exception.
    """

    def __init__(self, per_minute: int = SAME_PER_MINUTE, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._per_minute = per_minute
        self._now_s = now_s
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        """Called by the handler, which lets one thread in at a time."""
        if record.levelno < logging.WARNING:
            return True
        kind = (record.name, record.levelno, str(record.msg), record.exc_info and record.exc_info[0])
        since_s, count = self._seen.get(kind, (self._now_s(), 0))
        if self._now_s() - since_s < 60:  # noqa: PLR2004 - a minute
            self._seen[kind] = (since_s, count + 1)
            self._forget_oldest()
            return count < self._per_minute
        self._seen[kind] = (self._now_s(), 1)
        left_out = count - self._per_minute
        if left_out <= 0:
            return True
        noted = copy.copy(record)
        noted.msg, noted.args = f"{record.getMessage()} ({left_out} more like this were left out)", None
        return noted

    def _forget_oldest(self) -> None:
        if len(self._seen) > KINDS_AT_MOST:
            by_age = sorted(self._seen.items(), key=lambda item: item[1][0])
            self._seen = dict(by_age[KINDS_AT_MOST // 2 :])


class _LogFile(RotatingFileHandler):
    """A rotating file that only its owner may read."""

    @override
    def _open(self) -> Any:
        file = open(  # noqa: SIM115 - the handler closes it; Path.open takes no opener
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=_open_private
        )
        os.fchmod(file.fileno(), stat.S_IRUSR | stat.S_IWUSR)  # it may be older than this rule
        return file

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """Say that the log can not be written, and nothing of the record, whose secrets are still in it."""
        if not self._has_complained:
            self._has_complained = True
            print(f"the log {self.baseFilename} can not be written: {sys.exc_info()[1]}", file=sys.stderr)  # noqa: T201

    _has_complained = False


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


def configure_logging(
    file: Path,
    level: str,
    max_bytes: int,
    backups: int,
    secrets: SecretValues,
    *,
    stderr: IO[str] | None = None,
) -> Callable[[], None]:
    """Send the log to ``file`` and, where no live table is shown, warnings to standard error too.

    To be called before pybit is imported, which installs a handler of its own if the root has none. Uncaught
    exceptions go to the log as well. Returns a function that undoes it all. Raises OSError if the file can not be
    opened. ``stderr`` shows warnings there, whatever standard output is.
    """
    formatter = RedactingFormatter(secrets)
    handlers: list[logging.Handler] = [
        _LogFile(file, maxBytes=max_bytes, backupCount=backups, encoding="utf-8", errors="backslashreplace")
    ]
    if stderr is not None or not sys.stdout.isatty():
        on_stderr = logging.StreamHandler(stderr)
        on_stderr.setLevel(logging.WARNING)
        on_stderr.addFilter(lambda record: record.name.partition(".")[0] not in _TOLD_BY_ALERTS)
        handlers.append(on_stderr)
    for handler in handlers:
        handler.setFormatter(formatter)
        handler.addFilter(RepeatFilter())
    return _install(handlers, level)


def _install(handlers: list[logging.Handler], level: str) -> Callable[[], None]:
    root = logging.getLogger()
    level_before = root.level
    quiet_before = {name: logging.getLogger(name).level for name in _QUIET}
    hooks_before = sys.excepthook, threading.excepthook
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelNamesMapping()[level]))
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread

    def undo() -> None:
        logging.captureWarnings(False)
        sys.excepthook, threading.excepthook = hooks_before
        root.setLevel(level_before)
        for name, before in quiet_before.items():
            logging.getLogger(name).setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()

    return undo


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    log.critical("the bot ends by an error of its own", exc_info=(kind, error, traceback))
    print(f"the bot ends by an error of its own, {kind.__name__}: the log tells more", file=sys.stderr)  # noqa: T201


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return
    log.critical("a thread ended by an error", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
