"""What reaches into the running bot from beside: a person, or a guard that has had enough. And what must outlive it."""

from bot.domain.messages.account import TradingMode
from bot.domain.messages.base import Message
from bot.domain.values import Address, Symbol, TimeMs


class FlattenWanted(Message, frozen=True, gc=False):
    """Cancel what could open a position and close every position; ``reason`` becomes the exit reason."""

    time_ms: TimeMs
    reason: str


class ClosePositionWanted(Message, frozen=True, gc=False):
    """Cancel what could open a position of one symbol and close what it has."""

    symbol: Symbol
    time_ms: TimeMs
    reason: str


class CancelEntriesWanted(Message, frozen=True, gc=False):
    """Cancel every order that could open or enlarge a position; stops and targets stay."""

    time_ms: TimeMs
    reason: str


class TradingModeWanted(Message, frozen=True, gc=False):
    """A person wants the bot in another mode; it is kept over restarts.

    ``paused`` approves no entry, what works goes on; ``reduce_only`` also cancels what could open or enlarge a
    position; ``halted`` also closes every position, and is left only by GuardReleaseWanted.
    """

    mode: TradingMode
    reason: str
    time_ms: TimeMs


class GuardReleaseWanted(Message, frozen=True, gc=False):
    """A person lets a guard go that has latched: ``daily_loss``, ``drawdown``, ``halted``, or all of them for empty."""

    guard: str
    reason: str
    time_ms: TimeMs


class ConfigRevised(Message, frozen=True, gc=False):
    """From now on another configuration counts, as a whole.

    ``config`` is a bot.config.models.Config in which only keys differ that may change while the bot runs; ``changes``
    are they as (key, new value).
    """

    time_ms: TimeMs
    revision: int
    config: object
    changes: tuple[tuple[str, str], ...]


class KeepNote(Message, frozen=True, gc=False):
    """Something that ``owner`` must still know after a crash; it replaces what was kept under ``key``, None removes it.

    It is on the disk before any order intent that is sent after it.
    """

    owner: Address
    key: str
    text: str | None


class LoadNotes(Message, frozen=True, gc=False):
    """An actor wants all that it has kept."""

    owner: Address


class NotesLoaded(Message, frozen=True, gc=False):
    """All that an actor has kept, as (key, text), in the order of the keys."""

    to: Address
    notes: tuple[tuple[str, str], ...]
