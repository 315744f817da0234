"""What the actor ``database`` decides: which rows a message becomes, and what must be on disk before it goes on."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from bot.core.contract import NOTHING
from bot.core.rows import Recorded, Row, intent_row, row_of, trade_row
from bot.domain.messages import (
    BarJudged,
    FillBooked,
    HeldSymbolsLoaded,
    KeepNote,
    LedgerLoaded,
    LoadHeldSymbols,
    LoadLedger,
    LoadNotes,
    LoadTrades,
    Message,
    NotesLoaded,
    OrderChanged,
    OrderIntentSaved,
    PlaceOrder,
    PlanChanged,
    PositionChanged,
    Started,
    TradeClosed,
    TradesLoaded,
)
from bot.domain.values import Address, Symbol, TimeMs

type Accepted = PlaceOrder | LoadLedger | LoadHeldSymbols | KeepNote | LoadNotes | LoadTrades | Started | Recorded


class Store(Protocol):
    """Where rows go. One thread uses it."""

    def put(self, table: str, row: Row) -> None:
        """Insert a row, or change the columns it names where its key is known, with the next commit."""
        ...

    def put_now(self, table: str, row: Row) -> None:
        """Do so at once: when this returns the row is on the disk. What waits for the commit goes on waiting."""
        ...

    def commit(self) -> None:
        """Write everything that waits, all or nothing."""
        ...

    def load_ledger(self, symbol: Symbol) -> LedgerLoaded:
        """Everything of a symbol that a position manager needs to go on."""
        ...

    def load_notes(self, owner: Address) -> tuple[tuple[str, str], ...]:
        """What an actor has kept, as (key, text), by key."""
        ...

    def load_trades(self, newest: int) -> tuple[TradeClosed, ...]:
        """The newest closed trades of the book, at most so many, oldest first."""
        ...

    def held_symbols(self) -> tuple[Symbol, ...]:
        """The symbols with a position in the books, or with an order that is not over, by name."""
        ...


JUDGEMENTS_AT_ONCE = 30
"""Rows of judgements in one commit."""


class DatabaseCore:
    """The only writer. An order intent is on the disk before the order may leave; other rows go with the next commit.

    What a crash could take of those, the exchange knows, and it is asked at every start.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[object, Recorded] = {}
        self._judgements: deque[BarJudged] = deque()

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        """See Core.handle."""
        match message:
            case PlaceOrder():
                self._store.put_now("orders", intent_row(message))
                return (OrderIntentSaved(message),)
            case LoadLedger():
                self.commit()
                return (self._store.load_ledger(message.symbol),)
            case KeepNote(owner=owner, key=key, text=text):
                self._store.put_now("notes", {"owner": owner, "key": key, "text": text})
                return NOTHING
            case LoadNotes(owner=owner):
                self.commit()
                return (NotesLoaded(owner, self._store.load_notes(owner)),)
            case LoadTrades(owner=owner, newest=newest):
                self.commit()
                return (TradesLoaded(owner, self._store.load_trades(newest)),)
            case LoadHeldSymbols():
                self.commit()
                return (HeldSymbolsLoaded(self._store.held_symbols()),)
            case Started():
                return NOTHING
            case BarJudged():
                self._judgements.append(message)
            case OrderChanged(order=order):
                self._waiting["order", order.order_id] = message
            case PlanChanged(plan_id=plan_id):
                self._waiting["plan", plan_id] = message
            case PositionChanged(symbol=symbol):
                self._waiting["position", symbol] = message
            case _:
                self._waiting[len(self._waiting)] = message
        return NOTHING

    def commit(self, *, everything: bool = False) -> None:
        """Write what waits; the shell calls it ten times a second while there is something, and at the end.

        Of an order or a position that changed several times only the last state is written. Of what strategies made of
        bars only so many rows are written at once, unless it is ``everything``: when hundreds of bars close, nobody
        needs to read why at once, but an order intent may be waiting.
        """
        for _ in range(len(self._judgements) if everything else min(len(self._judgements), JUDGEMENTS_AT_ONCE)):
            self._store.put(*row_of(self._judgements.popleft()))
        waiting, self._waiting = self._waiting, {}
        for message in waiting.values():
            self._store.put(*row_of(message))
            if isinstance(message, FillBooked) and message.trade is not None:
                self._store.put("trades", trade_row(message.trade))
        self._store.commit()
