"""Distances from the entry in three units, as distances in price."""

from decimal import Decimal

from bot.config.exits import Distance
from bot.domain.messages import Levels


def in_price(distance: Distance, entry_price: Decimal, risk: Decimal | None, levels: Levels | None) -> Decimal | None:
    """A distance in quote per base; None where what it is measured by is not known.

    ``risk`` is the distance of the first stop from the entry.
    """
    if distance.fraction is not None:
        return distance.fraction * entry_price
    if distance.atr is not None:
        atr = None if levels is None else exact(levels.atr)
        return None if atr is None else distance.atr * atr
    return None if risk is None or distance.risk is None else distance.risk * risk


def exact(number: float) -> Decimal | None:
    """An indicator's value as a price; None unless it is a positive number."""
    return Decimal(repr(number)) if 0 < number < float("inf") else None
