"""The guards that a configuration asks for."""

from collections.abc import Sequence

from bot.config.guards import GuardsConfig
from bot.risk.guards.daily_loss import DailyLoss
from bot.risk.guards.drawdown import Drawdown
from bot.risk.guards.market import SignalAge, Spread, Windows
from bot.risk.guards.trades import Cooldown, LosingStreak, LowProfit, StopLosses
from bot.risk.guards.values import EntryGuard, EquityGuard


def entry_guards(config: GuardsConfig) -> Sequence[EntryGuard]:
    """Those that look at each entry, the cheapest first."""
    windows, guards = config.windows, list[EntryGuard]()
    if config.signal_age_max_ms is not None:
        guards.append(SignalAge(config.signal_age_max_ms))
    if config.spread_max is not None:
        guards.append(Spread(config.spread_max))
    if windows.allow or windows.block or windows.news:
        guards.append(Windows(windows))
    if config.cooldown is not None:
        guards.append(Cooldown(config.cooldown))
    if config.stop_losses is not None:
        guards.append(StopLosses(config.stop_losses))
    if config.losing_streak is not None:
        guards.append(LosingStreak(config.losing_streak))
    if config.low_profit is not None:
        guards.append(LowProfit(config.low_profit))
    return guards


def equity_guards(config: GuardsConfig, coin: str = "USDT") -> Sequence[EquityGuard]:
    """Those that look at the equity, an amount of ``coin``, and latch."""
    guards: list[EquityGuard] = []
    if config.daily_loss is not None:
        guards.append(DailyLoss(config.daily_loss, coin))
    drawdown = config.drawdown
    if any(level is not None for level in (drawdown.warn, drawdown.stop_entries, drawdown.flatten)):
        guards.append(Drawdown(drawdown, coin))
    return guards
