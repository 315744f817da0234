"""Strategies from files of users: what is found, and what each mistake is told as."""

from pathlib import Path

import pytest

from bot.config.trading import StrategyChoice
from bot.domain.errors import UserError
from bot.strategies.from_file import load_class
from bot.strategies.registry import find_mistakes, make_strategy
from tests.strategies.user_files import GOOD, HONEST_FRAME


def test_the_only_strategy_of_a_file_needs_no_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(GOOD)
    strategy = make_strategy(StrategyChoice(None, str(file), None, {}))
    assert (strategy.name, len(strategy.indicators)) == ("above", 1)


def test_a_class_without_a_name_is_called_by_its_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(HONEST_FRAME)
    assert load_class(str(file), None).name == "Honest"


def test_a_file_runs_once_and_again_after_it_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(GOOD)
    first = load_class(str(file), "Above")
    assert load_class(str(file), "Above") is first
    file.write_text(GOOD.replace("Ema(5)", "Ema(7)"))
    assert load_class(str(file), "Above") is not first


@pytest.mark.parametrize(
    ("text", "class_name", "message"),
    [
        (GOOD + HONEST_FRAME, None, 'has 2 strategies; name one with "class": Above, Honest'),
        (GOOD, "Below", "has no strategy Below; it has: Above"),
        ("x = 1", None, "has 0 strategies"),
        ("x = 1\ny = 1 / 0\n", None, r"can not be run: ZeroDivisionError: division by zero \(line 2\)"),
        ("def f(:", None, "can not be run: SyntaxError"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str, class_name: str | None, message: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(UserError, match=message):
        load_class(str(file), class_name)
    (mistake,) = find_mistakes(StrategyChoice(None, str(file), class_name, {}))
    assert mistake.key == "file"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can not be read: No such file"):
        load_class(str(tmp_path / "none.py"), None)


def test_a_strategy_that_can_not_be_made_is_told_with_its_error(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(GOOD.replace("Ema(5)", "Ema(no_such_name)"))
    (mistake,) = find_mistakes(StrategyChoice(None, str(file), None, {}))
    assert mistake.message == "Above can not be made: NameError: name 'no_such_name' is not defined (line 11)"
