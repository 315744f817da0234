"""docs/strategies.md is complete: every strategy with its parameters as they are, and its examples work."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.config.trading import StrategyChoice
from bot.core.analyzer import AnalyzerCore
from bot.domain.messages import CandlesLoaded, Direction, SignalRaised
from bot.strategies.base import Strategy
from bot.strategies.confluence.parameters import PandasTaGroup, Periods, Weights
from bot.strategies.confluence.strategy import GROUPS
from bot.strategies.registry import BUILT_IN, make_strategy
from tests.core.samples import BTC
from tests.strategies.markets import DAY, live, of, wandering

GUIDE = (Path(__file__).parents[2] / "docs/strategies.md").read_text("utf-8")
WORDS = {Ge: "from", Gt: "above", Le: "to", Lt: "below"}
SIGNS = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt"}


def section(name: str) -> str:
    return GUIDE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def bounds(field: FieldInfo) -> str:
    """Its bounds in words, such as "from 2, to 500"."""
    found = [
        f"{WORDS[type(limit)]} {getattr(limit, SIGNS[type(limit)]):g}"
        for limit in field.metadata
        if type(limit) in WORDS
    ]
    return ", ".join(found) or "-"


def rows(model: type[BaseModel]) -> Iterator[str]:
    """The lines of a table of parameters."""
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            continue
        default = field.default
        shown = "null" if default is None else f"{default:g}" if isinstance(default, float) else str(default)
        if isinstance(default, bool):
            shown = str(default).lower()
        if isinstance(default, tuple):
            shown = ", ".join(default) or "none"
        yield f"| `{name}` | {shown} | {bounds(field)} | {field.description} |"


@pytest.mark.parametrize("name", list(BUILT_IN))
def test_every_strategy_has_its_rules_and_its_parameters(name: str) -> None:
    text = section(name)
    assert text, f"there is no section {name}"
    assert [line for line in text.splitlines() if line.startswith("| `")] == list(rows(BUILT_IN[name].Parameters))
    rules = re.findall(r"^ +\d+\. ", BUILT_IN[name].__doc__ or "", re.MULTILINE)
    told = re.findall(r"^- ", text, re.MULTILINE)
    assert len(told) >= min(len(rules), 3)


def test_no_section_is_left_of_a_strategy_that_has_gone() -> None:
    named = re.findall(r"^## ([a-z_]+)$", GUIDE, re.MULTILINE)
    assert named == list(BUILT_IN)


def test_all_groups_of_the_confluence_are_there_with_their_weights() -> None:
    text = " ".join(section("confluence").split())
    assert set(GROUPS) == set(Weights.model_fields)
    for name, field in Weights.model_fields.items():
        assert f"`{name}` {field.default:g}" in text
    for name, field in Periods.model_fields.items():
        assert f"`{name}` {field.default}" in text
    for name in (field.alias or key for key, field in PandasTaGroup.model_fields.items()):
        assert f"`{name}`" in text


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("example", examples(), ids=["bar by bar", "as a DataFrame"])
def test_the_examples_trade(tmp_path: Path, example: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(example, "utf-8")

    def make() -> Strategy:
        return make_strategy(StrategyChoice(None, str(file), None, {}))

    bars = wandering(900, seed=3)
    core = AnalyzerCore(BTC, "1", make, explains=True)
    core.handle(CandlesLoaded(BTC, tuple(bars[:400])), DAY)
    directions = {each.direction for each in of(SignalRaised, live(core, bars[400:]))}
    assert {Direction.LONG, Direction.SHORT} <= directions
