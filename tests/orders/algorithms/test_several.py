"""Entries in many orders: layered, iceberg and TWAP."""

from decimal import Decimal

import pytest

from bot.domain.values import OrderType, Side
from bot.orders.algorithms.plan import Amend, AskPrices, BestPrices, Wake
from bot.orders.algorithms.policy import EntryKind, EntryPolicy, SizeProfile
from bot.orders.algorithms.steps import begin, layers_of
from tests.core.samples import RULES
from tests.orders.algorithms.plans import BEST, at, end, ends, fill, placed, plan_of, step, take

ICEBERG = EntryPolicy(kind=EntryKind.ICEBERG, show_fraction=Decimal("0.3"))
TWAP = EntryPolicy(kind=EntryKind.TWAP, twap_slices=4, twap_duration_ms=40_000)


@pytest.mark.parametrize(
    ("profile", "sizes"),
    [
        (SizeProfile.FLAT, ["0.25", "0.25", "0.25", "0.25"]),
        (SizeProfile.RISING, ["0.1", "0.2", "0.3", "0.4"]),
        (SizeProfile.FALLING, ["0.4", "0.3", "0.2", "0.1"]),
    ],
)
def test_layers_are_spread_over_the_range_after_their_profile(profile: SizeProfile, sizes: list[str]) -> None:
    policy = EntryPolicy(
        kind=EntryKind.LAYERED, layers_first_fraction=Decimal("0.01"), layers_last_fraction=Decimal("0.04"),
        layers_profile=profile,
    )  # fmt: skip
    orders = placed(take(plan_of(policy), 0))
    assert [order.price for order in orders] == [Decimal(99), Decimal(98), Decimal(97), Decimal(96)]
    assert [order.qty for order in orders] == [Decimal(size) for size in sizes]


def test_layers_go_when_their_time_is_over_and_end_with_the_last() -> None:
    plan = plan_of(EntryPolicy(kind=EntryKind.LAYERED))
    take(plan, 0)
    assert step(plan, 1) == [Wake(at(60))]
    assert ends(step(plan, 60)) == ["its time is over"]
    for child in plan.children:
        end(child)
    assert ends(step(plan, 2)) == ["every level is over"]


def test_shares_of_layers_add_up_to_one() -> None:
    for count in range(1, 51):
        policy = EntryPolicy(layers=count, layers_profile=SizeProfile.RISING)
        assert sum(layer.share for layer in layers_of(policy, 100.0, Side.BUY)) == pytest.approx(1)


def test_an_iceberg_shows_a_part_and_the_next_when_that_is_filled() -> None:
    plan = plan_of(ICEBERG)
    sizes = []
    for second in range(4):
        (order,) = placed(take(plan, second))
        sizes.append(order.qty)
        assert len(plan.working) == 1
        assert step(plan, second) == [Wake(at(60))]
        fill(plan.children[-1])
    assert sizes == [Decimal("0.3"), Decimal("0.3"), Decimal("0.3"), Decimal("0.1")]
    assert plan.filled == plan.qty


def test_a_rest_too_small_to_trade_is_shown_with_the_last_part() -> None:
    plan = plan_of(EntryPolicy(kind=EntryKind.ICEBERG, show_fraction=Decimal("0.48")))
    take(plan, 0)
    fill(plan.children[0])
    (order,) = placed(take(plan, 1))
    assert order.qty == Decimal("0.52"), "0.04 BTC at 100 is below 5 USDT"


def test_an_iceberg_that_the_exchange_ended_is_not_shown_again() -> None:
    plan = plan_of(ICEBERG)
    take(plan, 0)
    fill(plan.children[0], "0.1")
    end(plan.children[0], "Cancelled: EC_Others")
    assert ends(step(plan, 1)) == ["Cancelled: EC_Others"]


def test_slices_come_at_equal_pauses_and_each_looks_at_the_price_first() -> None:
    plan = plan_of(TWAP)
    for number in range(4):
        assert step(plan, number * 10) == [AskPrices()]
        (order,) = placed(take(plan, number * 10, BEST))
        assert (order.order_type, order.qty) == (OrderType.MARKET, Decimal("0.25"))
        fill(plan.children[-1])
        assert plan.filled == plan.qty or step(plan, number * 10 + 1) == [Wake(at((number + 1) * 10))]


def test_what_one_slice_did_not_get_is_spread_over_the_others() -> None:
    plan = plan_of(TWAP)
    take(plan, 0, BEST)
    fill(plan.children[0], "0.1")
    end(plan.children[0])
    sizes = []
    for second in (10, 20, 30):
        (order,) = placed(take(plan, second, BEST))
        sizes.append(order.qty)
        fill(plan.children[-1])
    assert sizes == [Decimal("0.3"), Decimal("0.3"), Decimal("0.3")]


def test_no_more_is_sent_when_the_price_has_run_away() -> None:
    plan = plan_of(TWAP)
    take(plan, 0, BEST)
    fill(plan.children[0])
    (reason,) = ends(step(plan, 10, BestPrices(Decimal("100.5"), Decimal("100.6"))))
    assert reason == "the price ran away: 100.6 is beyond 100.5"
    assert placed(step(plan, 10, BestPrices(Decimal(90), Decimal("90.1")))), "cheaper is no reason to stop"


def test_after_a_delay_late_slices_do_not_come_all_at_once() -> None:
    plan = plan_of(TWAP)
    take(plan, 0, BEST)
    fill(plan.children[0])
    assert placed(take(plan, 35, BEST))
    fill(plan.children[1])
    assert step(plan, 35) == [Wake(at(40))]


def test_limit_slices_are_moved_along_with_the_next_one() -> None:
    plan = plan_of(EntryPolicy(kind=EntryKind.TWAP, twap_slices=2, twap_duration_ms=20_000, twap_market=False))
    (first,) = placed(take(plan, 0, BEST))
    assert first.price == Decimal("99.9")
    actions = take(plan, 10, BestPrices(Decimal("100.2"), Decimal("100.3")))
    assert [each.price for each in actions if isinstance(each, Amend)] == [Decimal("100.2")]
    assert [each.price for each in placed(actions)] == [Decimal("100.2")]
    assert step(plan, 20) == [Wake(at(30))]
    assert ends(step(plan, 30)) == ["its time is over"]


def test_fewer_slices_where_they_would_be_too_small() -> None:
    plan = plan_of(EntryPolicy(kind=EntryKind.TWAP, twap_slices=100, twap_duration_ms=100_000))
    assert plan.slices == 20, "1 BTC at 100 in parts of 5 USDT"


def test_a_refused_slice_stops_the_others() -> None:
    plan = plan_of(TWAP)
    take(plan, 0, BEST)
    end(plan.children[0], "refused: 110007 no money", refused=True)
    assert ends(step(plan, 10, BEST)) == ["refused: 110007 no money"]


@pytest.mark.parametrize("kind", [EntryKind.LAYERED, EntryKind.ICEBERG, EntryKind.TWAP, EntryKind.LIMIT])
def test_an_entry_too_small_for_any_order_is_refused_with_a_reason(kind: EntryKind) -> None:
    plan = plan_of(EntryPolicy(kind=kind))
    plan.qty = Decimal("0.04")
    reason = begin(plan, layers_of(plan.policy, 100.0, Side.BUY), RULES)
    assert reason is not None
    assert "too small" in reason
