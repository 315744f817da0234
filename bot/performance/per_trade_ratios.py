"""Ratios over trades instead of days, as freqtrade defines them in its backtest report, for who compares with it.

They divide the profit of an average day by the spread of single trades, so they grow with the number of trades a day
and are not comparable with those of ``bot.performance.returns``. ``days`` is the length of the run in whole days, at
least 1 (freqtrade, ``data/metrics.py``). Where freqtrade writes -100 for "not defined" this is None.
"""

import math
import statistics
from collections.abc import Sequence
from decimal import Decimal

from bot.performance.returns import DAYS_A_YEAR


def per_trade_sharpe(net: Sequence[Decimal], starting_balance: Decimal, days: int) -> float | None:
    """``sum(p) / days / pstdev(p) * sqrt(365)`` with p = net result of a trade / starting balance."""
    return _per_spread(_fractions(net, starting_balance), _fractions(net, starting_balance), days)


def per_trade_sortino(net: Sequence[Decimal], starting_balance: Decimal, days: int) -> float | None:
    """As per_trade_sharpe, but with the spread of the losing trades alone."""
    losses = [each for each in net if each < 0]
    return _per_spread(_fractions(net, starting_balance), _fractions(losses, starting_balance), days)


def per_trade_calmar(
    net: Sequence[Decimal], starting_balance: Decimal, days: int, drawdown_fraction: float | None
) -> float | None:
    """``100 * sum(p) / days / drawdown * sqrt(365)``, with the drawdown over closed trades."""
    fractions = _fractions(net, starting_balance)
    if not fractions or not drawdown_fraction:
        return None
    return 100 * math.fsum(fractions) / max(days, 1) / drawdown_fraction * math.sqrt(DAYS_A_YEAR)


def _fractions(net: Sequence[Decimal], starting_balance: Decimal) -> Sequence[float]:
    return [float(each / starting_balance) for each in net] if starting_balance > 0 else []


def _per_spread(fractions: Sequence[float], spread_of: Sequence[float], days: int) -> float | None:
    if not spread_of:
        return None
    spread = statistics.pstdev(spread_of)
    return math.fsum(fractions) / max(days, 1) / spread * math.sqrt(DAYS_A_YEAR) if spread else None
