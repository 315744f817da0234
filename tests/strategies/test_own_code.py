"""What a user's own strategy may do wrong, and that the bot is none the worse for it."""

from pathlib import Path

import pytest

from bot.config.trading import StrategyChoice
from bot.core.analyzer import AnalyzerCore
from bot.core.rows import row_of
from bot.domain.errors import UserError
from bot.domain.messages import BarJudged, Message, QuotesWanted, SignalRaised
from bot.strategies.from_file import load_class
from bot.strategies.registry import find_mistakes, prepare
from tests.core.samples import BTC
from tests.strategies.markets import closed, rising

OWN = """
import sys
import numpy as np
from bot.domain.messages import Direction, LadderStep, Quote
from bot.domain.values import Side
from bot.indicators import Sma
from bot.strategies.base import QuotePlan, Signal, Strategy

class Own(Strategy):
    def __init__(self, parameters):
        super().__init__(parameters)
        self.use(Sma(2))
    def decide(self, view):
        close = np.float64(view.candle.close)
        BODY
"""
FRAME = """
import pandas as pd
from bot.strategies.data_frame import DataFrameStrategy

class Frame(DataFrameStrategy):
    window_bars = 3
    def generate_signals(self, df):
        BODY
"""


def live(tmp_path: Path, text: str, body: str) -> list[Message]:
    file = tmp_path / "own.py"
    file.write_text(text.replace("BODY", body))
    core = AnalyzerCore(BTC, "1", prepare(StrategyChoice(None, str(file), None, {})), explains=True)
    return [message for bar in rising(5) for message in core.handle(closed(bar), bar.start_ms)]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return 1 / 0", r"ZeroDivisionError: division by zero \(line 15\)"),
        ("return None", "TypeError: decide must return a Signal, not None"),
        ("return Direction.LONG", "TypeError: decide must return a Signal"),
        ("return Signal('buy')", "ValueError: 'buy' is not a valid Direction"),
        ("return Signal(stop_price='low')", "ValueError: could not convert string to float: 'low'"),
        ("return Signal(breakdown=5)", "TypeError: a breakdown is a tuple"),
        ("return Signal(plan=5)", "TypeError: a plan must be a QuotePlan or None"),
        ("sys.exit(3)", r"SystemExit: 3 \(line 15\)"),
    ],
)
def test_a_failure_names_file_and_line(tmp_path: Path, body: str, told: str) -> None:
    with pytest.raises(UserError, match=rf"own.py: Own.decide failed for BTCUSDT at 2023-11-15 00:0\d:00 UTC: {told}"):
        live(tmp_path, OWN, body)


def test_numbers_of_numpy_are_numbers_like_others(tmp_path: Path) -> None:
    body = (
        "return Signal('long', strength=np.float32(0.5), stop_price=close * 0.9, breakdown={'close': close, 'n': 1},"
        " ladder=[LadderStep(close * 0.99, np.float64(1.0))], ladder_valid_ms=np.int64(5),"
        " plan=QuotePlan([Quote('Buy', close * 0.99, np.int64(7))], np.float64(9.0), close * 0.9, close * 1.1))"
    )
    out = live(tmp_path, OWN, body)
    raised = next(each for each in out if isinstance(each, SignalRaised))
    assert {type(raised.stop_price), type(raised.strength), type(raised.ladder[0].price)} == {float}
    quotes = next(each for each in out if isinstance(each, QuotesWanted))
    assert {type(quotes.stop_long), type(quotes.quotes[0].amount_quote)} == {float}
    judged = [each for each in out if isinstance(each, BarJudged)][-1]
    assert '["n",1.0]' in str(row_of(judged)[1]["breakdown"])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return None", "TypeError: generate_signals must return the DataFrame, not None"),
        ("return df['no such']", r"KeyError: 'no such' \(line 8\)"),
    ],
)
def test_a_frame_that_is_none_is_told(tmp_path: Path, body: str, told: str) -> None:
    with pytest.raises(UserError, match=f"own.py: Frame.decide failed .*{told}"):
        live(tmp_path, FRAME, body)


def test_empty_frames_and_cells_without_a_number_are_no_wish(tmp_path: Path) -> None:
    (nothing, *_) = [each for each in live(tmp_path, FRAME, "return df.iloc[:0]") if isinstance(each, BarJudged)][-1:]
    assert (nothing.direction, nothing.reason) == (None, "generate_signals returned no rows")
    out = live(tmp_path, FRAME, "return df.assign(signal='buy', stop=pd.NA)")
    assert {each.reason for each in out if isinstance(each, BarJudged) and each.ready} >= {
        "buy, but its stop is no number"
    }
    assert not any(isinstance(each, SignalRaised) for each in out)
    out = live(tmp_path, FRAME, "return df.assign(signal='buy', target='x')")
    assert next(each for each in out if isinstance(each, SignalRaised)).target_price is None


def test_what_runs_is_what_was_read_and_not_what_python_compiled_earlier(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    for window in (3, 4, 5):  # in the same second, and of the same length
        file.write_text(FRAME.replace("BODY", "return df").replace("= 3", f"= {window}"))
        assert load_class(str(file), None)(load_class(str(file), None).Parameters()).history_bars(60_000) == window
    assert [each.name for each in tmp_path.iterdir()] == ["own.py"]


def test_a_strategy_is_made_as_the_file_was_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(OWN.replace("BODY", "return Signal()"))
    make = prepare(StrategyChoice(None, str(file), None, {}))
    file.write_text("half of an edit(")
    assert make().name == "Own"


def test_a_line_is_named_though_the_path_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text("x = 1\nimport sys\nsys.exit(1)\n")
    with pytest.raises(UserError, match=r"can not be run: SystemExit: 1 \(line 3\)"):
        load_class("own.py", None)


@pytest.mark.parametrize("answer", ["needs = None", "history_bars = lambda self, bar_ms: None"])
def test_what_is_asked_before_the_start_is_tried_before_the_start(tmp_path: Path, answer: str) -> None:
    file = tmp_path / "own.py"
    file.write_text(OWN.replace("BODY", "return Signal()") + f"    {answer}\n")
    (mistake,) = find_mistakes(StrategyChoice(None, str(file), None, {}))
    assert "Own can not be made: " in mistake.message
