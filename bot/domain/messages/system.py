"""The bot itself: time, life and death of actors, streams, alerts."""

from decimal import Decimal
from enum import StrEnum

from bot.domain.messages.base import Message
from bot.domain.values import Address, Symbol, TimeMs


class Started(Message, frozen=True, gc=False):
    """The first message of every actor, also after it was replaced."""

    to: Address
    now_ms: TimeMs


class WakeAt(Message, frozen=True, gc=False):
    """An actor wants TimePassed when ``at_ms`` has come."""

    to: Address
    at_ms: TimeMs


class TimePassed(Message, frozen=True, gc=False):
    """The time that an actor asked to be woken at has come."""

    to: Address
    now_ms: TimeMs


class Stream(StrEnum):
    """The two sockets of the bot."""

    PUBLIC = "public"
    PRIVATE = "private"


class PublicStreamUp(Message, frozen=True, gc=False):
    """Market data flows (again): bars may have been missed before this moment."""

    now_ms: TimeMs


class PrivateStreamUp(Message, frozen=True, gc=False):
    """Order, execution, position and wallet news flow (again): some may have been missed before this moment."""

    now_ms: TimeMs


class StreamLost(Message, frozen=True, gc=False):
    """A socket died or went silent and is being replaced."""

    stream: Stream
    now_ms: TimeMs
    reason: str


class StreamSuspected(Message, frozen=True, gc=False):
    """Somebody knows by other means that a stream withholds news: replace it."""

    stream: Stream
    reason: str


class FrameUnreadable(Message, frozen=True, gc=False):
    """A frame could not be understood and was left out."""

    stream: Stream
    now_ms: TimeMs
    reason: str


class ActorReady(Message, frozen=True, gc=False):
    """An actor has all it needs to trade."""

    address: Address


class AllReady(Message, frozen=True, gc=False):
    """Every actor is ready: trading begins. ``symbols`` are those that are traded then."""

    now_ms: TimeMs
    symbols: tuple[Symbol, ...] = ()


class ActorFailed(Message, frozen=True, gc=False):
    """An actor's core raised; the actor is gone and its inbox with it."""

    address: Address
    now_ms: TimeMs
    error: str


class ActorReplaced(Message, frozen=True, gc=False):
    """A new actor answers to the address of one that failed; it starts from what the exchange and the database know."""

    address: Address
    now_ms: TimeMs


class AlarmDue(Message, frozen=True, gc=False):
    """The clock's own reminder that the next alarm's time has come."""


class BotHalted(Message, frozen=True, gc=False):
    """Trading has stopped for good in this run, and why."""

    now_ms: TimeMs
    reason: str


class RunStarted(Message, frozen=True, gc=False):
    """A run of the bot begins."""

    run_id: str
    now_ms: TimeMs
    venue: str
    symbols: tuple[Symbol, ...]
    version: str


class RunEnded(Message, frozen=True, gc=False):
    """A run of the bot ended in good order."""

    run_id: str
    now_ms: TimeMs


class DrainWanted(Message, frozen=True, gc=False):
    """Stop gracefully: no new entries, cancel working ones, close positions if asked to."""

    now_ms: TimeMs
    close_positions: bool


class Drained(Message, frozen=True, gc=False):
    """A symbol has nothing left that it must wait for."""

    symbol: Symbol


class LoadLedger(Message, frozen=True, gc=False):
    """A position manager wants what the database knows of its symbol."""

    symbol: Symbol


class Severity(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class AlertRaised(Message, frozen=True, gc=False):
    """Something a person should know."""

    severity: Severity
    time_ms: TimeMs
    title: str
    text: str


class AlertSent(Message, frozen=True, gc=False):
    """An alert was handed to its channels (``delivered``), or dropped because they do not keep up."""

    alert: AlertRaised
    delivered: bool


class OpenPosition(Message, frozen=True, gc=False):
    """A position that a run left open, with the stop that the exchange holds for it."""

    symbol: Symbol
    size: Decimal
    entry_price: Decimal
    stop_price: Decimal | None


class RunSummary(Message, frozen=True, gc=False):
    """What a run came to; money in the settle coin, ``win_rate`` 0 to 1 or None without trades.

    ``fees`` and ``realised_pnl`` are of all fills, also of those of positions that are still open; ``fees`` has paid
    funding in it, less what was received.
    """

    trades: int
    wins: int
    realised_pnl: Decimal
    fees: Decimal
    net_pnl: Decimal
    win_rate: Decimal | None
    open_positions: tuple[OpenPosition, ...] = ()
    coin: str = "USDT"
