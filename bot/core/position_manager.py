"""What an actor ``position_manager/SYMBOL`` decides: the orders of one symbol, its position and its stop."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import assert_never

import msgspec

from bot.core.contract import NOTHING
from bot.core.entry_desk import EntryDesk
from bot.core.order_desk import OrderDesk
from bot.core.position_books import PositionBooks
from bot.domain.address import Role, address_of
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    ActorReady,
    BotHalted,
    CancelAnswered,
    Direction,
    Drained,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    ExecutionReported,
    ExecutionsLoaded,
    FetchInstrument,
    FetchOpenOrders,
    FetchOrder,
    FetchPosition,
    InstrumentLoaded,
    LedgerLoaded,
    LeverageAnswered,
    LoadLedger,
    Message,
    OpenOrdersLoaded,
    OrderAcknowledged,
    OrderLookedUp,
    OrderOutcomeUnknown,
    OrderProvenAbsent,
    OrderRefused,
    OrderUpdate,
    PositionAsked,
    PositionUpdate,
    PriceMarked,
    PrivateStreamUp,
    QuotesWanted,
    Request,
    RequestFailed,
    SetLeverage,
    SetTradingStop,
    SignalRaised,
    Started,
    Stream,
    StreamJoined,
    StreamLost,
    SymbolIdle,
    SymbolLeaving,
    SymbolUnusable,
    TimePassed,
    TradingStopAnswered,
    WakeAt,
)
from bot.domain.values import Side, Symbol, TimeMs
from bot.orders.intents import IntentMaker

RETRY_AFTER_MS = 2_000
CLOSE_AGAIN_AFTER_MS = 2_000
TRADING_STOP_SUCCESS = frozenset({0, 34040})
LEVERAGE_SUCCESS = frozenset({0, 110043})
DIFFER = "the books and the exchange differ"
SIDE_OF = {Direction.LONG: Side.BUY, Direction.SHORT: Side.SELL, Direction.FLAT: None}

type Accepted = (
    PriceMarked
    | PositionAsked
    | SignalRaised
    | QuotesWanted
    | EntryApproved
    | EntryRefused
    | OrderAcknowledged
    | OrderRefused
    | OrderOutcomeUnknown
    | OrderLookedUp
    | OpenOrdersLoaded
    | CancelAnswered
    | TradingStopAnswered
    | LeverageAnswered
    | InstrumentLoaded
    | OrderUpdate
    | ExecutionReported
    | ExecutionsLoaded
    | PositionUpdate
    | LedgerLoaded
    | PrivateStreamUp
    | StreamJoined
    | SymbolLeaving
    | StreamLost
    | RequestFailed
    | DrainWanted
    | Started
    | TimePassed
)


class PositionSettings(msgspec.Struct, frozen=True):
    """The configuration of one symbol's position manager; fractions are of equity and of the entry price."""

    risk_per_trade: Decimal
    leverage: Decimal
    fallback_stop_fraction: Decimal
    order_prefix: str
    epoch: int
    may_be_given_up: bool = False
    """Whether rules chose the symbol: then the bot trades on without it where it can not be traded."""


