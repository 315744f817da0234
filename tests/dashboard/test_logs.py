"""The log tells everything except secrets, and stays within its limits."""

import errno
import io
import logging
import stat
import sys
import threading
import warnings
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import override

import pytest

from bot.config.secrets import SecretValues
from bot.dashboard.logs import KINDS_AT_MOST, SAME_PER_MINUTE, RedactingFormatter, RepeatFilter, configure_logging

CANARY = "canary-secret-7f3a9c"
log = logging.getLogger("bot.somewhere")


class Setup:
    """A log in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "bot.log"
        self.stderr = io.StringIO()
        self.secrets = SecretValues()
        self.secrets.add(CANARY)
        self.undo = configure_logging(self.file, "DEBUG", 10_000, 2, self.secrets, stderr=self.stderr)

    @property
    def text(self) -> str:
        return self.file.read_text()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    made = Setup(tmp_path)
    try:
        yield made
    finally:
        made.undo()


class FullDisk(io.TextIOWrapper):
    """A file that nothing fits into."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO())

    @override
    def write(self, text: str, /) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


class UntellableError(Exception):
    """Has a secret in it."""


def raise_inner() -> None:
    raise UntellableError(f"inner {CANARY}")


def raise_with_secret() -> None:
    try:
        raise_inner()
    except UntellableError as error:
        raise ValueError(f"outer {CANARY}") from error


def test_a_line_has_time_level_thread_and_origin(setup: Setup) -> None:
    thread = threading.Thread(target=lambda: log.info("hello %s", "world"), name="market_data/BTCUSDT")
    thread.start()
    thread.join()
    assert setup.lines[0].endswith("Z INFO    [market_data/BTCUSDT] bot.somewhere: hello world")
    assert setup.lines[0][:2] == "20"


def test_secrets_are_in_no_message_argument_or_traceback(setup: Setup) -> None:
    log.info("key " + CANARY)  # noqa: G003 - as careless code would
    log.warning("key %s of %r", CANARY, {"api_secret": CANARY})
    try:
        raise_with_secret()
    except ValueError:
        log.exception("it failed with %s", CANARY)
    log.info("shown with its stack: %s", CANARY, stack_info=True)
    assert CANARY not in setup.text
    assert CANARY not in setup.stderr.getvalue()
    assert "outer ***" in setup.text
    assert "inner ***" in setup.text


@pytest.mark.parametrize("name", ["pybit._http_manager", "urllib3.connectionpool", "apprise", "websocket"])
def test_secrets_of_library_lines_are_hidden_too(setup: Setup, name: str) -> None:
    logging.getLogger(name).critical("GET https://host/%s?api_key=%s", CANARY, CANARY)
    assert setup.lines[0].endswith("GET https://host/***?api_key=***")


def test_a_secret_that_comes_late_is_hidden_from_then_on(setup: Setup) -> None:
    setup.secrets.add("late-secret-11")
    log.info("now late-secret-11")
    assert "late-secret-11" not in setup.text


def test_a_message_that_does_not_fit_its_arguments_gives_nothing_away(setup: Setup) -> None:
    record = logging.LogRecord("bot", logging.ERROR, __file__, 1, f"%d of {CANARY}", (CANARY,), None)
    text = RedactingFormatter(setup.secrets).format(record)
    assert text == "ERROR bot: %d of *** (with arguments that do not fit)"


def test_uncaught_errors_of_threads_and_of_the_program_go_to_the_log(
    setup: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    thread = threading.Thread(target=raise_with_secret, name="a thread")
    thread.start()
    thread.join()
    try:
        raise_with_secret()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert "[a thread] bot.dashboard.logs: a thread ended by an error" in setup.text
    assert setup.text.count("ValueError: outer ***") == 2
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert CANARY not in setup.text + setup.stderr.getvalue() + told


def test_warnings_of_python_go_to_the_log(setup: Setup) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing", stacklevel=1)
    assert "old thing" in setup.text


@pytest.mark.usefixtures("setup")
def test_only_its_owner_may_read_the_log_and_its_older_parts(tmp_path: Path) -> None:
    for number in range(400):
        log.info("line %s of a log that is long enough to be split", number)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["bot.log", "bot.log.1", "bot.log.2"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(file.stat().st_size <= 10_000 for file in files)


def test_a_log_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "bot.log"
    file.write_text("old\n")
    file.chmod(0o644)
    configure_logging(file, "INFO", 10_000, 1, SecretValues(), stderr=io.StringIO())()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == "old\n"


def test_only_warnings_go_to_standard_error(setup: Setup) -> None:
    log.info("quiet")
    log.warning("loud")
    logging.getLogger("websocket").error("quiet: every lost connection is an alert")
    assert "quiet" not in setup.stderr.getvalue()
    assert "loud" in setup.stderr.getvalue()


def test_talkative_libraries_are_held_back(setup: Setup) -> None:
    logging.getLogger("pykka").debug("registered")
    logging.getLogger("urllib3.connectionpool").debug("starting connection")
    logging.getLogger("apprise").info("sent")
    log.debug("ours")
    assert [line.rpartition(": ")[2] for line in setup.lines] == ["ours"]


def test_a_loop_of_errors_collapses(setup: Setup) -> None:
    for number in range(5 * SAME_PER_MINUTE):
        log.error("failure %s", number)
        log.info("step %s", number)
    everything = "".join(file.read_text() for file in setup.file.parent.iterdir())
    assert 0 < everything.count("failure") <= SAME_PER_MINUTE
    assert everything.count("step") > SAME_PER_MINUTE


def test_the_next_minute_says_what_was_left_out() -> None:
    now = [0.0]
    gate = RepeatFilter(per_minute=2, now_s=lambda: now[0])

    def offered(text: str, *args: object) -> str | None:
        record = logging.LogRecord("bot", logging.ERROR, __file__, 1, text, args, None)
        passed = gate.filter(record)
        if isinstance(passed, logging.LogRecord):
            return passed.getMessage()
        return record.getMessage() if passed else None

    assert [offered("failure %s", number) for number in range(5)] == ["failure 0", "failure 1", None, None, None]
    assert offered("another") == "another"
    now[0] = 60.0
    assert offered("failure %s", 5) == "failure 5 (3 more like this were left out)"
    now[0] = 120.0
    assert offered("failure %s", 6) == "failure 6"


def test_the_memory_of_repetitions_is_bounded() -> None:
    gate = RepeatFilter()
    for number in range(3 * KINDS_AT_MOST):
        gate.filter(logging.LogRecord("bot", logging.ERROR, __file__, 1, f"failure {number}", (), None))
    assert len(gate._seen) <= KINDS_AT_MOST


def test_a_full_disk_is_said_once_and_gives_nothing_away(setup: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = [each for each in logging.getLogger().handlers if isinstance(each, RotatingFileHandler)]
    (handler,) = [each for each in handlers if each.baseFilename == str(setup.file)]
    before, handler.stream = handler.stream, FullDisk()
    log.info("first %s", CANARY)
    log.info("second %s", CANARY)
    handler.stream = before
    told = capsys.readouterr().err
    assert told.count("can not be written") == 1
    assert CANARY not in told


def test_everything_is_as_before_when_it_is_undone(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = list(root.handlers), root.level, sys.excepthook, threading.excepthook
    configure_logging(tmp_path / "bot.log", "INFO", 10_000, 1, SecretValues())()
    assert (list(root.handlers), root.level, sys.excepthook, threading.excepthook) == before
