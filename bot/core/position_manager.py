"""What an actor ``position_manager/SYMBOL`` decides: the orders of one symbol, its position and its stop."""

from collections.abc import Sequence
from typing import assert_never

from bot.core.contract import NOTHING
from bot.core.exit_desk import TIME_STOP
from bot.core.position_decisions import PositionDecisions
from bot.core.position_parts import PositionParts
from bot.core.position_settings import PositionSettings
from bot.core.position_sync import PositionSync
from bot.core.way_out import PROTECTION
from bot.domain.messages import (
    AmendAnswered,
    BestPricesLoaded,
    CancelAllAnswered,
    CancelAnswered,
    CancelEntriesWanted,
    ClosePositionWanted,
    ConfigRevised,
    DrainWanted,
    EntryApproved,
    EntryRefused,
    ExecutionReported,
    ExecutionsLoaded,
    FlattenWanted,
    InstrumentLoaded,
    LedgerLoaded,
    LeverageAnswered,
    Message,
    OpenOrdersLoaded,
    OrderAcknowledged,
    OrderLookedUp,
    OrderOutcomeUnknown,
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
from bot.domain.values import Symbol, TimeMs

TRADING_STOP_SUCCESS = frozenset({0, 34040})

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

    The order desk follows orders, the position books keep fills and protection, each desk pursues what it has begun;
    this class gives every message to the part that it concerns.
    """

    def __init__(self, symbol: Symbol, settings: PositionSettings) -> None:
        parts = self._parts = PositionParts(symbol, settings)
        self._desk, self._books, self._setup = parts.desk, parts.books, parts.setup
        self._entries, self._exits, self._way_out = parts.entries, parts.exits, parts.way_out
        self._sync = PositionSync(parts)
        self._decisions = PositionDecisions(parts)

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        if self._sync.must_wait(message):
            return NOTHING
        if isinstance(message, ExecutionsLoaded):
            message = self._sync.with_early_fills(message)
        self._entries.hear(message)
        out = self._react(message, now_ms)
        for news in self._sync.take_early():
            out = (*out, *self.handle(news, now_ms))
        return self._pursue(out, now_ms)

    def _pursue(self, out: Sequence[Message], now_ms: TimeMs) -> Sequence[Message]:
        """After any news: let every part that has begun something go on with it."""
        if self._entries.is_planning:
            blocked = self._decisions.no_plan_because()
            out = (*out, *self._entries.pursue_plan(self._setup.rules, blocked, now_ms))
        if self._exits.is_active:
            must_wait = self._entries.is_planning or self._setup.news_is_missing
            out = (*out, *self._exits.pursue(self._setup.rules, now_ms, must_wait=must_wait))
        if self._entries.is_quoting:
            out = (*out, *self._decisions.pursue_quotes(now_ms))
        if self._sync.told_working:
            out = (*out, *self._sync.nothing_works_any_more())
        if self._books.is_to_be_closed and self._books.size:
            self._way_out.wish("external")
        if self._way_out.is_idle:
            return out
        left = self._way_out.left(news_is_missing=self._setup.news_is_missing)
        return (*out, *self._way_out.pursue(now_ms), *self._way_out.drained(), *left)

    def _react(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        match message:
            case SignalRaised():
                return self._decisions.on_signal(message, now_ms)
            case EntryApproved():
                return self._decisions.on_approval(message, now_ms)
            case EntryRefused():
                self._entries.refused()
                return NOTHING
            case OrderUpdate():
                return self._desk.update(message, now_ms)
            case ExecutionReported():
                return self._decisions.on_execution(message, now_ms)
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
                return self._decisions.on_lookup(message, now_ms)
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
                return self._sync.on_ledger(message, now_ms)
            case InstrumentLoaded():
                return self._on_instrument(message, now_ms)
            case LeverageAnswered():
                return self._setup.leverage_set(message, now_ms)
            case PrivateStreamUp():
                return self._sync.joined()
            case StreamJoined():
                return self._sync.joined() if message.stream is Stream.PRIVATE else NOTHING
            case SymbolLeaving():
                return self._on_leaving(message, now_ms)
            case StreamLost():
                return self._sync.lost(message)
            case RequestFailed():
                return self._on_failure(message, now_ms)
            case FlattenWanted():
                return self._on_flatten(message, now_ms)
            case ClosePositionWanted():
                return self._decisions.close(message.reason, now_ms)
            case CancelEntriesWanted():
                return self._decisions.withdraw_all(now_ms)
            case ConfigRevised():
                self._parts.revise(message)
                return self._exits.wake_again()
            case DrainWanted():
                self._way_out.drain(message)
                return self._entries.withdraw(now_ms)
            case Started():
                return self._sync.start(now_ms)
            case TimePassed():
                return self._on_time(now_ms)
            case PriceMarked():
                return self._on_mark(message, now_ms)
            case QuotesWanted():
                return self._decisions.on_quotes(message, now_ms)
            case PositionAsked():
                return (self._books.position(),) if self._books.size else NOTHING
            case _:
                assert_never(message)

    # --- answers, time and failures ----------------------------------------------------------------------------

    def _on_refusal(self, refused: OrderRefused) -> Sequence[Message]:
        ended = self._desk.refused(refused.order_link_id)
        out = self._setup.refused(refused.code)
        if ended is not None and ended.reduce_only:
            return (*out, *self._books.read_again())
        return (*out, *self._desk.after(ended))

    def _on_flatten(self, wanted: FlattenWanted, now_ms: TimeMs) -> Sequence[Message]:
        if self._books.is_left_alone and not self._desk.has_openers:  # until its fill is told it may be the bot's own
            return self._decisions.withdraw_all(now_ms)
        return self._decisions.close(wanted.reason, now_ms)

    def _on_executions(self, loaded: ExecutionsLoaded, now_ms: TimeMs) -> Sequence[Message]:
        out: list[Message] = []
        for execution in loaded.executions:
            out.extend(self._decisions.on_execution(execution, now_ms))
        return (*out, *self._setup.known("executions"))

    def _on_mark(self, marked: PriceMarked, now_ms: TimeMs) -> Sequence[Message]:
        if not self._books.size:
            return NOTHING
        return (self._books.mark(marked), *self._exits.mark(marked, self._setup.rules, now_ms))

    def _on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        retry = self._setup.on_time(now_ms)
        if self._exits.is_too_old(now_ms):
            retry = (*retry, *self._decisions.close(TIME_STOP, now_ms))
        return (*retry, *self._desk.questions(now_ms), *self._books.check_difference(now_ms), *self._protect(now_ms))

    def _protect(self, now_ms: TimeMs) -> Sequence[Message]:
        must_close, out = self._books.protect(self._setup.rules, now_ms)
        return (*self._decisions.close(PROTECTION, now_ms), *out) if must_close else out

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

    def _on_instrument(self, loaded: InstrumentLoaded, now_ms: TimeMs) -> Sequence[Message]:
        out = self._setup.instrument(loaded, now_ms)
        self._books.leverage = self._setup.leverage
        self._desk.rules = loaded.instrument
        return out

    def _on_leaving(self, told: SymbolLeaving, now_ms: TimeMs) -> Sequence[Message]:
        """Begin nothing new, and withdraw what could open a position; what protects one stays."""
        self._way_out.leave(leaving=told.leaving)
        return self._entries.withdraw(now_ms) if told.leaving else NOTHING
