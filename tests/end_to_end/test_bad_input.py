"""Whatever a person gets wrong: exit code 2, one message that says what and where, no traceback."""

import socket
from pathlib import Path

import pytest

from tests.end_to_end.process import bot_says

CANARY = "canary4f9e1c7b2a"
HEADER = "timestamp,open,high,low,close,volume"


def assert_refused(tmp_path: Path, *arguments: str, **environ: str) -> str:
    """Returns what was said."""
    said = bot_says("--state-dir", str(tmp_path / "state"), *arguments, **environ)
    assert said.returncode == 2, said.stderr
    assert said.stdout == ""
    assert "Traceback" not in said.stderr
    assert said.stderr.strip()
    return said.stderr


def config_file(tmp_path: Path, text: str) -> str:
    file = tmp_path / "config.json"
    file.write_text(text, encoding="utf-8")
    return str(file)


def candles(folder: Path, text: str) -> tuple[str, ...]:
    folder.mkdir(exist_ok=True)
    (folder / "BTCUSDT_1m.csv").write_text(text, encoding="utf-8")
    return feed_of(folder)


def feed_of(folder: Path) -> tuple[str, ...]:
    wanted = ("simulator.feed.kind=candles", f"simulator.feed.folder={folder}", 'symbols=["BTCUSDT"]')
    return tuple(part for override in wanted for part in ("--set", override))


@pytest.mark.parametrize("kind", ["missing", "broken JSON"])
def test_a_configuration_that_is_none(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    if kind != "missing":
        file.write_text('{"interval": ', encoding="utf-8")
    said = assert_refused(tmp_path, "--config", str(file))
    assert said.startswith(f"{file}")
    assert len(said.splitlines()) == 1


def test_an_unknown_key_with_what_was_probably_meant(tmp_path: Path) -> None:
    said = assert_refused(tmp_path, "--config", config_file(tmp_path, '{"risk": {"levrage": 3}}'))
    assert "risk.levrage" in said
    assert "did you mean" in said
    assert "leverage" in said


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("nonsense", "nonsense"),
        ("risk.leverage=much", "risk.leverage"),
        ('strategy.params={"fast_period": 30}', "fast_period must be smaller than slow_period"),
    ],
)
def test_a_setting_that_makes_no_sense(override: str, told: str, tmp_path: Path) -> None:
    assert told in assert_refused(tmp_path, "--set", override)


def test_a_time_that_is_none(tmp_path: Path) -> None:
    assert "is not a duration; write it like 90s, 5m or" in assert_refused(tmp_path, "--for", "soon")


def test_candles_that_no_market_could_have_printed(tmp_path: Path) -> None:
    folder = tmp_path / "candles"
    said = assert_refused(tmp_path, *candles(folder, f"{HEADER}\n1767571200000,100,99,98,100,5\n"))
    assert f"{folder / 'BTCUSDT_1m.csv'}: candle 1767571200000 opens or closes outside its own low and high" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("kind", ["missing", "parquet that is none", "missing for a backtest"])
def test_a_folder_of_candles_that_is_none(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "candles"
    if kind == "parquet that is none":
        folder.mkdir()
        (folder / "BTCUSDT_1m.parquet").write_bytes(b"PAR1, or so")
    command = ("backtest",) if kind.endswith("backtest") else ()
    said = assert_refused(tmp_path, *command, *feed_of(folder))
    assert str(folder) in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("key", ["port", "control_port"])
def test_a_port_that_is_taken(key: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = assert_refused(tmp_path, "--set", f"simulator.{key}={port}")
    assert str(port) in said
    assert len(said.splitlines()) == 1


def test_a_venue_that_needs_keys(tmp_path: Path) -> None:
    file = config_file(tmp_path, '{"venue": {"kind": "demo"}}')
    said = assert_refused(tmp_path, "--config", file, BYBIT_API_KEY=CANARY)
    assert len(said.splitlines()) == 1
    assert "BYBIT_API_SECRET: is not set, and venue.kind demo needs it" in said
    assert CANARY not in said


def test_real_money_needs_a_word_of_consent(tmp_path: Path) -> None:
    file = config_file(tmp_path, '{"venue": {"kind": "mainnet"}}')
    keys = {"BYBIT_API_KEY": CANARY, "BYBIT_API_SECRET": CANARY[::-1]}
    said = assert_refused(tmp_path, "--config", file, **keys)
    assert "i_understand_this_trades_real_money" in said


def test_a_venue_that_does_not_answer_is_told_without_the_keys(tmp_path: Path) -> None:
    with socket.socket() as nobody:  # bound but not listening: connections are refused, and nothing leaves this machine
        nobody.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        keys = {"BYBIT_API_KEY": CANARY, "BYBIT_API_SECRET": CANARY[::-1], "HTTPS_PROXY": proxy, "https_proxy": proxy}
        file = config_file(tmp_path, '{"venue": {"kind": "demo"}, "execution": {"request_timeout_ms": 1000}}')
        said = assert_refused(tmp_path, "--config", file, **keys, NO_PROXY="", no_proxy="")
    assert "the exchange does not answer" in said
    written = "".join(file.read_bytes().decode(errors="replace") for file in (tmp_path / "state").iterdir())
    assert CANARY not in said + written
    assert CANARY[::-1] not in said + written


@pytest.mark.parametrize("kind", ["a file", "its database is a folder", "its database is none", "its log is a folder"])
def test_a_state_directory_that_can_not_be_used(kind: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    match kind:
        case "a file":
            state.write_text("no folder", encoding="utf-8")
        case "its database is a folder":
            (state / "pyrmethus.sqlite").mkdir(parents=True)
        case "its database is none":
            state.mkdir()
            (state / "pyrmethus.sqlite").write_text("no database at all, but long enough to look like one" * 40)
        case _:
            (state / "pyrmethus.log").mkdir(parents=True)
    said = assert_refused(tmp_path)
    assert str(tmp_path) in said
    assert len(said.splitlines()) == 1


def test_a_database_in_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/file").write_text("no folder", encoding="utf-8")
    said = assert_refused(tmp_path, "--set", "storage.file=file/ledger.sqlite")
    assert "file/ledger.sqlite: the database can not be used" in said


def test_books_that_are_none(tmp_path: Path) -> None:
    said = assert_refused(tmp_path, "reconcile")
    assert "exchange-books.json" in said
    assert len(said.splitlines()) == 1


def test_keeping_two_runs_where_something_is_already(tmp_path: Path) -> None:
    (tmp_path / "backtest.sqlite").touch()
    said = assert_refused(tmp_path, "parity", "--keep", str(tmp_path))
    assert said == f"--keep {tmp_path}: is not empty; both runs begin with databases of their own\n"
