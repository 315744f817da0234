"""Limit and post-only entries: waiting, chasing, converting, quoting again."""

from decimal import Decimal

from bot.domain.values import OrderType, Side, TimeInForce
from bot.orders.algorithms.plan import Amend, AskPrices, BestPrices, Cancel, Wake
from bot.orders.algorithms.policy import EntryKind, EntryPolicy, Then
from tests.orders.algorithms.plans import BEST, at, end, ends, fill, placed, plan_of, step, take

LIMIT = EntryPolicy(kind=EntryKind.LIMIT, offset_fraction=Decimal("0.001"), expiry_ms=60_000)
CHASE = EntryPolicy(kind=EntryKind.LIMIT, expiry_ms=10_000, then=Then.CHASE, chase_moves_max=2)
CONVERT = EntryPolicy(
    kind=EntryKind.LIMIT, expiry_ms=10_000, then=Then.CONVERT, slippage_fraction=Decimal("0.001")
)  # fmt: skip
POST_ONLY = EntryPolicy(kind=EntryKind.POST_ONLY, requotes_max=2)
TAKES = "Cancelled: EC_PostOnlyWillTakeLiquidity"


def test_a_limit_waits_at_its_offset_and_is_cancelled_when_its_time_is_over() -> None:
    plan = plan_of(LIMIT)
    (order,) = placed(take(plan, 0))
    assert (order.price, order.qty, order.time_in_force) == (Decimal("99.9"), Decimal(1), TimeInForce.GTC)
    assert step(plan, 30) == [Wake(at(60))]
    assert ends(step(plan, 60)) == ["its time is over"]


def test_a_short_waits_above() -> None:
    (order,) = placed(take(plan_of(LIMIT, side=Side.SELL), 0))
    assert order.price == Decimal("100.1")


def test_a_refused_limit_ends_the_plan_with_the_reason() -> None:
    plan = plan_of(LIMIT)
    take(plan, 0)
    end(plan.children[0], "refused: 110007 no money", refused=True)
    assert ends(step(plan, 1)) == ["refused: 110007 no money"]


def test_a_chase_follows_the_best_price_up_to_its_bound_and_so_many_times() -> None:
    plan = plan_of(CHASE)
    take(plan, 0)
    assert step(plan, 10) == [AskPrices()]
    moved = take(plan, 10, BestPrices(Decimal("100.1"), Decimal("100.2")))
    assert [each.price for each in moved if isinstance(each, Amend)] == [Decimal("100.1")]
    assert step(plan, 12) == [Wake(at(15))]
    far = take(plan, 15, BestPrices(Decimal(105), Decimal("105.1")))
    assert [each.price for each in far if isinstance(each, Amend)] == [Decimal("100.2")], "0.2 % is the bound"
    assert ends(step(plan, 20)) == ["not filled after 2 moves"]


def test_a_chase_waits_for_what_became_of_its_last_move() -> None:
    plan = plan_of(CHASE)
    take(plan, 0)
    plan.children[0].wanted_price = Decimal("100.1")
    assert step(plan, 12, BEST) == []


def test_a_chase_of_an_order_that_is_gone_ends() -> None:
    plan = plan_of(CHASE)
    take(plan, 0)
    fill(plan.children[0], "0.4")
    end(plan.children[0])
    assert ends(step(plan, 11)) == ["its time is over"]


def test_converting_waits_until_the_limit_is_surely_gone_and_sends_only_the_rest() -> None:
    plan = plan_of(CONVERT)
    take(plan, 0)
    fill(plan.children[0], "0.4")
    assert take(plan, 10) == [Cancel(plan.children[0])]
    fill(plan.children[0], "0.1")  # while the cancel was under way
    assert step(plan, 10.5) == [Cancel(plan.children[0])]
    end(plan.children[0])
    (order,) = placed(take(plan, 11))
    assert (order.order_type, order.qty) == (OrderType.MARKET, Decimal("0.5"))
    assert order.slippage_fraction == Decimal("0.001")
    assert step(plan, 12) == []
    end(plan.children[1], "Cancelled: EC_NoImmediateQtyToFill")
    assert ends(step(plan, 13)) == ["Cancelled: EC_NoImmediateQtyToFill"]


def test_post_only_waits_at_the_edge_of_the_book() -> None:
    plan = plan_of(POST_ONLY)
    assert step(plan, 0) == [AskPrices()]
    (order,) = placed(take(plan, 0, BEST))
    assert (order.price, order.time_in_force) == (Decimal("99.9"), TimeInForce.POST_ONLY)


def test_an_order_that_would_have_taken_is_quoted_again_so_many_times() -> None:
    plan = plan_of(POST_ONLY)
    for second in range(3):
        assert placed(take(plan, second, BEST))
        end(plan.children[-1], TAKES)
    assert ends(step(plan, 3, BEST)) == ["not taken as a maker after 2 requotes"]


def test_then_the_rest_may_be_converted() -> None:
    plan = plan_of(EntryPolicy(kind=EntryKind.POST_ONLY, requotes_max=0, then=Then.CONVERT))
    take(plan, 0, BEST)
    fill(plan.children[0], "0.3")
    end(plan.children[0], TAKES)
    (order,) = placed(step(plan, 1, BEST))
    assert (order.order_type, order.qty) == (OrderType.MARKET, Decimal("0.7"))


def test_what_the_exchange_refuses_outright_is_not_quoted_again() -> None:
    plan = plan_of(POST_ONLY)
    take(plan, 0, BEST)
    end(plan.children[0], "refused: 110007 no money", refused=True)
    assert ends(step(plan, 1, BEST)) == ["refused: 110007 no money"]
