"""Entries at a trigger, alone and in a pair."""

from decimal import Decimal

import pytest

from bot.domain.values import OrderType, Side
from bot.orders.algorithms.plan import Cancel, Wake
from bot.orders.algorithms.policy import EntryKind, EntryPolicy
from bot.orders.algorithms.steps import begin
from tests.core.samples import RULES
from tests.orders.algorithms.plans import at, end, ends, fill, placed, plan_of, step, take

OCO = EntryPolicy(kind=EntryKind.OCO, slippage_fraction=Decimal("0.002"))


@pytest.mark.parametrize(
    ("side", "fraction", "trigger", "rises"),
    [
        (Side.BUY, "0.01", "101", True),
        (Side.BUY, "-0.01", "99", False),
        (Side.SELL, "0.01", "99", False),
        (Side.SELL, "-0.01", "101", True),
    ],
)
def test_the_trigger_is_ahead_for_a_breakout_and_behind_for_a_pull_back(
    side: Side, fraction: str, trigger: str, rises: bool
) -> None:
    plan = plan_of(EntryPolicy(kind=EntryKind.CONDITIONAL, trigger_fraction=Decimal(fraction)), side=side)
    (order,) = placed(take(plan, 0))
    assert (order.trigger_price, order.rises, order.order_type) == (Decimal(trigger), rises, OrderType.MARKET)
    assert step(plan, 1) == [Wake(at(60))]
    assert ends(step(plan, 60)) == ["its time is over"]


def test_a_trigger_that_was_passed_already_is_an_end() -> None:
    plan = plan_of(EntryPolicy(kind=EntryKind.CONDITIONAL))
    take(plan, 0)
    end(plan.children[0], "refused: 110092 the price is beyond", refused=True)
    assert ends(step(plan, 0)) == ["refused: 110092 the price is beyond"]


def test_a_pair_is_a_limit_below_and_a_trigger_above_with_half_each() -> None:
    dip, breakout = placed(take(plan_of(OCO), 0))
    assert (dip.order_type, dip.price, dip.qty) == (OrderType.LIMIT, Decimal("99.8"), Decimal("0.5"))
    assert (breakout.order_type, breakout.trigger_price, breakout.qty) == (
        OrderType.MARKET, Decimal("100.2"), Decimal("0.5"),
    )  # fmt: skip


@pytest.mark.parametrize(("winner", "loser"), [(0, 1), (1, 0)])
def test_the_fill_of_one_leg_cancels_the_other_and_then_the_other_half_follows(winner: int, loser: int) -> None:
    plan = plan_of(OCO)
    take(plan, 0)
    fill(plan.children[winner])
    assert step(plan, 1) == [Cancel(plan.children[loser])]
    end(plan.children[loser])
    (rest,) = placed(take(plan, 2))
    assert (rest.order_type, rest.qty, rest.slippage_fraction) == (OrderType.MARKET, Decimal("0.5"), Decimal("0.002"))


def test_both_legs_filled_in_a_race_are_all_that_was_approved_and_nothing_follows() -> None:
    plan = plan_of(OCO)
    take(plan, 0)
    fill(plan.children[0])
    fill(plan.children[1])
    assert plan.filled == plan.qty
    assert placed(step(plan, 1)) == []


def test_a_leg_that_is_filled_in_part_goes_on_without_the_other() -> None:
    plan = plan_of(OCO)
    take(plan, 0)
    fill(plan.children[0], "0.2")
    assert step(plan, 1) == [Cancel(plan.children[1])]
    end(plan.children[1])
    assert step(plan, 2) == [Wake(at(60))]
    assert ends(step(plan, 60)) == ["its time is over"]


def test_one_refused_leg_takes_the_other_along() -> None:
    plan = plan_of(OCO)
    take(plan, 0)
    end(plan.children[1], "refused: 110092 beyond", refused=True)
    assert ends(step(plan, 0)) == ["refused: 110092 beyond"]


def test_a_pair_whose_halves_are_too_small_is_refused() -> None:
    plan = plan_of(OCO)
    plan.qty = Decimal("0.08")  # 4 USDT a leg, below the minimum of 5
    reason = begin(plan, [], RULES)
    assert reason is not None
    assert "too small" in reason
