"""What an actor ``position_manager/SYMBOL`` decides: the orders of one symbol, its position and its stop."""

from collections.abc import Sequence
from typing import assert_never

from bot.config.models import Config
from bot.core.contract import NOTHING
from bot.core.entry_desk import EntryDesk
from bot.core.exit_desk import TIME_STOP, ExitDesk
from bot.core.order_desk import OrderDesk
from bot.core.position_books import PositionBooks
from bot.core.position_settings import PositionSettings, position_settings
from bot.core.symbol_setup import SymbolSetup
from bot.core.way_out import PROTECTION, WayOut
from bot.domain.messages import (
    AmendAnswered,
    BestPricesLoaded,
    CancelAllAnswered,
    CancelAnswered,
    CancelEntriesWanted,
    ClosePositionWanted,
    ConfigRevised,
    Direction,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    ExecutionReported,
    ExecutionsLoaded,
    FetchInstrument,
    FetchOpenOrders,
    FlattenWanted,
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
    PositionsLoaded,
    PositionUpdate,
    PriceMarked,
    PrivateStreamUp,
    QuotesWanted,
    RequestFailed,
    SetTradingStop,
    SignalRaised,
    Started,
    Stream,
    StreamJoined,
    StreamLost,
    SymbolLeaving,
    TimePassed,
    TradingStopAnswered,
    WorkingOrdersLoaded,
)
from bot.domain.values import Side, Symbol, TimeMs
from bot.orders.intents import IntentMaker
from bot.orders.working import working_entries

TRADING_STOP_SUCCESS = frozenset({0, 34040})
LEFT_ALONE = "the position is not the bot's, and execution.external_positions is ignore"
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
    | WorkingOrdersLoaded
    | PositionsLoaded
    | AmendAnswered
    | BestPricesLoaded
    | CancelAnswered
    | CancelAllAnswered
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
    | FlattenWanted
    | ClosePositionWanted
    | CancelEntriesWanted
    | ConfigRevised
    | DrainWanted
    | Started
    | TimePassed
)


