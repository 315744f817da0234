"""Ratios over a series of returns, one per period. None stands for what is not defined: never NaN, never infinite.

Definitions are those of empyrical (``empyrical.stats``) unless a name says otherwise: simple returns, compounded; risk
by the sample's standard deviation. ``periods`` is the number of periods in a year: 365 for days of a market that never
closes, 252 for days of a stock exchange.
"""

import math
import statistics
from collections.abc import Sequence

DAYS_A_YEAR = 365
ENOUGH = 2
"""A spread needs two values."""

type Rate = float | Sequence[float]
"""One rate for every period, or one per period."""


def cumulative_return(returns: Sequence[float]) -> float | None:
    """``prod(1 + r) - 1``."""
    return math.prod(1 + each for each in returns) - 1 if returns else None


def annual_return(returns: Sequence[float], periods: float = DAYS_A_YEAR) -> float | None:
    """``prod(1 + r) ** (periods / n) - 1``: what a year of such periods comes to. None if everything was lost."""
    total = cumulative_return(returns)
    return None if total is None else growth_rate(1 + total, len(returns) / periods)


def growth_rate(factor: float, years: float) -> float | None:
    """CAGR: ``factor ** (1 / years) - 1``, where capital was multiplied by ``factor``. None if it can not be told."""
    if factor <= 0 or years <= 0:
        return None
    try:
        return float(factor ** (1 / years) - 1)
    except OverflowError:
        return None


def annual_volatility(returns: Sequence[float], periods: float = DAYS_A_YEAR) -> float | None:
    """``stdev(r) * sqrt(periods)``."""
    return statistics.stdev(returns) * math.sqrt(periods) if len(returns) >= ENOUGH else None


def sharpe(returns: Sequence[float], periods: float = DAYS_A_YEAR, risk_free: Rate = 0.0) -> float | None:
    """``mean(r - risk_free) / stdev(r - risk_free) * sqrt(periods)`` (W. Sharpe 1994). None where nothing varies."""
    excess = _above(returns, risk_free)
    if len(excess) < ENOUGH:
        return None
    return _ratio(statistics.fmean(excess) * math.sqrt(periods), statistics.stdev(excess))


def downside_risk(returns: Sequence[float], periods: float = DAYS_A_YEAR, required: Rate = 0.0) -> float | None:
    """``sqrt(mean(min(r - required, 0) ** 2)) * sqrt(periods)``, over all periods, those above ``required`` as 0."""
    if not returns:
        return None
    return math.sqrt(statistics.fmean(min(each, 0.0) ** 2 for each in _above(returns, required)) * periods)


def sortino(returns: Sequence[float], periods: float = DAYS_A_YEAR, required: Rate = 0.0) -> float | None:
    """``mean(r - required) * periods / downside risk`` (F. Sortino). None where nothing fell below ``required``."""
    risk = downside_risk(returns, periods, required)
    if risk is None or len(returns) < ENOUGH:
        return None
    return _ratio(statistics.fmean(_above(returns, required)) * periods, risk)


def calmar(yearly: float | None, drawdown_fraction: float | None) -> float | None:
    """Annual return per unit of maximum drawdown (T. Young 1991); None without a drawdown."""
    return None if yearly is None or not drawdown_fraction else yearly / drawdown_fraction


def omega(returns: Sequence[float], risk_free: Rate = 0.0, threshold: float = 0.0) -> float | None:
    """What lies above ``threshold`` per unit of what lies below it, per period (C. Keating, W. Shadwick 2002)."""
    if len(returns) < ENOUGH:
        return None
    above = [each - threshold for each in _above(returns, risk_free)]
    return _ratio(math.fsum(each for each in above if each > 0), -math.fsum(each for each in above if each < 0))


# --- the same by compounding, as backtesting.py defines them ----------------------------------------------------


def geometric_mean(returns: Sequence[float]) -> float | None:
    """The constant return that compounds to the same; None if everything was lost."""
    return annual_return(returns, 1)


def compounded_volatility(returns: Sequence[float], periods: float) -> float | None:
    """``sqrt((v + (1 + g)^2)^periods - (1 + g)^(2 periods))`` with variance v and geometric mean g of the returns.

    That is the deviation of a product of independent returns, where annual_volatility scales that of a sum.
    """
    mean = geometric_mean(returns)
    if mean is None or len(returns) < ENOUGH:
        return None
    try:
        square = (1 + mean) ** 2
        return math.sqrt((statistics.variance(returns) + square) ** periods - square**periods)
    except (OverflowError, ValueError):
        return None


def geometric_sharpe(returns: Sequence[float], periods: float) -> float | None:
    """Annual compounded return per unit of compounded volatility."""
    mean, risk = geometric_mean(returns), compounded_volatility(returns, periods)
    return None if mean is None or risk is None else _ratio((1 + mean) ** periods - 1, risk)


def geometric_sortino(returns: Sequence[float], periods: float) -> float | None:
    """Annual compounded return per unit of downside risk."""
    mean, risk = geometric_mean(returns), downside_risk(returns, periods)
    return None if mean is None or risk is None else _ratio((1 + mean) ** periods - 1, risk)


def _above(returns: Sequence[float], rate: Rate) -> Sequence[float]:
    if isinstance(rate, Sequence):
        return [each - free for each, free in zip(returns, rate, strict=True)]
    return [each - rate for each in returns] if rate else returns


def _ratio(value: float, unit: float) -> float | None:
    if not unit:
        return None
    ratio = value / unit
    return ratio if math.isfinite(ratio) else None
