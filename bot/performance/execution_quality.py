"""How orders were executed: what was filled, and how far from the price that was decided on."""

import statistics
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from bot.domain.values import ZERO, OrderType, Symbol, TimeMs
from bot.performance.fills import Fill

REFUSED = frozenset({"Refused", "Rejected", "Absent"})


class PlacedOrder(msgspec.Struct, frozen=True):
    """An order that the bot decided on, and what became of it. ``filled`` of ``qty``."""

    symbol: Symbol
    purpose: str
    order_type: OrderType
    status: str
    qty: Decimal
    filled: Decimal
    decided_ms: TimeMs


class FillRate(msgspec.Struct, frozen=True):
    """Of orders of one kind: how many the exchange took, how many of those were filled at all and completely.

    ``filled_fraction`` is the mean of what was filled of each, 0 to 1; None without orders.
    """

    placed: int
    refused: int
    touched: int
    complete: int
    filled_fraction: float | None


class Slippage(msgspec.Struct, frozen=True):
    """The distance of fills from their decision prices: ``cost`` in the settle coin, the rest in basis points.

    Above zero it cost, below zero the fill was better. ``mean_bps`` weighs each fill by its value.
    """

    fills: int
    unknown: int
    """Fills without a decision price, such as those of orders by hand."""
    cost: Decimal
    mean_bps: float | None
    median_bps: float | None
    worst_bps: float | None


def fill_rate(orders: Sequence[PlacedOrder], order_type: OrderType) -> FillRate:
    """What became of the orders of one type."""
    chosen = [order for order in orders if order.order_type is order_type]
    taken = [order for order in chosen if order.status not in REFUSED or order.filled]
    fractions = [float(order.filled / order.qty) for order in taken if order.qty]
    return FillRate(
        len(taken),
        len(chosen) - len(taken),
        sum(order.filled > 0 for order in taken),
        sum(order.filled >= order.qty for order in taken),
        statistics.fmean(fractions) if fractions else None,
    )


def slippage(fills: Sequence[Fill], counts: Callable[[Fill], bool] = lambda _: True) -> Slippage:
    """The slippage of those trades that count."""
    trades = [fill for fill in fills if fill.is_trade and counts(fill)]
    known = [(fill, each) for fill in trades if (each := fill.slippage_bps) is not None]
    values = [float(fill.value) for fill, _ in known]
    bps = [each for _, each in known]
    return Slippage(
        len(known),
        len(trades) - len(known),
        sum((fill.slippage or ZERO for fill, _ in known), ZERO),
        statistics.fmean(bps, values) if bps and any(values) else None,
        statistics.median(bps) if bps else None,
        max(bps, default=None),
    )
