"""Risk limits: the larger a position, the more margin it needs."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import NamedTuple

from bot.simulator.numbers import ZERO

TIERS = 35
RATE_STEP = Decimal("0.0001")
LEVERAGE_STEP = Decimal("0.01")
LIMIT_GROWTH, RATE_GROWTH = Decimal("0.3"), Decimal("0.12")
"""From tier to tier, of the first tier's limit and maintenance rate. For BTCUSDT that gives Bybit's second
tier (2,600,000 USDT, 0.56 %, deduction 1,200); the further ones are synthetic."""


class RiskTier(NamedTuple):
    """Up to a position value of `limit_value` (settle coin): rates as fractions of that value.

    Attributes:
        mm_deduction: what the tier takes off the maintenance margin, so that the margin does not jump where
            a tier ends: D_n = D_(n-1) + limit_(n-1) x (MMR_n - MMR_(n-1)).
    """

    limit_value: Decimal
    maintenance_rate: Decimal
    initial_rate: Decimal
    max_leverage: Decimal
    mm_deduction: Decimal


def make_risk_tiers(first_limit: Decimal, max_leverage: Decimal) -> tuple[RiskTier, ...]:
    """A ladder from the first tier's limit and leverage; only BTCUSDT's first two tiers are Bybit's own.

    The first tier asks for 1 / leverage at the opening and half of that for maintenance, as Bybit's do.
    """
    first_initial = (1 / max_leverage).quantize(RATE_STEP, ROUND_UP)
    first_rate = first_initial / 2
    tiers = [RiskTier(first_limit, first_rate, first_initial, max_leverage, ZERO)]
    for number in range(1, TIERS):
        before = tiers[-1]
        rate = first_rate * (1 + RATE_GROWTH * number)
        deduction = before.mm_deduction + before.limit_value * (rate - before.maintenance_rate)
        limit = first_limit * (1 + LIMIT_GROWTH * number)
        leverage = (1 / (2 * rate)).quantize(LEVERAGE_STEP, ROUND_DOWN)
        tiers.append(RiskTier(limit, rate, 2 * rate, leverage, deduction))
    return tuple(tiers)
