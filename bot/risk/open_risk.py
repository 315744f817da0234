"""What an open position can still lose."""

from decimal import Decimal

from bot.domain.contract import Contract
from bot.domain.values import ZERO


def open_risk(contract: Contract, size: Decimal, entry_price: Decimal, stop_price: Decimal | None) -> Decimal:
    """What is lost, in the settle coin and before fees, if the position is stopped at its stop; all of it without one.

    ``size`` is signed (negative: short). 0 once the stop is beyond the entry.
    """
    if stop_price is None:
        return contract.value(abs(size), entry_price)
    return max(contract.profit(size, stop_price, entry_price), ZERO)
