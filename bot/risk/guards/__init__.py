"""What keeps the bot from opening anything more: one small pure class per guard."""

from bot.risk.guards.make import entry_guards, equity_guards
from bot.risk.guards.values import EntryGuard, EquityGuard, PastTrades, Step, Stopped, Transfer

__all__ = ["EntryGuard", "EquityGuard", "PastTrades", "Step", "Stopped", "Transfer", "entry_guards", "equity_guards"]
