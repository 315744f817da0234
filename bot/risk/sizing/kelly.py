"""Kelly's fraction from the ledger's own trades, with the caution that few trades call for."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from bot.domain.values import ZERO


class PastResults(msgspec.Struct, frozen=True):
    """What closed trades came to: how many, how many earned, and the averages of both kinds (both >= 0)."""

    trades: int = 0
    wins: int = 0
    average_win: Decimal = ZERO
    average_loss: Decimal = ZERO

    @classmethod
    def of(cls, net_pnls: Iterable[Decimal]) -> "PastResults":
        """Sum up net results; one of 0 counts as lost."""
        results = list(net_pnls)
        won = [each for each in results if each > 0]
        lost = [-each for each in results if each <= 0]
        return cls(
            len(results),
            len(won),
            sum(won, ZERO) / len(won) if won else ZERO,
            sum(lost, ZERO) / len(lost) if lost else ZERO,
        )

    @property
    def kelly(self) -> Decimal:
        """``p - (1 - p) / b``, with the share ``p`` of wins and the pay-off ``b`` (average win over average loss).

        0 where there is no edge; ``p`` where nothing was ever lost (J. L. Kelly, "A New Interpretation of Information
        Rate", 1956).
        """
        if not self.wins:
            return ZERO
        share = Decimal(self.wins) / self.trades
        if not self.average_loss:
            return share
        return max(share - (1 - share) * self.average_loss / self.average_win, ZERO)


def kelly_risk(past: PastResults, risk_max: Decimal, fraction: Decimal, trades_min: int) -> tuple[Decimal, str]:
    """The part of the equity to risk, and how it came about; never above ``risk_max``.

    The base is ``risk_max * fraction``. Below ``trades_min`` trades it is that; from then on ``n`` trades count for
    ``w = n / (n + trades_min)``, and the risk is ``(1 - w) * base + w * fraction * kelly``: half and half at first,
    nearly Kelly's own after very many. Without an edge it shrinks towards 0, as far as the smallest order goes.
    """
    base = risk_max * fraction
    if past.trades < trades_min:
        return base, f"{past.trades} of {trades_min} trades are known: {base:.4%} of the equity until then"
    weight = Decimal(past.trades) / (past.trades + trades_min)
    risk = min(base * (1 - weight) + fraction * past.kelly * weight, risk_max)
    won = Decimal(past.wins) / past.trades
    return risk, f"{past.trades} trades, {won:.1%} won, Kelly {past.kelly:.2%}: {risk:.4%} of the equity"
