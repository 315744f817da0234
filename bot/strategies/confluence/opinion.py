"""What a group of the confluence strategy is."""

from collections.abc import Callable

from bot.strategies.base import MarketView

type Opinion = Callable[[MarketView], float]
"""What a group of indicators makes of the bar in a view: -1 (short) to 1 (long), 0 where it can not tell."""


def sign(value: float) -> float:
    """-1, 0 or 1; 0 for NaN."""
    return 1.0 if value > 0 else -1.0 if value < 0 else 0.0


def squashed(value: float) -> float:
    """``value`` within -1 and 1."""
    return -1.0 if value < -1.0 else min(value, 1.0)
