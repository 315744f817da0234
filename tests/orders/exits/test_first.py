"""Where stops and targets begin."""

from decimal import Decimal
from math import nan

import pytest
from pydantic import ValidationError

from bot.config.exits import ExitsConfig
from bot.domain.messages import Levels
from bot.domain.values import Side
from bot.orders.exits.first import NoLevelError, first_stop, last_target, partial_targets
from tests.core.samples import RULES

LEVELS = Levels(atr=2.0, highest=110.0, lowest=95.0)
PRICE = Decimal(100)


def exits(**section: object) -> ExitsConfig:
    return ExitsConfig.model_validate(section)


@pytest.mark.parametrize(
    ("stop", "long", "short"),
    [
        ({"kind": "distance", "distance": {"fraction": "0.03"}}, "97", "103"),
        ({"kind": "distance", "distance": {"atr": "1.5"}}, "97", "103"),
        ({"kind": "chandelier", "distance": {"atr": 3}}, "104", "101"),
        ({"kind": "structure"}, "95", "110"),
        ({"kind": "structure", "distance": {"atr": "0.5"}}, "94", "111"),
    ],
)
def test_each_kind_of_stop_stands_where_it_says(stop: dict[str, object], long: str, short: str) -> None:
    wanted = exits(stop=stop).stop
    assert first_stop(wanted, Side.BUY, PRICE, LEVELS) == Decimal(long)
    assert first_stop(wanted, Side.SELL, PRICE, LEVELS) == Decimal(short)


def test_the_strategy_s_own_stop_is_left_to_the_strategy() -> None:
    assert first_stop(ExitsConfig().stop, Side.BUY, PRICE, None) is None


@pytest.mark.parametrize("levels", [None, Levels(nan, nan, nan), Levels(float("inf"), 0.0, -1.0)])
@pytest.mark.parametrize("kind", ["distance", "chandelier", "structure"])
def test_without_what_it_is_measured_by_there_is_no_stop(kind: str, levels: Levels | None) -> None:
    with pytest.raises(NoLevelError, match="not known yet"):
        first_stop(exits(stop={"kind": kind, "distance": {"atr": 1}}).stop, Side.BUY, PRICE, levels)


HALVES = exits(
    targets=[
        {"at": {"risk": 3}, "share": "0.5"},
        {"at": {"risk": 1}, "share": "0.3"},
        {"at": {"atr": 1}, "share": "0.2"},
    ]
)


def test_targets_that_take_everything_leave_the_farthest_to_the_position() -> None:
    assert last_target(HALVES, Side.BUY, PRICE, Decimal(98), LEVELS) == 106
    assert last_target(HALVES, Side.SELL, PRICE, Decimal(102), LEVELS) == 94
    resting = partial_targets(HALVES, PRICE, Decimal(-10), Decimal(3), LEVELS, RULES)
    assert [(each.price, each.qty) for each in resting] == [(Decimal(98), Decimal(2)), (Decimal(97), Decimal(3))]


def test_targets_that_leave_something_all_rest_and_the_rest_waits_for_the_stop() -> None:
    some = exits(targets=[{"at": {"fraction": "0.01"}, "share": "0.25"}])
    assert last_target(some, Side.BUY, PRICE, Decimal(98), None) is None
    assert partial_targets(some, PRICE, Decimal(8), None, None, RULES) == [(Decimal(101), Decimal(2))]


def test_a_part_that_is_too_small_goes_to_the_next_target() -> None:
    small = exits(targets=[{"at": {"fraction": f"0.0{n}"}, "share": "0.3"} for n in (1, 2, 3)])
    resting = partial_targets(small, PRICE, Decimal("0.1"), None, None, RULES)
    assert [(each.price, each.qty) for each in resting] == [(Decimal(102), Decimal("0.06"))]


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"stop": {"kind": "distance"}}, "must have a distance"),
        ({"stop": {"kind": "chandelier", "distance": {"fraction": "0.1"}}}, "in atr"),
        ({"stop": {"kind": "distance", "distance": {"risk": 1}}}, "must not be given in risk"),
        ({"stop": {"kind": "distance", "distance": {"risk": 1, "atr": 2}}}, "exactly one"),
        ({"targets": [{"at": {"risk": 1}, "share": "0.6"}, {"at": {"risk": 2}, "share": "0.6"}]}, "at most 1"),
        ({"trailing": {"kind": "native"}}, "must have a distance"),
        (
            {
                "trailing": {
                    "kind": "native",
                    "distance": {"atr": 1},
                    "tighter": [{"after": {"risk": 1}, "factor": "0.5"}],
                }
            },
            "keeps its distance",
        ),
        ({"time_stop_minutes": 0}, "greater than or equal to 1"),
    ],
)
def test_what_contradicts_itself_is_refused(section: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ExitsConfig.model_validate(section)
