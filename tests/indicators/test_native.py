"""Machine code is compiled once, kept, found again, and never used after the code that it was made of has changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.errors import UserError
from bot.indicators import Ema, IndicatorSet, StepIndicator, step
from bot.indicators.native import cache_folders
from bot.indicators.step import CLOSE, Numbers, Step
from tests.core.samples import bar

MINE = """
from typing import ClassVar
from bot.indicators import StepIndicator, step
from helper import double
FACTOR = 10.0

@step
def mine_step(bar, params, state, out):
    out[0] = FACTOR * double(bar[3]) + params[0]

class Mine(StepIndicator):
    step: ClassVar = mine_step
    value: float

    def __init__(self, shift):
        self._declare(shift, state_size=1, warmup_bars=1)
"""
HELPER = """
def double(value):
    return 2.0 * value
"""
RUN = """
import sys
from bot.domain.values import Candle
from mine import Mine
mine = Mine(1.0)
mine.update(Candle(0, 5.0, 5.0, 5.0, 5.0, 1.0))
print(mine.value, "numba" in sys.modules)
"""


def run(folder: Path, **environ: str) -> tuple[float, bool]:
    """What the indicator gives in a process of its own, and whether something had to be compiled."""
    (folder / "run.py").write_text(RUN, "utf-8")
    root = str(Path(__file__).parents[2])
    given = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "PYTHONPATH": f"{root}:{folder}"}
    given |= {"PYRMETHUS_CACHE": str(folder / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, str(folder / "run.py")], env=given | environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    value, compiled = done.stdout.split()
    return float(value), compiled == "True"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE, "utf-8")
    (tmp_path / "helper.py").write_text(HELPER, "utf-8")
    return tmp_path


def test_a_step_of_the_users_own_and_changes_to_what_it_is_made_of(folder: Path) -> None:
    assert run(folder) == (101.0, True)
    assert run(folder) == (101.0, False)
    (folder / "helper.py").write_text(HELPER.replace("2.0", "3.0"), "utf-8")  # a function in another file
    assert run(folder) == (151.0, True)
    (folder / "mine.py").write_text(MINE.replace("FACTOR = 10.0", "FACTOR = 20.0"), "utf-8")  # a constant
    assert run(folder) == (301.0, True)
    (folder / "mine.py").write_text(MINE.replace("+ params", "- params"), "utf-8")  # the step itself
    assert run(folder) == (149.0, True)
    (folder / "helper.py").write_text("# only a comment\n" + HELPER, "utf-8")
    (folder / "mine.py").write_text(MINE, "utf-8")
    assert run(folder) == (101.0, False)  # all as it was at first


def test_a_damaged_file_is_compiled_again(folder: Path) -> None:
    run(folder)
    for file in (folder / "cache").rglob("*.o"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)
    assert run(folder) == (101.0, True)
    assert run(folder) == (101.0, False)


def test_without_a_folder_to_write_to_it_still_works(folder: Path) -> None:
    (folder / "cache").write_text("a file where the folder should be", "utf-8")
    assert run(folder) == (101.0, True)


def test_a_file_that_can_not_be_kept_leaves_nothing_behind(folder: Path) -> None:
    run(folder)
    for file in list((folder / "cache").rglob("*.o")):
        file.unlink()
        file.mkdir()  # nothing can be renamed to this
    assert run(folder) == (101.0, True)
    assert not list((folder / "cache").rglob("*.new"))


def test_several_processes_at_once(folder: Path) -> None:
    (folder / "run.py").write_text(RUN, "utf-8")
    environ = os.environ | {
        "PYTHONPATH": f"{Path(__file__).parents[2]}:{folder}", "PYRMETHUS_CACHE": str(folder / "cache")
    }  # fmt: skip
    started = [
        subprocess.Popen([sys.executable, str(folder / "run.py")], env=environ, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0].split()[0] for process in started] == ["101.0"] * 3
    assert not list((folder / "cache").rglob("*.new"))
    assert run(folder) == (101.0, False)


def test_a_package_that_can_not_be_written_to_uses_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PYRMETHUS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    beside, users = cache_folders()
    assert beside.parent.name == "__pycache__"
    assert users == tmp_path / "pyrmethus" / "indicators"


TABLE = {"factor": 2.0}


@step
def uses_a_dict(bar: Numbers, _params: Numbers, _state: Numbers, out: Numbers) -> None:
    out[0] = bar[CLOSE] * TABLE["factor"]


@step
def can_raise(bar: Numbers, _params: Numbers, _state: Numbers, out: Numbers) -> None:
    if bar[CLOSE] > 0.0:
        raise ValueError("no")
    out[0] = 1.0


@step
def adds_text(bar: Numbers, _params: Numbers, _state: Numbers, out: Numbers) -> None:
    out[0] = bar[CLOSE] + "one"  # type: ignore[operator] # that is the point


@pytest.mark.parametrize(
    ("wrong", "why"),
    [(uses_a_dict, "uses TABLE, a dict"), (can_raise, "can raise an exception"), (adds_text, "can not be compiled")],
)
def test_a_step_that_can_not_be_one_is_refused(wrong: Step, why: str) -> None:
    class Wrong(StepIndicator):
        step = wrong
        value: float

        def __init__(self) -> None:
            self._declare(state_size=1, warmup_bars=1)

    with pytest.raises(UserError, match=why):
        IndicatorSet([Wrong()])


def test_a_function_with_other_arguments_is_no_step() -> None:
    with pytest.raises(UserError, match="four arguments"):
        step(lambda _bar: None)  # type: ignore[arg-type, misc] # that is the point


def test_a_step_can_be_called_as_python() -> None:
    ema = Ema(2)
    params, state, out = list(ema.params), [0.0] * ema.state_size, [0.0]
    for close in (10.0, 20.0, 30.0):
        Ema.step([close] * 6, params, state, out)
    assert out == [pytest.approx(25.0)]


def test_sets_can_be_many() -> None:
    groups = [IndicatorSet([Ema(2)]) for _ in range(300)]
    for index, group in enumerate(groups):
        group.update(bar(0, 100.0 + index))
        group.update(bar(1, 100.0 + index))
    assert [group.values()[0] for group in groups] == [100.0 + index for index in range(300)]
