"""What an open position can still lose."""

from decimal import Decimal

from bot.domain.values import ZERO


def open_risk(size: Decimal, entry_price: Decimal, stop_price: Decimal | None) -> Decimal:
    """What is lost, in quote coin and before fees, if the position is stopped at its stop; all of it without one.

    ``size`` is signed (negative: short). 0 once the stop is beyond the entry.
    """
    if stop_price is None:
        return abs(size) * entry_price
    return max(size * (entry_price - stop_price), ZERO)
