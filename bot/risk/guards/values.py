"""What guards look at, and what they answer."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple, Protocol

import msgspec

from bot.domain.messages import EntryWanted, TradeClosed
from bot.domain.values import ZERO, Symbol, TimeMs

MINUTE_MS = 60_000
TRADES_KEPT = 2_000
"""Closed trades that are remembered; none of the guards looks farther back."""


class PastTrades:
    """The newest closed trades, oldest first; one that is told twice counts once."""

    def __init__(self) -> None:
        self._trades: dict[TradeClosed, None] = {}
        self.are_known = False
        """Whether those of earlier lives have been read."""

    def load(self, trades: Iterable[TradeClosed]) -> None:
        """Take in what the database has; what was told in the meantime stays."""
        told = list(self._trades)
        self._trades.clear()
        self.are_known = True
        for trade in (*trades, *told):
            self.add(trade)

    def add(self, trade: TradeClosed) -> None:
        """Take in a trade that has just closed."""
        self._trades[trade] = None
        if len(self._trades) > TRADES_KEPT:
            del self._trades[next(iter(self._trades))]

    def newest(self, count: int) -> Iterator[TradeClosed]:
        """At most so many, newest first."""
        return islice(reversed(self._trades), count)

    def of(self, symbol: Symbol | None = None, *, since_ms: int = 0) -> Iterator[TradeClosed]:
        """Those that closed at or after a time, newest first; of one symbol, or of all for None."""
        for trade in reversed(self._trades):
            if trade.closed_ms >= since_ms and (symbol is None or trade.symbol == symbol):
                yield trade


class Stopped(msgspec.Struct, frozen=True):
    """Why there is no entry, and until when if that is known."""

    reason: str
    until_ms: TimeMs | None = None
    is_latch: bool = False
    """Whether it stays so whatever comes, until then."""

    @property
    def text(self) -> str:
        """The reason with the time at which entries resume."""
        if self.until_ms is None:
            return self.reason
        return f"{self.reason}; entries resume {utc(self.until_ms)}"


class EntryGuard(Protocol):
    """Looks at one entry, the past trades and the time; keeps no state of its own."""

    @property
    def needs_trades(self) -> bool:
        """Whether it can say nothing before past trades are known."""
        ...

    def stops(self, wanted: EntryWanted, past: PastTrades, now_ms: TimeMs) -> Stopped | None:
        """Why this entry must not be; None if nothing is against it."""
        ...


class Step(Enum):
    """What a guard of the equity wants at a level."""

    NOTHING = auto()
    WARN = auto()
    STOP = auto()
    FLATTEN = auto()


class Transfer(NamedTuple):
    """Money that was moved into the account, or out of it (negative), in the settle coin."""

    time_ms: TimeMs
    amount: Decimal


def moved_after(counted_ms: TimeMs, transfers: Sequence[Transfer]) -> tuple[Decimal, TimeMs]:
    """What was moved after a time, all in all, and when the last of it was."""
    later = [each for each in transfers if each.time_ms > counted_ms]
    return sum((each.amount for each in later), ZERO), max((each.time_ms for each in later), default=counted_ms)


class EquityGuard(Protocol):
    """Looks at the marked equity, and latches. Its state is plain text, so that it outlives the bot.

    A reading of the bot's own makes it suspect something (``suspects``); it latches (``confirm``) only on the equity
    that the exchange reports.
    """

    @property
    def name(self) -> str:
        """The key under which its state is kept."""
        ...

    def restore(self, text: str) -> None:
        """Take up the state that an earlier life has kept. ValueError if it can not be read."""
        ...

    def state(self) -> str | None:
        """What must be kept; None for nothing."""
        ...

    def observe(self, equity: Decimal, now_ms: TimeMs, wallet_ms: TimeMs) -> None:
        """Take in the equity at a moment at which all of it is known: for the day's first value and for the peak.

        What was moved in or out up to ``wallet_ms`` is in it.
        """
        ...

    @property
    def counted_ms(self) -> TimeMs | None:
        """Up to when transfers are in the equity that it compares with; None while it has none."""
        ...

    def moved(self, transfers: Sequence[Transfer]) -> None:
        """Money was moved in or out: neither is a gain or a loss. What it has counted before counts no more."""
        ...

    def suspects(self, equity: Decimal) -> Step:
        """What an equity would call for, beyond what was done already."""
        ...

    def confirm(self, equity: Decimal, now_ms: TimeMs) -> tuple[Step, str]:
        """Latch where the exchange's own equity calls for it; what to do about it now, and why."""
        ...

    def stopped(self, now_ms: TimeMs) -> Stopped | None:
        """Why there are no entries at the moment; None where there may be."""
        ...

    def flattens(self, now_ms: TimeMs) -> bool:
        """Whether it has latched with all positions to be closed."""
        ...

    def release(self) -> None:
        """A person lets it go: it begins anew with the equity of now."""
        ...

    def next_ms(self, now_ms: TimeMs) -> TimeMs | None:
        """When it wants to look at the equity, whatever happens."""
        ...


def utc(time_ms: int) -> str:
    """A moment as people read it."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
