"""The part of a position manager that begins with what an earlier life left, and reads what may have been missed."""

from collections.abc import Sequence

from bot.core.contract import NOTHING
from bot.core.position_parts import PositionParts
from bot.domain.messages import (
    EntryEnded,
    ExecutionReported,
    ExecutionsLoaded,
    FetchInstrument,
    FetchOpenOrders,
    LedgerLoaded,
    LoadLedger,
    Message,
    OpenOrdersLoaded,
    OrderUpdate,
    PositionsLoaded,
    PositionUpdate,
    Stream,
    StreamLost,
    WorkingOrdersLoaded,
)
from bot.domain.values import TimeMs
from bot.orders.working import working_entries


class PositionSync:
    """At the start and whenever the private stream comes back, the same routine runs: executions, position and open
    orders are read and merged with what is known; entries wait until that is done.
    """

    def __init__(self, parts: PositionParts) -> None:
        self._parts = parts
        self.told_working = False
        """Whether the account counts on orders of before."""
        self._early: list[OrderUpdate | PositionUpdate] = []
        """News that came before the ledger."""
        self._early_fills: list[ExecutionReported] = []
        """Fills that came before older ones were read: entered first, they would close what is not open yet."""

    def start(self, now_ms: TimeMs) -> Sequence[Message]:
        """Ask for what the database has, and for the trading rules."""
        self._parts.books.start(now_ms)
        return (LoadLedger(self._parts.symbol), FetchInstrument(self._parts.symbol))

    # --- news that comes too early -----------------------------------------------------------------------------

    def must_wait(self, message: object) -> bool:
        """Whether news waits for older ones that are still being read, or answers a predecessor's question."""
        setup = self._parts.setup
        if not setup.is_known("ledger"):
            if isinstance(message, OrderUpdate | PositionUpdate):
                self._early.append(message)
                return True
            if isinstance(message, ExecutionsLoaded | OpenOrdersLoaded | WorkingOrdersLoaded | PositionsLoaded):
                return True  # once the ledger is there all of it is asked for
        if isinstance(message, ExecutionReported) and not setup.is_known("executions"):
            self._early_fills.append(message)
            return True
        return False

    def with_early_fills(self, loaded: ExecutionsLoaded) -> ExecutionsLoaded:
        """The older fills, and then those that have waited for them."""
        early, self._early_fills = self._early_fills, []
        return ExecutionsLoaded(loaded.symbol, (*loaded.executions, *early)) if early else loaded

    def take_early(self) -> Sequence[OrderUpdate | PositionUpdate]:
        """News that need not wait any more, once each."""
        if not self._early or not self._parts.setup.is_known("ledger"):
            return ()
        early, self._early = self._early, []
        return early

    # --- reading -----------------------------------------------------------------------------------------------

    def on_ledger(self, loaded: LedgerLoaded, now_ms: TimeMs) -> Sequence[Message]:
        """Take up what an earlier life left."""
        parts = self._parts
        unfinished: list[Message] = [*parts.desk.restore(loaded, now_ms)]
        parts.entries.restore(loaded)
        if not parts.desk.has_openers and not parts.entries.is_planning:
            # The account may have reserved for an entry that died with an earlier actor.
            unfinished.append(EntryEnded(parts.symbol))
        parts.books.start(min([now_ms, *(intent.time_ms for intent in loaded.open_intents)]))
        for fill in loaded.fills:
            parts.books.restore(fill, parts.desk.purpose_of(fill))
        parts.books.restore_protection(loaded.stop_price, loaded.target_price)
        parts.exits.restore(loaded.notes)
        if loaded.fills:
            unfinished.append(parts.books.position())  # the table may be a commit behind the executions
        parts.intents.next_sequence = max(parts.intents.next_sequence, loaded.next_sequence)
        return (*unfinished, *parts.setup.known("ledger"), *self.read_all())

    def joined(self) -> Sequence[Message]:
        """The private stream is up (again)."""
        self._parts.stream_is_up = True
        return self.read_all()

    def lost(self, lost: StreamLost) -> Sequence[Message]:
        """A stream is gone."""
        if lost.stream is Stream.PRIVATE:
            self._parts.stream_is_up = False
        else:
            self._parts.entries.market_lost()
        return NOTHING

    def read_all(self) -> Sequence[Message]:
        """Read everything that may have been missed while the stream was down, or before it first came up."""
        parts = self._parts
        if not parts.stream_is_up or not parts.setup.is_known("ledger"):
            return NOTHING
        parts.entries.forget()
        parts.entries.wake_again()
        out: list[Message] = [*parts.desk.wake_again(), *parts.setup.wake_again(), *parts.exits.wake_again()]
        out += parts.setup.missing_settings()
        if parts.books.size:
            out.append(parts.books.position())
        parts.setup.gap()
        self.told_working = parts.desk.has_openers
        out.append(working_entries(parts.symbol, parts.desk.openers, parts.books.size, parts.books.leverage))
        return (*out, *parts.books.read_again(), FetchOpenOrders(parts.symbol))

    def nothing_works_any_more(self) -> Sequence[Message]:
        """Say once that what the account was told to be working is over."""
        parts = self._parts
        if parts.desk.has_openers:
            return NOTHING
        self.told_working = False
        return (working_entries(parts.symbol, (), parts.books.size, parts.books.leverage),)
