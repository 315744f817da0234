"""Changing open orders."""

from dataclasses import dataclass
from decimal import Decimal

from bot.simulator.trading.account import Account
from bot.simulator.trading.life import OrderLife
from bot.simulator.trading.matching import Matcher
from bot.simulator.trading.order import Order, Stops


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an open order shall look like; None = as before.

    Attributes:
        qty: the new total, what is filled included.
        limit_ticks: the new limit.
        trigger_ticks: the new trigger of an order that waits for it.
    """

    qty: Decimal | None = None
    limit_ticks: int | None = None
    trigger_ticks: int | None = None
    stops: Stops | None = None


class Amender:
    """Applies checked amendments."""

    def __init__(self, life: OrderLife, matcher: Matcher) -> None:
        self._life = life
        self._matcher = matcher

    def amend(self, account: Account, order: Order, wanted: Amendment) -> bool:
        """Change an order and tell of it; returns whether it traded.

        A new price or a larger quantity costs the order its place in line; a smaller quantity does not.
        """
        counter = self._life.counters[order.market_id]
        moves = wanted.limit_ticks is not None or (wanted.qty is not None and wanted.qty > order.qty)
        waits = order.is_waiting
        if moves or waits:
            counter.remove(order)
        self.write(account, order, wanted)
        if waits:
            counter.wait(order)
        elif moves:
            self._life.lock(account, order)
            return self._matcher.work(account, order, counter)
        else:
            counter.show(order)
        self._life.lock(account, order)
        self._life.outbox.order(order)
        return False

    def write(self, account: Account, order: Order, wanted: Amendment) -> None:
        """Change the fields only."""
        market = self._life.counters[order.market_id].market
        account.version += 1
        order.updated_ms = market.clock.now_ms
        if wanted.qty is not None:
            order.qty = wanted.qty
        if wanted.limit_ticks is not None:
            order.limit_ticks, order.price = wanted.limit_ticks, market.price_of(wanted.limit_ticks)
        if wanted.trigger_ticks is not None:
            order.trigger_ticks, order.trigger_price = wanted.trigger_ticks, market.price_of(wanted.trigger_ticks)
        if wanted.stops is not None:
            order.stops = wanted.stops
