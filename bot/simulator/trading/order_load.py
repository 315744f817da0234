"""What the open orders of one market would open, and the margin that this reserves."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from bot.simulator.numbers import ZERO
from bot.simulator.trading.exposure import order_im
from bot.simulator.trading.order import Order


class Opening(NamedTuple):
    """What an order would open of a position, beyond what it would close."""

    order: Order
    qty: Decimal
    leverage: Decimal
    inverse: bool


@dataclass(slots=True)
class OrderLoad:
    """What the open orders of one market would open; holds until the account changes.

    Attributes:
        qty: of all of them together; risk tiers follow from it.
    """

    openings: Sequence[Opening]
    qty: Decimal
    _margin: Decimal | None = None

    def margin(self, taker_rate: Decimal) -> Decimal:
        """What they reserve, in the settle coin; worked out when somebody asks, which few do."""
        if self._margin is None:
            self._margin = sum((_margin_of(each, taker_rate) for each in self.openings), ZERO)
        return self._margin


def _margin_of(opening: Opening, taker_rate: Decimal) -> Decimal:
    order, qty, leverage, inverse = opening
    return order_im(order.side, qty, order.price, leverage, taker_rate, inverse=inverse)


NO_LOAD = OrderLoad((), ZERO)
