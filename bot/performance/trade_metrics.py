"""Figures over closed trades: money as Decimal (settle coin), ratios as float. None stands for what is not defined."""

import math
import statistics
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from bot.domain.values import ZERO


class TradeStatistics(msgspec.Struct, frozen=True):
    """What a number of closed trades came to, in the order in which they closed.

    ``net`` is after fees and funding. A trade that came to exactly 0 is neither won nor lost: it breaks a streak and
    counts among the trades.

    - win rate: won / trades
    - profit factor: sum of wins / sum of losses
    - expectancy: net / trades; expectancy ratio: ``(1 + pay-off) * win rate - 1``, the expectancy per unit of the
      average loss where nothing came to 0 (freqtrade documentation, "Backtesting report")
    - pay-off: average win / average loss
    - SQN: ``sqrt(trades) * mean / standard deviation`` of the net results (V. Tharp, "system quality number")
    """

    trades: int
    won: int
    lost: int
    net: Decimal
    gross_win: Decimal
    gross_loss: Decimal
    """Sum of the losing trades, not negative."""
    best: Decimal | None
    worst: Decimal | None
    longest_winning_streak: int
    longest_losing_streak: int
    sqn: float | None

    @property
    def win_rate(self) -> float | None:
        """Share of trades that were won, 0 to 1."""
        return self.won / self.trades if self.trades else None

    @property
    def profit_factor(self) -> float | None:
        """What was won per unit lost; None without losses."""
        return float(self.gross_win / self.gross_loss) if self.gross_loss else None

    @property
    def average_win(self) -> Decimal | None:
        """Mean of the trades that were won."""
        return self.gross_win / self.won if self.won else None

    @property
    def average_loss(self) -> Decimal | None:
        """Mean of the trades that were lost, not negative."""
        return self.gross_loss / self.lost if self.lost else None

    @property
    def expectancy(self) -> Decimal | None:
        """What a trade came to on average."""
        return self.net / self.trades if self.trades else None

    @property
    def payoff(self) -> float | None:
        """Average win per unit of average loss; None without losses or without wins."""
        win, loss = self.average_win, self.average_loss
        return float(win / loss) if win is not None and loss else None

    @property
    def expectancy_ratio(self) -> float | None:
        """See the class; None without losses."""
        if self.win_rate is None or not self.average_loss:
            return None
        return (1 + (self.payoff or 0.0)) * self.win_rate - 1


def trade_statistics(net: Sequence[Decimal]) -> TradeStatistics:
    """The statistics of the net results of trades, in the order in which they closed."""
    wins, losses = [each for each in net if each > 0], [each for each in net if each < 0]
    return TradeStatistics(
        len(net),
        len(wins),
        len(losses),
        sum(net, ZERO),
        sum(wins, ZERO),
        -sum(losses, ZERO),
        max(net, default=None),
        min(net, default=None),
        longest_streak(net, lambda each: each > 0),
        longest_streak(net, lambda each: each < 0),
        _sqn([float(each) for each in net]),
    )


def longest_streak(net: Sequence[Decimal], counts: Callable[[Decimal], bool]) -> int:
    """The longest run of neighbours that count."""
    longest = current = 0
    for each in net:
        current = current + 1 if counts(each) else 0
        longest = max(longest, current)
    return longest


def _sqn(net: Sequence[float]) -> float | None:
    if len(net) < 2:  # noqa: PLR2004 - a standard deviation needs two
        return None
    deviation = statistics.stdev(net)
    return math.sqrt(len(net)) * statistics.fmean(net) / deviation if deviation else None