class PositionManagerCore:
    """Turns signals into orders and executions into a ledger; keeps every position protected.

    At the start and whenever the private stream comes back, the same routine runs: executions, position and open orders
    are read and merged with what is known; entries wait until that is done. The order desk follows orders, the position
    books keep fills and protection; this class decides.
    """

    def __init__(self, symbol: Symbol, settings: PositionSettings) -> None:
        self._symbol = symbol
        self._intents = IntentMaker(settings.order_prefix, settings.epoch, symbol)
        self._desk = OrderDesk(symbol, settings.order_prefix, hedge=settings.hedge)
        self._books = PositionBooks(
            symbol,
            settings.leverage,
            settings.fallback_stop_fraction,
            settings.external_positions,
            hedge=settings.hedge,
        )
        self._setup = SymbolSetup(
            symbol, settings.leverage, may_be_given_up=settings.may_be_given_up, refreshes=settings.refreshes
        )
        self._way_out = WayOut(symbol, self._desk, self._books, self._intents)
        self._entries = EntryDesk(
            symbol,
            self._desk,
            self._books,
            self._intents,
            settings.risk_per_trade,
            settings.fallback_stop_fraction,
            settings.entry,
            settings.pyramid_levels,
        )
        self._exits = ExitDesk(symbol, settings.exits, self._desk, self._books, self._intents)
        self._settings = settings
        self._desk.revision = settings.revision
        self._stream_is_up = False
        self._told_working = False
        self._early: list[OrderUpdate | PositionUpdate] = []
        """News that came before the ledger."""
        self._early_fills: list[ExecutionReported] = []
        """Fills that came before older ones were read: entered first, they would close what is not open yet."""

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        if not self._setup.is_known("ledger"):
            if isinstance(message, ExecutionsLoaded | OpenOrdersLoaded | WorkingOrdersLoaded | PositionsLoaded):
                return NOTHING  # to a predecessor's question; once the ledger is there all of it is asked for
            if isinstance(message, OrderUpdate | PositionUpdate):
                self._early.append(message)
                return NOTHING
        if isinstance(message, ExecutionReported) and not self._setup.is_known("executions"):
            self._early_fills.append(message)
            return NOTHING
        if isinstance(message, ExecutionsLoaded) and self._early_fills:
            early_fills, self._early_fills = self._early_fills, []
            message = ExecutionsLoaded(self._symbol, (*message.executions, *early_fills))
        self._entries.hear(message)
        out = self._react(message, now_ms)
        if self._early and self._setup.is_known("ledger"):
            early, self._early = self._early, []
            out = (*out, *(each for news in early for each in self.handle(news, now_ms)))
        if self._entries.is_planning:
            out = (*out, *self._entries.pursue_plan(self._setup.rules, self._no_plan_because(), now_ms))
        if self._exits.is_active:
            out = (*out, *self._exits.pursue(self._setup.rules, now_ms, is_entering=self._entries.is_planning))
        if self._entries.is_quoting:
            out = (*out, *self._pursue_quotes(now_ms))
        if self._told_working and not self._desk.has_openers:
            self._told_working = False
            out = (*out, working_entries(self._symbol, (), self._books.size, self._books.leverage))
        way_out = self._way_out
        if self._books.is_to_be_closed and self._books.size:
            way_out.wish("external")
        if way_out.is_idle:
            return out
        left = way_out.left(news_is_missing=self._setup.news_is_missing)
        return (*out, *way_out.pursue(now_ms), *way_out.drained(), *left)

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
                return (*seen, *(self._setup.known("position") if message.by_rest and self._books.is_shown else ()))
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
                return (*self._desk.listed(message, now_ms), *self._setup.known("open orders"))
            case WorkingOrdersLoaded():
                return (*self._desk.checked(message, now_ms), *self._books.stops_seen(message, now_ms))
            case PositionsLoaded():
                return tuple(self._books.checked(message, now_ms))
            case ExecutionsLoaded():
                return self._on_executions(message, now_ms)
            case CancelAnswered():
                return self._desk.cancel_answered(message)
            case BestPricesLoaded():
                return NOTHING  # an entry in several orders has heard it
            case AmendAnswered():
                return self._desk.amend_answered(message)
            case CancelAllAnswered():
                return NOTHING  # the order stream tells which orders it was
            case TradingStopAnswered():
                return self._on_trading_stop(message, now_ms)
            case LedgerLoaded():
                return self._on_ledger(message, now_ms)
            case InstrumentLoaded():
                return self._on_instrument(message, now_ms)
            case LeverageAnswered():
                return self._setup.leverage_set(message, now_ms)
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
            case FlattenWanted():
                return self._withdraw_all(now_ms) if self._books.is_left_alone else self._close(message.reason, now_ms)
            case ClosePositionWanted():
                return self._close(message.reason, now_ms)
            case CancelEntriesWanted():
                return self._withdraw_all(now_ms)
            case ConfigRevised():
                self._revise(message)
                return NOTHING
            case DrainWanted():
                self._way_out.drain(message)
                return self._entries.withdraw(now_ms)
            case Started():
                self._books.start(now_ms)
                return (LoadLedger(self._symbol), FetchInstrument(self._symbol))
            case TimePassed():
                return self._on_time(now_ms)
            case PriceMarked():
                return self._on_mark(message)
            case QuotesWanted():
                if self._way_out.is_leaving and self._books.size:  # without quotes nothing would end what they built up
                    return self._close("universe", now_ms)
                return self._entries.quotes(message, self._setup.rules, self._no_entry_because(), now_ms)
            case PositionAsked():
                return (self._books.position(),) if self._books.size else NOTHING
            case _:
                assert_never(message)

    def _pursue_quotes(self, now_ms: TimeMs) -> Sequence[Message]:
        """Keep the quotes as they are wanted. While news of a fill is only half here they stand still, bounded by what
        rests: to withdraw all of them at every fill would cost requests and their places in the queue.
        """
        blocked = self._not_trading_because()
        if blocked is None and self._books.differ:
            if not self._books.differ_for_long(now_ms):
                return NOTHING
            blocked = DIFFER
        return self._entries.pursue_quotes(self._setup.rules, blocked, now_ms)

    # --- decisions ---------------------------------------------------------------------------------------------

    def _on_signal(self, signal: SignalRaised, now_ms: TimeMs) -> Sequence[Message]:
        wanted, held = SIDE_OF[signal.direction], self._books.side
        if held is not None and self._books.is_left_alone:
            return (EntryRefused(self._symbol, signal.time_ms, LEFT_ALONE),) if wanted is not None else NOTHING
        if held is not None:
            if wanted is not held:
                return self._close("signal", now_ms)
            dressed = self._exits.dress(signal, held)
            if isinstance(dressed, EntryRefused):
                return NOTHING
            return self._entries.add(dressed, held, self._setup.rules, self._no_entry_because(), now_ms)
        withdrawn = self._entries.withdraw_against(wanted, now_ms)
        if wanted is None:
            return withdrawn
        blocked = self._no_entry_because() or ("quotes are on the book" if self._desk.is_busy else None)
        dressed = self._exits.dress(signal, wanted)
        if isinstance(dressed, EntryRefused):
            return (*withdrawn, dressed)
        return (*withdrawn, *self._entries.signal(dressed, wanted, self._setup.rules, blocked, now_ms))

    def _no_entry_because(self) -> str | None:
        return self._not_trading_because() or (DIFFER if self._books.differ else self._books.frozen_because)

    def _no_plan_because(self) -> str | None:
        """Why an entry that was begun does not go on: without news, rules or a wish to be in nothing more is filled."""
        down = None if self._stream_is_up else "the private stream is down"
        return self._way_out.no_entry_because or down or self._setup.not_ready_because

    def _not_trading_because(self) -> str | None:
        if self._way_out.no_entry_because is not None:
            return self._way_out.no_entry_because
        if not self._stream_is_up:
            return "the private stream is down"
        if self._setup.not_ready_because is not None:
            return self._setup.not_ready_because
        if self._entries.is_asking or self._entries.is_planning or self._desk.is_busy_beside_quotes:
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
        self._way_out.wish(purpose)
        return (*self._entries.withdraw(now_ms), *self._way_out.pursue(now_ms))

    def _withdraw_all(self, now_ms: TimeMs) -> Sequence[Message]:
        """Cancel whatever could open or enlarge a position, quotes too."""
        self._entries.market_lost()
        return (*self._entries.withdraw(now_ms), *self._desk.cancel_entries(now_ms))

    # --- answers, time and failures ----------------------------------------------------------------------------

    def _on_refusal(self, refused: OrderRefused) -> Sequence[Message]:
        ended = self._desk.refused(refused.order_link_id)
        out = self._setup.refused(refused.code)
        if ended is not None and ended.reduce_only:
            return (*out, *self._books.read_again())
        return (*out, *self._desk.after(ended))

    def _on_lookup(self, answer: OrderLookedUp, now_ms: TimeMs) -> Sequence[Message]:
        closing_for = self._desk.close_under(answer.order_link_id)
        out = self._desk.looked_up(answer, now_ms)
        never_arrived = any(isinstance(each, OrderProvenAbsent) for each in out)
        if never_arrived and closing_for is not None and closing_for != "stop":
            self._way_out.wish(closing_for)  # it may be an earlier life's wish
        return out

    def _on_executions(self, loaded: ExecutionsLoaded, now_ms: TimeMs) -> Sequence[Message]:
        out: list[Message] = []
        for execution in loaded.executions:
            out.extend(self._on_execution(execution, now_ms))
        return (*out, *self._setup.known("executions"))

    def _on_execution(self, execution: ExecutionReported, now_ms: TimeMs) -> Sequence[Message]:
        had_position = self._books.size != 0
        intent = self._desk.intent(execution.order_link_id)
        if intent is not None and not intent.reduce_only:
            self._books.intend(intent)
        booked = self._books.book(execution, self._desk.purpose_of(execution))
        if not booked:
            return NOTHING
        ended = self._desk.booked(execution)
        is_entering = self._desk.has_entries or self._entries.is_planning
        if not had_position or self._books.size or not is_entering:
            return (*booked, *ended)
        # What is left of a ladder must not open the position again; a step may be filled before it is cancelled.
        self._way_out.wish("signal")
        return (*booked, *ended, *self._entries.withdraw_ladder(now_ms))

    def _on_mark(self, marked: PriceMarked) -> Sequence[Message]:
        if not self._books.size:
            return NOTHING
        return (self._books.mark(marked), *self._exits.mark(marked, self._setup.rules))

    def _on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        retry = self._setup.on_time(now_ms)
        if self._exits.is_too_old(now_ms):
            retry = (*retry, *self._close(TIME_STOP, now_ms))
        return (*retry, *self._desk.questions(now_ms), *self._books.check_difference(now_ms), *self._protect(now_ms))

    def _protect(self, now_ms: TimeMs) -> Sequence[Message]:
        must_close, out = self._books.protect(self._setup.rules, now_ms)
        return (*self._close(PROTECTION, now_ms), *out) if must_close else out

    def _on_trading_stop(self, answer: TradingStopAnswered, now_ms: TimeMs) -> Sequence[Message]:
        if self._exits.is_change():
            return self._exits.changed(answer)
        if answer.code in TRADING_STOP_SUCCESS:
            return self._books.ask()
        return (*self._books.stop_refused(now_ms), *self._protect(now_ms))

    def _on_failure(self, failed: RequestFailed, now_ms: TimeMs) -> Sequence[Message]:
        if isinstance(failed.request, SetTradingStop) and self._exits.is_change(failed.request):
            return self._exits.changed(None)
        if isinstance(failed.request, SetTradingStop):
            return self._books.ask()
        return self._setup.failed(failed, now_ms)

    def _revise(self, revised: ConfigRevised) -> None:
        """Other settings count from the next message on; what was begun goes on as it was."""
        if not isinstance(revised.config, Config):
            return
        old = self._settings
        new = position_settings(
            revised.config, self._symbol, old.epoch, refreshes=old.refreshes, revision=revised.revision
        )
        self._settings = new
        self._desk.revision = new.revision
        self._books.revise(new.fallback_stop_fraction)
        self._exits.revise(new.exits)
        self._entries.revise(new.risk_per_trade, new.fallback_stop_fraction, new.entry, new.pyramid_levels)

    # --- start, stop and synchronisation -----------------------------------------------------------------------

    def _on_ledger(self, loaded: LedgerLoaded, now_ms: TimeMs) -> Sequence[Message]:
        unfinished: list[Message] = [*self._desk.restore(loaded, now_ms)]
        self._entries.restore(loaded)
        if (
            not self._desk.is_busy and not self._entries.is_planning
        ):  # the account may have reserved for an entry that died with an earlier actor
            unfinished.append(EntryEnded(self._symbol))
        self._books.start(min([now_ms, *(intent.time_ms for intent in loaded.open_intents)]))
        for fill in loaded.fills:
            self._books.restore(fill, self._desk.purpose_of(fill))
        self._books.restore_protection(loaded.stop_price, loaded.target_price)
        self._exits.restore(loaded.notes)
        if loaded.fills:
            unfinished.append(self._books.position())  # the table may be a commit behind the executions
        self._intents.next_sequence = max(self._intents.next_sequence, loaded.next_sequence)
        return (*unfinished, *self._setup.known("ledger"), *self._synchronise())

    def _on_instrument(self, loaded: InstrumentLoaded, now_ms: TimeMs) -> Sequence[Message]:
        out = self._setup.instrument(loaded, now_ms)
        self._books.leverage = self._setup.leverage
        self._desk.rules = loaded.instrument
        return out

    def _on_loss(self, lost: StreamLost) -> Sequence[Message]:
        if lost.stream is Stream.PRIVATE:
            self._stream_is_up = False
        else:
            self._entries.market_lost()
        return NOTHING

    def _synchronise(self) -> Sequence[Message]:
        """Read everything that may have been missed while the stream was down, or before it first came up."""
        if not self._stream_is_up or not self._setup.is_known("ledger"):
            return NOTHING
        self._entries.forget()
        self._entries.wake_again()
        out: list[Message] = [*self._desk.wake_again(), *self._setup.wake_again(), *self._exits.wake_again()]
        out += self._setup.missing_settings()
        if self._books.size:
            out.append(self._books.position())
        self._setup.gap()
        self._told_working = self._desk.has_openers
        out.append(working_entries(self._symbol, self._desk.openers, self._books.size, self._books.leverage))
        return (*out, *self._books.read_again(), FetchOpenOrders(self._symbol))

    def _on_leaving(self, told: SymbolLeaving, now_ms: TimeMs) -> Sequence[Message]:
        """Begin nothing new, and withdraw what could open a position; what protects one stays."""
        self._way_out.leave(leaving=told.leaving)
        return self._entries.withdraw(now_ms) if told.leaving else NOTHING
