"""Which step belongs to which kind of entry, and how a plan of a kind begins."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from bot.domain.instrument import Instrument
from bot.domain.messages import LadderStep
from bot.domain.values import ZERO, Side
from bot.orders.algorithms.conditional import LEGS, conditional, oco
from bot.orders.algorithms.plan import Level, Plan, Step, away, is_tradable
from bot.orders.algorithms.policy import EntryKind, EntryPolicy, SizeProfile, Then
from bot.orders.algorithms.resting import limit, post_only
from bot.orders.algorithms.several import iceberg, layered, twap
from bot.orders.quoting import ladder_orders

STEPS: Mapping[EntryKind, Step] = {
    EntryKind.LIMIT: limit,
    EntryKind.POST_ONLY: post_only,
    EntryKind.CONDITIONAL: conditional,
    EntryKind.LAYERED: layered,
    EntryKind.ICEBERG: iceberg,
    EntryKind.TWAP: twap,
    EntryKind.OCO: oco,
}
"""A market entry is no plan: it is one order, which is over as soon as it has arrived."""


def planned_fractions(policy: EntryPolicy) -> Sequence[Decimal]:
    """How far from the signal's price fills may be, best first, positive is worse; the last is what sizes must allow.

    An entry is sized by the worst of them, so that its loss at the stop is never larger than was meant.
    """
    late = {
        Then.CANCEL: ZERO,
        Then.CHASE: policy.chase_fraction_max,
        Then.CONVERT: policy.slippage_fraction or ZERO,
    }[policy.then]
    by_kind: dict[EntryKind, Sequence[Decimal]] = {
        EntryKind.MARKET: (ZERO,),
        EntryKind.LIMIT: (-policy.offset_fraction, *((late,) if policy.then is not Then.CANCEL else ())),
        EntryKind.POST_ONLY: (ZERO, late),
        EntryKind.CONDITIONAL: (policy.trigger_fraction,),
        EntryKind.LAYERED: (-policy.layers_last_fraction, -policy.layers_first_fraction),
        EntryKind.ICEBERG: (-policy.offset_fraction,),
        EntryKind.TWAP: (ZERO, policy.run_away_fraction),
        EntryKind.OCO: (-policy.oco_dip_fraction, policy.oco_breakout_fraction),
    }
    return by_kind[policy.kind]


def layers_of(policy: EntryPolicy, price: float, side: Side) -> Sequence[LadderStep]:
    """The levels of a layered entry: equally far from each other, with shares after the profile that add up to 1."""
    count = policy.layers
    weights = {
        SizeProfile.FLAT: [1] * count,
        SizeProfile.RISING: list(range(1, count + 1)),
        SizeProfile.FALLING: list(range(count, 0, -1)),
    }[policy.layers_profile]
    first, last = float(policy.layers_first_fraction), float(policy.layers_last_fraction)
    apart = (last - first) / (count - 1) if count > 1 else 0.0
    return [
        LadderStep(price * (1 - side.sign * (first + apart * index)), weight / sum(weights))
        for index, weight in enumerate(weights)
    ]


def begin(plan: Plan, ladder: Iterable[LadderStep], rules: Instrument) -> str | None:
    """Cut the plan into orders that can be traded; why that can not be done, None if it can."""
    match plan.policy.kind:
        case EntryKind.LAYERED:
            orders = ladder_orders(plan.side, ladder, plan.qty, rules)
            plan.levels = [Level(order.price, order.qty) for order in orders]
            return None if orders else "every step of the ladder is too small to trade"
        case EntryKind.TWAP:
            plan.slices = _slices(plan, rules)
        case EntryKind.OCO:
            half = rules.floor_qty(plan.qty / LEGS)
            if not is_tradable(half, away(plan, -plan.policy.oco_dip_fraction, rules), rules):
                return f"half of {plan.qty} is too small to trade, and each leg of an OCO pair has half"
        case _:
            pass
    lowest = plan.price * (1 - plan.policy.offset_fraction)
    return (
        None if is_tradable(plan.qty, lowest, rules) else f"{plan.qty} at {lowest} is too small or too large to trade"
    )


def _slices(plan: Plan, rules: Instrument) -> int:
    """As many as configured, or as many as can be traded one by one."""
    for count in range(plan.policy.twap_slices, 1, -1):
        if is_tradable(rules.floor_qty(plan.qty / count), plan.price, rules):
            return count
    return 1
