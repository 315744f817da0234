"""What a person's commands mean: the messages that they become."""

from collections.abc import Collection, Sequence

from bot.domain.errors import UserError
from bot.domain.messages import (
    CancelEntriesWanted,
    ClosePositionWanted,
    FlattenWanted,
    GuardReleaseWanted,
    Message,
    TradingMode,
    TradingModeWanted,
)
from bot.domain.values import Symbol, TimeMs

OPERATOR = "operator"
"""The purpose of what a person has asked for; it becomes the exit reason of a trade."""

MODES = {
    "pause": TradingMode.PAUSED,
    "resume": TradingMode.RUNNING,
    "reduce-only": TradingMode.REDUCE_ONLY,
    "halt": TradingMode.HALTED,
}
RELEASABLE = ("daily_loss", "drawdown", "halted", "all")


def messages_for(
    command: str, arguments: Sequence[str], symbols: Collection[Symbol], now_ms: TimeMs
) -> Sequence[Message]:
    """The messages of one command. UserError if there is no such command, or it can not be meant like this."""
    words = " ".join(arguments)
    if command in MODES:
        return (TradingModeWanted(MODES[command], words or f"{OPERATOR}: {command}", now_ms),)
    match command:
        case "close":
            symbol = Symbol(words.upper())
            if symbol not in symbols:
                raise UserError(f"{words or 'nothing'} is not traded here; there is: {', '.join(sorted(symbols))}")
            return (ClosePositionWanted(symbol, now_ms, OPERATOR),)
        case "close-all":
            return (FlattenWanted(now_ms, OPERATOR),)
        case "cancel-orders":
            return (CancelEntriesWanted(now_ms, OPERATOR),)
        case "release":
            guard = words or "all"
            if guard not in RELEASABLE:
                raise UserError(f"{guard} can not be released; there is: {', '.join(RELEASABLE)}")
            return (GuardReleaseWanted("" if guard == "all" else guard, OPERATOR, now_ms),)
        case _:
            raise UserError(f"there is no command {command}")
