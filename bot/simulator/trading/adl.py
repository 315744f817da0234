"""Who is deleveraged first: the ranking of positions by leveraged return (Bybit help centre, ADL)."""

from decimal import Decimal

from bot.simulator.numbers import ZERO
from bot.simulator.trading.exposure import Exposure
from bot.simulator.trading.position import Position

QUINTILES = 5
FULL_MARK = Decimal(2)
"""A leveraged return from which on the indicator shows five lights; below, it grows in equal steps."""


def leveraged_return(position: Position, exposure: Exposure) -> Decimal:
    """Profit relative to the position's cost, times its effective leverage; a loss over it."""
    if not position.size or not position.cost:
        return ZERO
    profit = exposure.unrealised / position.cost
    return profit * position.leverage if profit > 0 else profit / position.leverage


def rank_indicator(position: Position, exposure: Exposure) -> int:
    """1 to 5 lights, 0 when flat.

    Bybit shows in which fifth of all traders a position ranks; with a handful of accounts there are no fifths, so
    the lights follow the leveraged return itself.
    """
    if not position.size:
        return 0
    score = max(leveraged_return(position, exposure), ZERO)
    return min(1 + int(score * QUINTILES / FULL_MARK), QUINTILES)
