"""A plan: one logical order, its children, and what a step of it may want done."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from bot.domain.contract import contract_of
from bot.domain.instrument import Instrument
from bot.domain.values import ZERO, OrderLinkId, OrderType, Side, Symbol, TimeInForce, TimeMs
from bot.orders.algorithms.policy import EntryPolicy


class Level(msgspec.Struct, frozen=True):
    """One order of a layered entry: a price on the tick grid and a quantity on the step."""

    price: Decimal
    qty: Decimal


class Child(msgspec.Struct):
    """One order of a plan, as far as is known.

    ``price`` is its limit, or the trigger of a conditional market order; None of a plain market order. ``wanted_price``
    is where an amendment on its way would put it; ``stop_price`` is the stop that is attached to it. It ``is_over``
    when the exchange has said so and its last fill is in the books; ``reason`` is what the exchange gave as one, and
    ``is_refused`` whether it never took the order.
    """

    order_link_id: OrderLinkId
    qty: Decimal
    sent_ms: TimeMs
    price: Decimal | None = None
    is_market: bool = False
    stop_price: Decimal | None = None
    filled: Decimal = ZERO
    value: Decimal = ZERO
    is_over: bool = False
    is_refused: bool = False
    reason: str = ""
    wanted_price: Decimal | None = None
    asked_ms: TimeMs = TimeMs(0)

    @property
    def is_plain_market(self) -> bool:
        """Whether it is filled or gone as soon as it arrives: there is nothing to cancel."""
        return self.is_market and self.price is None


class Plan(msgspec.Struct):
    """One logical order. ``price`` is the price of the signal, all prices in quote per base.

    What follows from the children's own orders and fills is not kept in the note but read again after a restart.
    ``moves`` counts amendments; ``ending`` says why it is being withdrawn, empty while it goes on.
    """

    plan_id: str
    symbol: Symbol
    policy: EntryPolicy
    side: Side
    qty: Decimal
    price: Decimal
    stop_price: Decimal
    target_price: Decimal | None
    began_ms: TimeMs
    ends_ms: TimeMs
    levels: list[Level] = msgspec.field(default_factory=list)
    slices: int = 1
    children: list[Child] = msgspec.field(default_factory=list)
    moves: int = 0
    ending: str = ""

    @property
    def working(self) -> Sequence[Child]:
        """Children that may still be filled, those of unknown outcome and those being cancelled among them."""
        return [child for child in self.children if not child.is_over]

    @property
    def filled(self) -> Decimal:
        """Filled by all children."""
        return sum((child.filled for child in self.children), ZERO)

    @property
    def average_price(self) -> Decimal | None:
        """Of all fills; None before the first."""
        filled = self.filled
        if not filled:
            return None
        return contract_of(self.symbol).average(filled, sum((child.value for child in self.children), ZERO))

    @property
    def room(self) -> Decimal:
        """What no child has filled and no child can fill any more: all that may still be sent."""
        taken = (child.filled if child.is_over else max(child.qty, child.filled) for child in self.children)
        return self.qty - sum(taken, ZERO)

    def follow_stop(self, stop: Decimal | None) -> bool:
        """Take over the stop of the position, where that is nearer: children to come must not loosen it.

        Returns whether a child that rests would: its fill would put the stop of the whole position back to where it was
        (Bybit V5 docs, order/create: attached stops in full mode).
        """
        if stop is None or (stop - self.stop_price) * self.side.sign <= 0:
            return False
        self.stop_price = stop
        return any(not child.is_plain_market for child in self.working)

    @property
    def last_reason(self) -> str:
        """What the exchange said of the newest child that is over."""
        reasons = [child.reason for child in self.children if child.is_over and child.reason]
        return reasons[-1] if reasons else ""


class BestPrices(NamedTuple):
    """The best bid and ask of the moment, on the tick grid."""

    bid: Decimal
    ask: Decimal

    def own(self, side: Side) -> Decimal:
        """The best price on one's own side: where an order of that side waits in front."""
        return self.bid if side is Side.BUY else self.ask

    def other(self, side: Side) -> Decimal:
        """The best price of the other side: what taking costs."""
        return self.ask if side is Side.BUY else self.bid


class Market(NamedTuple):
    """What a step may know besides its plan: prices only where it has asked for them just before."""

    rules: Instrument
    best: BestPrices | None


class Place(NamedTuple):
    """Send a child of ``qty``; with ``trigger_price`` it is a conditional one."""

    qty: Decimal
    order_type: OrderType
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.IOC
    trigger_price: Decimal | None = None
    rises: bool = True
    slippage_fraction: Decimal | None = None


class Amend(NamedTuple):
    """Move a resting child to ``price``; it counts as a move of the plan, even if it is there already."""

    child: Child
    price: Decimal


class Cancel(NamedTuple):
    """Cancel a child."""

    child: Child


class AskPrices(NamedTuple):
    """Nothing can be decided without the best prices of the moment."""


class Wake(NamedTuple):
    """Step again at this time."""

    at_ms: TimeMs


class End(NamedTuple):
    """Cancel what works; the plan is over once nothing of it can be filled any more."""

    reason: str


type Action = Place | Amend | Cancel | AskPrices | Wake | End


type Step = Callable[[Plan, Market, TimeMs], Sequence[Action]]
"""The next actions of one kind of entry, from everything that is known. The same facts give the same actions.

It is asked after every piece of news, never while the plan is ending, wholly filled, or has no tradable rest.
"""


def market_order(plan: Plan, qty: Decimal) -> Place:
    """A market order within the slippage bound."""
    return Place(qty, OrderType.MARKET, slippage_fraction=plan.policy.slippage_fraction)


def limit_order(qty: Decimal, price: Decimal, *, post_only: bool = False) -> Place:
    """A limit order that rests, and takes at once what is at its price or better unless it is post-only."""
    return Place(qty, OrderType.LIMIT, price, TimeInForce.POST_ONLY if post_only else TimeInForce.GTC)


def trigger_order(plan: Plan, qty: Decimal, trigger_price: Decimal) -> Place:
    """A market order that waits for the last price to come to ``trigger_price``."""
    return Place(qty, OrderType.MARKET, trigger_price=trigger_price, rises=trigger_price > plan.price)


def away(plan: Plan, fraction: Decimal, rules: Instrument) -> Decimal:
    """The price that is worse than the signal's by ``fraction`` (better for a negative one), never beyond it."""
    return rules.limit_price(float(plan.price * (1 + plan.side.sign * fraction)), plan.side)


def is_worse(price: Decimal, than: Decimal, side: Side) -> bool:
    """Whether an entry at ``price`` costs more than one at ``than``."""
    return (price - than) * side.sign > 0


def is_tradable(qty: Decimal, price: Decimal, rules: Instrument) -> bool:
    """Whether the exchange takes an order of this size."""
    return rules.min_order_qty <= qty <= rules.max_order_qty and rules.is_worth_enough(qty, price)
