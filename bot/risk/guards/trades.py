"""Guards that look at past trades: what was lost of late, and where."""

from typing import ClassVar

import msgspec

from bot.config.guards import CooldownConfig, LosingStreakConfig, LowProfitConfig, StopLossesConfig
from bot.domain.contract import contract_of
from bot.domain.messages import EntryWanted
from bot.domain.values import ZERO, TimeMs
from bot.risk.guards.values import MINUTE_MS, PastTrades, Stopped, utc

STOPPED_BY = frozenset({"stop loss", "trailing stop", "protection", "liquidation"})
"""Exit reasons of trades that a stop, or something worse, has ended."""


class Cooldown(msgspec.Struct, frozen=True):
    """A pause of a symbol after its last trade."""

    config: CooldownConfig
    needs_trades: ClassVar[bool] = True

    def stops(self, wanted: EntryWanted, past: PastTrades, now_ms: TimeMs) -> Stopped | None:
        """See EntryGuard.stops."""
        last = next(past.of(wanted.symbol), None)
        if last is None or (self.config.only_after_losses and last.net_pnl >= 0):
            return None
        text = f"cooldown: the last trade of {wanted.symbol} ended {utc(last.closed_ms)}"
        return _until(text, last.closed_ms, self.config.minutes, now_ms)


class StopLosses(msgspec.Struct, frozen=True):
    """A pause after several losing stops in a window. The pause begins with the one that filled the window."""

    config: StopLossesConfig
    needs_trades: ClassVar[bool] = True

    def stops(self, wanted: EntryWanted, past: PastTrades, now_ms: TimeMs) -> Stopped | None:
        """See EntryGuard.stops."""
        config = self.config
        window_ms = config.within_minutes * MINUTE_MS
        since_ms = now_ms - config.pause_minutes * MINUTE_MS - window_ms
        symbol = wanted.symbol if config.per_symbol else None
        times = [
            trade.closed_ms
            for trade in past.of(symbol, since_ms=since_ms)
            if trade.exit_reason in STOPPED_BY and trade.net_pnl < 0
        ]
        for newest_ms, oldest_ms in zip(times, times[config.count - 1 :], strict=False):
            if newest_ms - oldest_ms <= window_ms:
                whose = f" of {symbol}" if symbol else ""
                text = f"stop-losses: {config.count}{whose} within {config.within_minutes} minutes"
                return _until(text, newest_ms, config.pause_minutes, now_ms)
        return None


class LosingStreak(msgspec.Struct, frozen=True):
    """A pause after losses in a row, from the last of them."""

    config: LosingStreakConfig
    needs_trades: ClassVar[bool] = True

    def stops(self, wanted: EntryWanted, past: PastTrades, now_ms: TimeMs) -> Stopped | None:
        """See EntryGuard.stops."""
        config = self.config
        lost = 0
        last_ms: TimeMs | None = None
        for trade in past.of(wanted.symbol if config.per_symbol else None):
            if trade.net_pnl >= 0:
                break
            last_ms = last_ms or trade.closed_ms
            lost += 1
        if last_ms is None or lost < config.count:
            return None
        return _until(f"losing streak: {lost} losses in a row", last_ms, config.pause_minutes, now_ms)


class LowProfit(msgspec.Struct, frozen=True):
    """A pause of a symbol whose trades of late earned too little, from the last of them."""

    config: LowProfitConfig
    needs_trades: ClassVar[bool] = True

    def stops(self, wanted: EntryWanted, past: PastTrades, now_ms: TimeMs) -> Stopped | None:
        """See EntryGuard.stops."""
        config = self.config
        last = next(past.of(wanted.symbol), None)
        if last is None:
            return None
        since_ms = last.closed_ms - config.within_minutes * MINUTE_MS
        in_quote = contract_of(wanted.symbol).in_quote
        trades = past.of(wanted.symbol, since_ms=since_ms)
        results = [in_quote(trade.net_pnl, trade.exit_price) for trade in trades]
        profit = sum(results, ZERO)
        if len(results) < config.trades_min or profit >= config.profit_min_quote:
            return None
        text = f"low profit: {len(results)} trades of {wanted.symbol} earned {profit:,.2f}"
        return _until(f"{text}, less than {config.profit_min_quote:,.2f}", last.closed_ms, config.pause_minutes, now_ms)


def _until(text: str, from_ms: TimeMs, minutes: int, now_ms: TimeMs) -> Stopped | None:
    until_ms = TimeMs(from_ms + minutes * MINUTE_MS)
    return Stopped(text, until_ms) if now_ms < until_ms else None