class PositionManagerCore:
    """Turns signals into orders and executions into a ledger; keeps every position protected.

    At the start and whenever the private stream comes back, the same routine runs: executions, position and open orders
    are read and merged with what is known; entries wait until that is done. The order desk follows orders, the position
    books keep fills and protection; this class decides.
    """

    def __init__(self, symbol: Symbol, settings: PositionSettings) -> None:
        self._symbol = symbol
        self._settings = settings
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._intents = IntentMaker(settings.order_prefix, settings.epoch, symbol)
        self._desk = OrderDesk(symbol, settings.order_prefix)
        self._books = PositionBooks(symbol, settings.leverage, settings.fallback_stop_fraction)
        self._entries = EntryDesk(
            symbol, self._desk, self._books, self._intents, settings.risk_per_trade, settings.fallback_stop_fraction
        )
        self._rules: Instrument | None = None
        self._missing = {"ledger", "instrument", "leverage", "executions", "position", "open orders"}
        self._stream_is_up = False
        self._draining: DrainWanted | None = None
        self._told_drained = False
        self._is_leaving = False
        self._told_idle = False
        self._announced = False
        self._to_retry: dict[Request, None] = {}
        self._wants_flat: str | None = None
        self._close_again_ms = TimeMs(0)

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        out = self._react(message, now_ms)
        if self._entries.is_quoting:
            out = (*out, *self._pursue_quotes(now_ms))
        if self._wants_flat is None and self._draining is None and not self._is_leaving:
            return out
        return (*out, *self._pursue_flat(now_ms), *self._drained(), *self._left())

    def _react(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        match message:
            case SignalRaised():
                return self._on_signal(message, now_ms)
            case EntryApproved():
                return self._on_approval(message, now_ms)
            case EntryRefused():
                self._entries.refused()
                return NOTHING
            case OrderUpdate():
                return self._desk.update(message, now_ms)
            case ExecutionReported():
                return self._on_execution(message, now_ms)
            case PositionUpdate():
                seen = self._books.compare(message, now_ms)
                return (*seen, *(self._known("position") if message.by_rest else ()))
            case OrderAcknowledged():
                self._desk.acknowledged(message)
                return NOTHING
            case OrderRefused():
                return self._on_refusal(message)
            case OrderOutcomeUnknown():
                return self._desk.unknown(message, now_ms)
            case OrderLookedUp():
                return self._on_lookup(message, now_ms)
            case OpenOrdersLoaded():
                return (*self._desk.listed(message, now_ms), *self._known("open orders"))
            case ExecutionsLoaded():
                return self._on_executions(message, now_ms)
            case CancelAnswered():
                return self._desk.cancel_answered(message)
            case TradingStopAnswered():
                return self._on_trading_stop(message, now_ms)
            case LedgerLoaded():
                return self._on_ledger(message, now_ms)
            case InstrumentLoaded():
                return self._on_instrument(message)
            case LeverageAnswered():
                return self._on_leverage(message, now_ms)
            case PrivateStreamUp():
                self._stream_is_up = True
                return self._synchronise()
            case StreamJoined():
                if message.stream is not Stream.PRIVATE:
                    return NOTHING
                self._stream_is_up = True
                return self._synchronise()
            case SymbolLeaving():
                return self._on_leaving(message, now_ms)
            case StreamLost():
                return self._on_loss(message)
            case RequestFailed():
                return self._on_failure(message, now_ms)
            case DrainWanted():
                return self._on_drain(message, now_ms)
            case Started():
                self._books.start(now_ms)
                return (LoadLedger(self._symbol), FetchInstrument(self._symbol))
            case TimePassed():
                return self._on_time(now_ms)
            case PriceMarked():
                return (self._books.mark(message),) if self._books.size else NOTHING
            case QuotesWanted():
                if self._is_leaving and self._books.size:  # without quotes nothing would end what they built up
                    return self._close("universe", now_ms)
                return self._entries.quotes(message, self._rules, self._no_entry_because(), now_ms)
            case PositionAsked():
                return (self._books.position(),) if self._books.size else NOTHING
            case _:
                assert_never(message)

    def _pursue_quotes(self, now_ms: TimeMs) -> Sequence[Message]:
        """Keep the quotes as they are wanted. While news of a fill is only half here they stand still, bounded by what
        rests: to withdraw all of them at every fill would cost requests and their places in the queue.
        """
        blocked = self._not_trading_because() or self._wants_flat
        if blocked is None and self._books.differ:
            if not self._books.differ_for_long(now_ms):
                return NOTHING
            blocked = DIFFER
        return self._entries.pursue_quotes(self._rules, blocked, now_ms)

    # --- decisions ---------------------------------------------------------------------------------------------

    def _on_signal(self, signal: SignalRaised, now_ms: TimeMs) -> Sequence[Message]:
        wanted, held = SIDE_OF[signal.direction], self._books.side
        if held is not None:
            return NOTHING if wanted is held else self._close("signal", now_ms)
        withdrawn = self._entries.withdraw_against(wanted, now_ms)
        if wanted is None:
            return withdrawn
        blocked = self._no_entry_because() or ("quotes are on the book" if self._desk.is_busy else None)
        return (*withdrawn, *self._entries.signal(signal, wanted, self._rules, blocked, now_ms))

    def _no_entry_because(self) -> str | None:
        return self._not_trading_because() or (DIFFER if self._books.differ else None)

    def _not_trading_because(self) -> str | None:
        if self._draining is not None:
            return "the bot is stopping"
        if self._is_leaving:
            return "the symbol has left the universe"
        if not self._stream_is_up:
            return "the private stream is down"
        if self._missing:
            return f"not known yet: {', '.join(sorted(self._missing))}"
        if self._entries.is_asking or self._desk.is_busy_beside_quotes:
            return "an order is on its way"
        return None

    def _on_approval(self, approved: EntryApproved, now_ms: TimeMs) -> Sequence[Message]:
        expected = self._entries.is_answer(approved)
        if approved.wanted.for_quotes:
            return self._entries.may_quote(approved)
        if not expected:
            return (EntryEnded(self._symbol),)
        return self._entries.approved(approved, self._no_entry_because(), now_ms)

    def _close(self, purpose: str, now_ms: TimeMs) -> Sequence[Message]:
        """Close the position, however many orders that takes, and let nothing open it again."""
        self._wants_flat = purpose
        return (*self._entries.withdraw(now_ms), *self._pursue_flat(now_ms))

    def _pursue_flat(self, now_ms: TimeMs) -> Sequence[Message]:
        """Send a close while there is something to close and none is under way, not more often than every 2 s."""
        if self._draining is not None and self._draining.close_positions:
            self._wants_flat = self._wants_flat or "stop"
        purpose = self._wants_flat
        size = self._books.size_to_close if purpose == "protection" else self._books.size
        if purpose is None:
            return NOTHING
        if not size:
            if not self._desk.has_openers:  # one that is being cancelled may be filled before that
                self._wants_flat = None
            return NOTHING
        if self._desk.is_closing(though_unknown=purpose == "protection"):
            return NOTHING
        if now_ms < self._close_again_ms:
            return (WakeAt(self._address, self._close_again_ms),)
        self._close_again_ms = TimeMs(now_ms + CLOSE_AGAIN_AFTER_MS)
        return self._desk.send(self._intents.close(size, purpose, now_ms), now_ms)

    # --- answers, time and failures ----------------------------------------------------------------------------

    def _on_refusal(self, refused: OrderRefused) -> Sequence[Message]:
        ended = self._desk.refused(refused.order_link_id)
        if ended is not None and ended.reduce_only:
            return self._books.read_again()
        return self._desk.after(ended)

    def _on_lookup(self, answer: OrderLookedUp, now_ms: TimeMs) -> Sequence[Message]:
        closing_for = self._desk.close_under(answer.order_link_id)
        out = self._desk.looked_up(answer, now_ms)
        never_arrived = any(isinstance(each, OrderProvenAbsent) for each in out)
        if never_arrived and closing_for is not None and closing_for != "stop":
            self._wants_flat = self._wants_flat or closing_for  # it may be an earlier life's wish
        return out

    def _on_executions(self, loaded: ExecutionsLoaded, now_ms: TimeMs) -> Sequence[Message]:
        out: list[Message] = []
        for execution in loaded.executions:
            out.extend(self._on_execution(execution, now_ms))
        return (*out, *self._known("executions"))

    def _on_execution(self, execution: ExecutionReported, now_ms: TimeMs) -> Sequence[Message]:
        had_position = self._books.size != 0
        booked = self._books.book(execution, self._desk.purpose_of(execution))
        if not booked:
            return NOTHING
        ended = self._desk.booked(execution)
        if not had_position or self._books.size or not self._desk.has_entries:
            return (*booked, *ended)
        # What is left of a ladder must not open the position again; a step may be filled before it is cancelled.
        self._wants_flat = self._wants_flat or "signal"
        return (*booked, *ended, *self._entries.withdraw_ladder(now_ms))

    def _on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        retry, self._to_retry = tuple(self._to_retry), {}
        asked = (*self._desk.questions(now_ms), *self._entries.on_time(now_ms))
        return (*retry, *asked, *self._books.check_difference(now_ms), *self._protect(now_ms))

    def _protect(self, now_ms: TimeMs) -> Sequence[Message]:
        must_close, out = self._books.protect(self._rules, now_ms)
        return (*self._close("protection", now_ms), *out) if must_close else out

    def _on_trading_stop(self, answer: TradingStopAnswered, now_ms: TimeMs) -> Sequence[Message]:
        if answer.code in TRADING_STOP_SUCCESS:
            return (FetchPosition(self._symbol),)
        return (*self._books.stop_refused(now_ms), *self._protect(now_ms))

    def _on_failure(self, failed: RequestFailed, now_ms: TimeMs) -> Sequence[Message]:
        if isinstance(failed.request, SetTradingStop):
            return (FetchPosition(self._symbol),)
        if not failed.transient and isinstance(failed.request, FetchInstrument):
            return (self._unusable(f"{failed.code} {failed.text}", now_ms),)
        if isinstance(failed.request, FetchOrder):
            return NOTHING  # it is asked again anyway for as long as the order is followed
        self._to_retry[failed.request] = None
        return (WakeAt(self._address, TimeMs(now_ms + RETRY_AFTER_MS)),)

    # --- start, stop and synchronisation -----------------------------------------------------------------------

    def _on_ledger(self, loaded: LedgerLoaded, now_ms: TimeMs) -> Sequence[Message]:
        unfinished: list[Message] = [*self._desk.restore(loaded, now_ms)]
        if not self._desk.is_busy:  # the account may have reserved for an entry that died with an earlier actor
            unfinished.append(EntryEnded(self._symbol))
        self._books.start(min([now_ms, *(intent.time_ms for intent in loaded.open_intents)]))
        for fill in loaded.fills:
            self._books.restore(fill, self._desk.purpose_of(fill))
        if loaded.fills:
            unfinished.append(self._books.position())  # the table may be a commit behind the executions
        self._intents.next_sequence = max(self._intents.next_sequence, loaded.next_sequence)
        return (*unfinished, *self._known("ledger"), *self._synchronise())

    def _on_instrument(self, loaded: InstrumentLoaded) -> Sequence[Message]:
        self._rules = loaded.instrument
        self._books.leverage = loaded.instrument.clamp_leverage(self._settings.leverage)
        return (*self._known("instrument"), SetLeverage(self._symbol, self._books.leverage))

    def _on_leverage(self, answer: LeverageAnswered, now_ms: TimeMs) -> Sequence[Message]:
        if answer.code in LEVERAGE_SUCCESS:
            return tuple(self._known("leverage"))
        return (self._unusable(f"leverage could not be set: {answer.code} {answer.text}", now_ms),)

    def _unusable(self, reason: str, now_ms: TimeMs) -> Message:
        if self._settings.may_be_given_up:
            return SymbolUnusable(self._symbol, reason)
        return BotHalted(now_ms, f"{self._symbol}: {reason}")

    def _on_loss(self, lost: StreamLost) -> Sequence[Message]:
        if lost.stream is Stream.PRIVATE:
            self._stream_is_up = False
        else:
            self._entries.market_lost()
        return NOTHING

    def _synchronise(self) -> Sequence[Message]:
        """Read everything that may have been missed while the stream was down, or before it first came up."""
        if not self._stream_is_up or "ledger" in self._missing:
            return NOTHING
        self._entries.forget()
        out: list[Message] = [*self._desk.wake_again(), *self._entries.wake_again()]
        if "instrument" in self._missing:
            out.append(FetchInstrument(self._symbol))
        elif "leverage" in self._missing:
            out.append(SetLeverage(self._symbol, self._books.leverage))
        if self._books.size:
            out.append(self._books.position())
        self._missing |= {"executions", "position", "open orders"}
        return (*out, *self._books.read_again(), FetchOpenOrders(self._symbol))

    def _known(self, what: str) -> Iterable[Message]:
        self._missing.discard(what)
        if self._missing or self._announced:
            return NOTHING
        self._announced = True
        return (ActorReady(self._address),)

    def _on_drain(self, wanted: DrainWanted, now_ms: TimeMs) -> Sequence[Message]:
        self._draining = wanted
        closing = self._close("stop", now_ms) if wanted.close_positions else NOTHING
        return (*self._entries.withdraw(now_ms), *closing)

    def _on_leaving(self, told: SymbolLeaving, now_ms: TimeMs) -> Sequence[Message]:
        """Begin nothing new, and withdraw what could open a position; what protects one stays."""
        self._is_leaving, self._told_idle = told.leaving, False
        return self._entries.withdraw(now_ms) if told.leaving else NOTHING

    def _left(self) -> Sequence[Message]:
        """While leaving: say once that nothing is open any more, neither by the books nor at the exchange."""
        is_open = self._books.size or self._books.size_to_close or self._books.differ or self._desk.is_busy
        unread = self._missing - {"instrument", "leverage"}
        if not self._is_leaving or self._told_idle or unread or is_open:
            return NOTHING
        self._told_idle = True
        return (SymbolIdle(self._symbol),)

    def _drained(self) -> Sequence[Message]:
        """While stopping: say once that nothing is left to wait for."""
        if self._draining is None or self._told_drained or self._desk.is_busy:
            return NOTHING
        if self._draining.close_positions and self._books.size:
            return NOTHING
        self._told_drained = True
        return (Drained(self._symbol),)
