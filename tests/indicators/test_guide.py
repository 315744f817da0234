"""docs/indicators.md names every indicator, its outputs and parameters, and its example of one's own works."""

import re
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

from bot.indicators import STEP_INDICATORS, StepIndicator, in_python, whole_array

GUIDE = (Path(__file__).parents[2] / "docs/indicators.md").read_text("utf-8")


@pytest.mark.parametrize("make", STEP_INDICATORS)
def test_the_table_is_complete(make: type[StepIndicator]) -> None:
    row = next(line for line in GUIDE.splitlines() if line.startswith("| `") and f"`{make.__name__}`" in line)
    outputs = row.split("|")[3]
    for name in make.outputs:
        if not re.fullmatch(r"[rs]2|level_\d+", name):  # named as "r1 to r3" and the like
            assert re.search(rf"\b{name}\b", outputs), name
    for each in signature(make).parameters.values():
        default = each.default
        shown = f"{default:g}" if isinstance(default, (int, float)) else str(default)
        assert shown in row, each.name


def test_the_example_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1]
    (tmp_path / "one_of_my_own.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    from one_of_my_own import Drawdown  # type: ignore[import-not-found] # written just now

    drawdown = Drawdown(3)
    bars = np.array([[1, 2, 1, 1, 1, 0], [1, 4, 1, 2, 1, 0], [1, 2, 1, 2, 1, 0]], np.float64)
    for found in (whole_array([drawdown], bars)[drawdown], in_python(drawdown, bars)):
        np.testing.assert_array_equal(found["value"], [np.nan, np.nan, -0.5])
