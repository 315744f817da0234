"""Long walks with entries in several orders on an exchange that loses and reorders what it may, crashes included."""

from decimal import Decimal

import msgspec
import pytest

from bot.domain.messages import Direction, DrainWanted, PlanState, SignalRaised, Stream, StreamLost
from bot.orders.algorithms.policy import EntryKind, EntryPolicy, Then
from bot.orders.difference import BEARABLE_MS
from tests.core.managers import SETTINGS
from tests.core.samples import BTC
from tests.core.test_resting_walk import QTY_MAX, Walk

SLIPPAGE = Decimal("0.002")
POLICIES = {
    "limit": EntryPolicy(kind=EntryKind.LIMIT, offset_fraction=Decimal("0.002"), expiry_ms=20_000),
    "chase": EntryPolicy(
        kind=EntryKind.LIMIT, offset_fraction=Decimal("0.004"), expiry_ms=5_000, then=Then.CHASE,
        chase_interval_ms=2_000, chase_fraction_max=Decimal("0.01"),
    ),
    "convert": EntryPolicy(
        kind=EntryKind.LIMIT, offset_fraction=Decimal("0.004"), expiry_ms=5_000, then=Then.CONVERT,
        slippage_fraction=SLIPPAGE,
    ),
    "post_only": EntryPolicy(kind=EntryKind.POST_ONLY, expiry_ms=20_000, then=Then.CONVERT),
    "conditional": EntryPolicy(kind=EntryKind.CONDITIONAL, trigger_fraction=Decimal("0.004"), expiry_ms=30_000),
    "layered": EntryPolicy(kind=EntryKind.LAYERED, expiry_ms=30_000),
    "iceberg": EntryPolicy(kind=EntryKind.ICEBERG, offset_fraction=Decimal("0.001"), expiry_ms=30_000),
    "twap": EntryPolicy(kind=EntryKind.TWAP, twap_duration_ms=30_000, twap_slices=5),
    "twap_limit": EntryPolicy(kind=EntryKind.TWAP, twap_duration_ms=30_000, twap_slices=5, twap_market=False),
    "oco": EntryPolicy(kind=EntryKind.OCO, expiry_ms=30_000, slippage_fraction=SLIPPAGE),
}  # fmt: skip


def signal(walk: Walk, direction: Direction) -> None:
    sign = {Direction.LONG: 1, Direction.SHORT: -1, Direction.FLAT: 0}[direction]
    price = float(walk.exchange.price)
    stop = price - sign * 4 if sign else None
    walk.tell(SignalRaised(BTC, "s", "1", walk.now_ms, direction, 1.0, price, stop, None, ()))


def step_of(walk: Walk) -> None:
    random = walk.random
    kind = random.randrange(100)
    if kind < 25:
        walk.exchange.move(max(Decimal(50), walk.exchange.price + Decimal(random.randrange(-12, 13)) / 10))
    elif kind < 65:
        for _ in range(random.randrange(1, 6)):
            walk.hear()
    elif kind < 82:
        pause_ms = random.choice([50, 700, 2_000, 6_000])
        if walk.now_ms + pause_ms > walk.heard_all_ms + BEARABLE_MS:  # news may be late, but not by so much
            walk.hear_all()
        walk.wait(pause_ms)
    elif kind < 92:
        signal(walk, random.choice([Direction.LONG, Direction.SHORT, Direction.LONG, Direction.FLAT]))
    elif kind < 95:
        walk.begin()
    elif kind < 97:
        walk.tell(StreamLost(Stream.PRIVATE, walk.now_ms, "cut"))
        walk.wait(1_000)
        walk.join()
    else:
        quiet(walk)


def quiet(walk: Walk) -> None:
    """Longer than any entry lasts: then each has been told as over, with what the exchange has filled of it."""
    walk.quiet()
    assert walk.exchange.orders == {}, "nothing is left on the book"
    assert not walk.reserved, "the account has back what it reserved"
    for plan_id, plan in walk.plans.items():
        assert plan.state is PlanState.OVER
        assert plan.reason
        assert plan.filled_qty == walk.filled_of(plan_id) <= plan.qty


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", POLICIES)
def test_an_entry_in_several_orders_never_exceeds_its_leave_and_leaves_nothing_behind(name: str, seed: int) -> None:
    walk = Walk(seed, msgspec.structs.replace(SETTINGS, entry=POLICIES[name]))
    quiet(walk)
    for _ in range(150):
        step_of(walk)
        assert walk.exchange.largest <= QTY_MAX, "never more than was allowed"
    quiet(walk)
    walk.tell(DrainWanted(walk.now_ms, close_positions=seed % 2 == 0))
    quiet(walk)
    assert walk.drained == 1
    if seed % 2 == 0:
        assert walk.exchange.size == 0


def test_the_walks_do_what_they_are_meant_to() -> None:
    """Plans that were filled, in part and whole, that were withdrawn, and that a crash ended."""
    reasons: set[str] = set()
    parts = set()
    moves = 0
    for name, seed in [(each, seed) for each in POLICIES for seed in range(12 if each == "chase" else 3)]:
        walk = Walk(seed, msgspec.structs.replace(SETTINGS, entry=POLICIES[name]))
        walk.quiet()
        for _ in range(150):
            step_of(walk)
        quiet(walk)
        reasons |= {plan.reason for plan in walk.plans.values()}
        parts |= {(plan.filled_qty > 0) + (plan.filled_qty == plan.qty) for plan in walk.plans.values()}
        moves += sum(plan.moves for plan in walk.plans.values())
        assert walk.plans
    assert parts == {0, 1, 2}
    assert moves >= 10
    assert {"filled", "its time is over", "the bot was started again", "the strategy changed its mind"} <= reasons
