"""Plans for tests, and a host that does what their steps want without an exchange."""

from decimal import Decimal

from bot.domain.values import OrderLinkId, OrderType, Side, TimeMs
from bot.orders.algorithms.plan import (
    Action,
    Amend,
    BestPrices,
    Child,
    End,
    Market,
    Place,
    Plan,
)
from bot.orders.algorithms.policy import EntryKind, EntryPolicy
from bot.orders.algorithms.steps import STEPS, begin, layers_of
from tests.core.samples import BTC, NOW, RULES

BEST = BestPrices(Decimal("99.9"), Decimal("100.1"))


def at(seconds: float) -> TimeMs:
    return TimeMs(NOW + int(seconds * 1000))


def plan_of(policy: EntryPolicy, *, qty: str = "1", side: Side = Side.BUY) -> Plan:
    """A plan at a signal's price of 100 that ends as the entry desk would have it."""
    lasts_ms = policy.expiry_ms
    if policy.kind is EntryKind.TWAP:
        lasts_ms = policy.twap_duration_ms + policy.twap_duration_ms // policy.twap_slices
    plan = Plan(
        "plan", BTC, policy, side, Decimal(qty), Decimal(100), Decimal(90), None, NOW, TimeMs(NOW + lasts_ms)
    )  # fmt: skip
    assert begin(plan, layers_of(policy, 100.0, side), RULES) is None
    return plan


def step(plan: Plan, seconds: float, best: BestPrices | None = None) -> list[Action]:
    """What the plan wants at a moment."""
    return list(STEPS[plan.policy.kind](plan, Market(RULES, best), at(seconds)))


def take(plan: Plan, seconds: float, best: BestPrices | None = None) -> list[Action]:
    """The same, and the children that it wants are there, and those it moves are where it wants them."""
    actions = step(plan, seconds, best)
    for action in actions:
        if isinstance(action, Place):
            assert action.qty <= plan.room
            name = OrderLinkId(f"c{len(plan.children) + 1}")
            price = action.price or action.trigger_price
            is_market = action.order_type is OrderType.MARKET
            plan.children.append(Child(name, action.qty, at(seconds), price=price, is_market=is_market))
        elif isinstance(action, Amend):
            plan.moves += 1
            action.child.price = action.price
    return actions


def fill(child: Child, qty: str | None = None, price: str = "100") -> None:
    """A fill of the child, of all of it without a quantity."""
    filled = child.qty - child.filled if qty is None else Decimal(qty)
    child.filled += filled
    child.value += filled * Decimal(price)
    child.is_over = child.filled == child.qty


def end(child: Child, reason: str = "", *, refused: bool = False) -> None:
    """The exchange says that the child is over."""
    child.is_over, child.reason, child.is_refused = True, reason, refused


def placed(actions: list[Action]) -> list[Place]:
    return [action for action in actions if isinstance(action, Place)]


def ends(actions: list[Action]) -> list[str]:
    return [action.reason for action in actions if isinstance(action, End)]
