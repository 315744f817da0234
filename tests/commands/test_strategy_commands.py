"""Commands for those who write strategies: new-strategy, lookahead, why."""

import os
import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest

from tests.commands.test_app import ROOT, bot_says
from tests.strategies.user_files import GOOD, HONEST_FRAME, PEEKING_FRAME, SHORT_WINDOW

SMALL = ("--set", 'symbols=["BTCUSDT"]', "--days", "1", "--cuts", "1")


@pytest.mark.parametrize("style", [(), ("--data-frame",)])
def test_a_new_strategy_passes_its_own_test_and_does_not_look_ahead(tmp_path: Path, style: tuple[str, ...]) -> None:
    tmp_path /= "my own"
    said = bot_says("new-strategy", "my_breakout", "--folder", str(tmp_path), *style)
    assert (said.returncode, said.stderr) == (0, "")
    assert f"{quote(str(ROOT / 'scripts' / 'run'))} backtest --set 'strategy.file={tmp_path}/" in said.stdout
    assert f"{quote(str(ROOT / 'scripts' / 'test'))} '{tmp_path}/test_my_breakout.py'\n" in said.stdout
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_my_breakout.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout
    looked = bot_says("lookahead", "--strategy", str(tmp_path / "my_breakout.py"), *SMALL)
    assert (looked.returncode, looked.stderr) == (0, "")
    assert looked.stdout.endswith("no decision changed when later bars were cut off\n")


def test_nothing_is_overwritten_and_names_are_checked(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("precious")
    said = bot_says("new-strategy", "mine", "--folder", str(tmp_path))
    assert (said.returncode, said.stderr) == (
        2,
        f"{tmp_path / 'mine.py'} exists already; choose another name or remove it\n",
    )
    assert (tmp_path / "mine.py").read_text() == "precious"
    assert not (tmp_path / "test_mine.py").exists()
    for name in ("My-Breakout", "class", "1st"):
        said = bot_says("new-strategy", name, "--folder", str(tmp_path))
        assert (said.returncode, said.stdout) == (2, "")
        assert "is named in small letters, digits and underscores" in said.stderr


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (GOOD, 0, "no decision changed"),
        (HONEST_FRAME, 0, "no decision changed"),
        (PEEKING_FRAME, 1, "when later bars are known, else"),
        (SHORT_WINDOW, 1, "make the window longer"),
    ],
)
def test_who_looks_ahead_is_found(tmp_path: Path, text: str, code: int, message: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    said = bot_says("lookahead", "--strategy", str(file), *SMALL)
    assert (said.returncode, said.stderr) == (code, "")
    assert message in said.stdout


def test_a_strategy_with_an_error_is_told_by_file_and_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import nothing_like_this")
    said = bot_says("lookahead", "--strategy", str(file))
    assert said.returncode == 2
    assert "strategy.file" in said.stderr
    assert "ModuleNotFoundError" in said.stderr


def test_why_tells_of_bars_with_a_trade_and_without(tmp_path: Path) -> None:
    state = ("--state-dir", str(tmp_path))
    played = bot_says("backtest", "--explain", *state, "--set", 'symbols=["BTCUSDT"]')
    assert played.returncode == 0
    said = bot_says("why", "btcusdt", "--backtest", "--bars", "50", *state)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("BTCUSDT, ema_cross, interval 1, by the close of the bar (UTC)\n")
    assert "nothing  no cross" in said.stdout
    decided = bot_says("why", "BTCUSDT", "--backtest", "--bars", "50", "--decided", *state).stdout
    assert "nothing" not in decided
    assert "risk: an entry of " in decided
    said = bot_says("why", "XRPUSDT", "--backtest", *state)
    assert (said.returncode, said.stderr) == (2, "XRPUSDT is not one of the symbols of that run; there is: BTCUSDT\n")
    said = bot_says("why", "BTCUSDT", "--backtest", "--state-dir", str(tmp_path / "none"))
    assert (said.returncode, said.stderr.partition(": ")[2]) == (
        2,
        "there is no backtest; run one first: backtest --explain\n",
    )
