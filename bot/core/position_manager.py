"""What an actor ``position_manager/SYMBOL`` decides: the orders of one symbol, its position and its stop."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import assert_never

import msgspec

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    ActorReady,
    AlertRaised,
    BarClosed,
    BotHalted,
    CancelAnswered,
    CancelOrder,
    Direction,
    Drained,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    ExecutionReported,
    ExecutionsLoaded,
    FetchExecutions,
    FetchInstrument,
    FetchOpenOrders,
    FetchOrder,
    FetchPosition,
    FillBooked,
    InstrumentLoaded,
    LedgerLoaded,
    LeverageAnswered,
    LoadLedger,
    Message,
    OpenOrdersLoaded,
    OrderAcknowledged,
    OrderChanged,
    OrderLookedUp,
    OrderOutcomeUnknown,
    OrderRefused,
    OrderUpdate,
    PlaceOrder,
    PositionChanged,
    PositionMarked,
    PositionUpdate,
    PrivateStreamUp,
    RequestFailed,
    SetLeverage,
    SetTradingStop,
    Severity,
    SignalRaised,
    Started,
    Stream,
    StreamLost,
    StreamSuspected,
    TimePassed,
    TradingStopAnswered,
    WakeAt,
)
from bot.domain.values import ZERO, OrderType, Side, Symbol, TimeMs
from bot.orders.intents import IntentMaker
from bot.orders.merge import NewestOrders
from bot.orders.protection import Protection, Remedy
from bot.orders.tracker import OrderTracker
from bot.performance.ledger import PositionLedger

RETRY_AFTER_MS = 2_000
LOOK_BACK_MS = 600_000
"""Executions are read again from this long before the last known one, because they may arrive out of order."""
DIFFERENCE_BEARABLE_MS = 5_000
"""Position news may overtake execution news by this much before the books are checked."""

TRADING_STOP_SUCCESS = frozenset({0, 34040})
LEVERAGE_SUCCESS = frozenset({0, 110043})

type Accepted = (
    BarClosed
    | SignalRaised
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


class PositionManagerCore:
    """Turns signals into orders and executions into a ledger; keeps every position protected.

    At the start and whenever the private stream comes back, the same routine runs: executions, position and open orders
    are read and merged with what is known; entries wait until that is done.
    """

    def __init__(self, symbol: Symbol, settings: PositionSettings) -> None:
        self._symbol = symbol
        self._settings = settings
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._intents = IntentMaker(settings.order_prefix, settings.epoch, symbol)
        self._orders = OrderTracker()
        self._newest = NewestOrders()
        self._ledger = PositionLedger(symbol)
        self._protection = Protection()
        self._instrument: Instrument | None = None
        self._leverage = settings.leverage
        self._missing = {"ledger", "instrument", "leverage", "executions", "position", "open orders"}
        self._started_ms = TimeMs(0)
        self._stream_is_up = False
        self._entry_is_wanted = False
        self._stop: Decimal | None = None
        self._target: Decimal | None = None
        self._differs_since_ms: TimeMs | None = None
        self._differs_after_rest = False
        self._draining: DrainWanted | None = None
        self._announced = False
        self._to_retry: list[Message] = []

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        if isinstance(message, BarClosed):  # by far the most frequent, and nothing to do while flat
            return self._on_bar(message) if self._ledger.size else NOTHING
        out = list(self._react(message, now_ms))
        if self._draining is not None and not self._orders.working and not self._must_close():
            out.append(Drained(self._symbol))
        return out

    def _react(self, message: Accepted, now_ms: TimeMs) -> Iterable[Message]:
        match message:
            case SignalRaised():
                return self._on_signal(message, now_ms)
            case EntryApproved():
                return self._on_approval(message, now_ms)
            case EntryRefused():
                self._entry_is_wanted = False
                return NOTHING
            case OrderUpdate():
                return self._on_order(message)
            case ExecutionReported():
                return self._on_execution(message)
            case PositionUpdate():
                return self._on_position(message, now_ms)
            case OrderAcknowledged():
                self._orders.acknowledged(message.order_link_id)
                return NOTHING
            case OrderRefused():
                return self._on_refusal(message)
            case OrderOutcomeUnknown():
                return self._wake_at(self._orders.unknown(message.order_link_id, now_ms))
            case OrderLookedUp():
                return self._on_lookup(message, now_ms)
            case OpenOrdersLoaded():
                return self._on_open_orders(message, now_ms)
            case ExecutionsLoaded():
                return self._on_executions(message)
            case CancelAnswered():
                return (FetchOrder(self._symbol, message.order_link_id),) if message.code else NOTHING
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
            case StreamLost():
                return self._on_stream_lost(message)
            case RequestFailed():
                return self._on_failure(message, now_ms)
            case DrainWanted():
                return self._on_drain(message, now_ms)
            case Started():
                self._started_ms = now_ms
                return (LoadLedger(self._symbol), FetchInstrument(self._symbol))
            case TimePassed():
                return self._on_time(now_ms)
            case BarClosed():
                return NOTHING
            case _:
                assert_never(message)

    # --- decisions -------------------------------------------------------------------------------------------

    def _on_bar(self, bar: BarClosed) -> Sequence[Message]:
        price = Decimal(repr(bar.candle.close))
        return (PositionMarked(self._symbol, bar.close_ms, price, self._ledger.unrealised_pnl(price)),)

    def _on_signal(self, signal: SignalRaised, now_ms: TimeMs) -> Iterable[Message]:
        wanted_side = {Direction.LONG: Side.BUY, Direction.SHORT: Side.SELL, Direction.FLAT: None}[signal.direction]
        held_side = self._ledger.side
        if held_side is not None:
            return NOTHING if wanted_side is held_side else self._close("signal", now_ms)
        if wanted_side is None:
            return NOTHING
        reason = self._no_entry_because()
        if reason is not None:
            return (EntryRefused(self._symbol, signal.time_ms, reason),)
        return self._want_entry(signal, wanted_side)

    def _no_entry_because(self) -> str | None:
        if self._draining is not None:
            return "the bot is stopping"
        if not self._stream_is_up:
            return "the private stream is down"
        if self._missing:
            return f"not known yet: {', '.join(sorted(self._missing))}"
        if self._entry_is_wanted or self._orders.working:
            return "an order is on its way"
        return None

    def _want_entry(self, signal: SignalRaised, side: Side) -> Iterable[Message]:
        rules = self._instrument
        if rules is None or signal.stop_price is None:
            return (EntryRefused(self._symbol, signal.time_ms, "the signal has no stop"),)
        try:
            price = rules.nearest_price(signal.price)
            stop = rules.stop_price(signal.stop_price, side)
            target = None if signal.target_price is None else rules.nearest_price(signal.target_price)
        except ValueError as error:
            return (EntryRefused(self._symbol, signal.time_ms, str(error)),)
        behind = target is not None and (target - price) * side.sign <= 0
        if (price - stop) * side.sign <= 0 or behind:
            text = f"stop {stop} or target {target} is on the wrong side of {price}"
            return (EntryRefused(self._symbol, signal.time_ms, text),)
        self._entry_is_wanted = True
        settings = self._settings
        wanted = EntryWanted(
            self._symbol, signal.time_ms, side, price, stop, target, rules, self._leverage, settings.risk_per_trade
        )
        return (wanted,)

    def _on_approval(self, approved: EntryApproved, now_ms: TimeMs) -> Iterable[Message]:
        self._entry_is_wanted = False
        reason = self._no_entry_because()
        if reason is not None or self._ledger.size:
            return (EntryEnded(self._symbol),)
        self._stop, self._target = approved.wanted.stop_price, approved.wanted.target_price
        return self._send(self._intents.entry(approved, now_ms), now_ms)

    def _close(self, purpose: str, now_ms: TimeMs) -> Iterable[Message]:
        """Close the position, unless a close is on its way already."""
        if any(order.intent.reduce_only for order in self._orders.working):
            return NOTHING
        return self._send(self._intents.close(self._ledger.size, purpose, now_ms), now_ms)

    def _send(self, intent: PlaceOrder, now_ms: TimeMs) -> Iterable[Message]:
        return (intent, *self._wake_at(self._orders.plan(intent, now_ms)))

    # --- news of orders --------------------------------------------------------------------------------------

    def _on_order(self, update: OrderUpdate) -> Iterable[Message]:
        if not self._newest.is_news(update):
            return NOTHING
        ended = self._orders.update(update)
        return (OrderChanged(update), *self._after_order(ended))

    def _after_order(self, ended: PlaceOrder | None) -> Sequence[Message]:
        if ended is None or ended.reduce_only:
            return NOTHING
        return (EntryEnded(self._symbol),)

    def _on_refusal(self, refused: OrderRefused) -> Iterable[Message]:
        ended = self._orders.refused(refused.order_link_id)
        if ended is not None and ended.reduce_only:
            return (FetchExecutions(self._symbol, self._fills_since_ms), FetchPosition(self._symbol))
        return self._after_order(ended)

    def _on_lookup(self, answer: OrderLookedUp, now_ms: TimeMs) -> Iterable[Message]:
        if answer.order is not None:
            suspected = self._newest.is_news(answer.order)
            ended = self._orders.update(answer.order)
            if not suspected:
                return self._after_order(ended)
            withheld = StreamSuspected(Stream.PRIVATE, f"{answer.order_link_id} was found by asking, not told")
            return (OrderChanged(answer.order), withheld, *self._after_order(ended))
        return self._after_order(self._orders.not_found(answer.order_link_id, now_ms))

    def _on_open_orders(self, loaded: OpenOrdersLoaded, now_ms: TimeMs) -> Iterable[Message]:
        out: list[Message] = []
        listed = {order.order_link_id for order in loaded.orders}
        for order in loaded.orders:
            out.extend(self._on_order(order))
            left_over = order.order_link_id.startswith(f"{self._settings.order_prefix}-") and not order.reduce_only
            if left_over and self._orders.get(order.order_link_id) is None and order.order_type is OrderType.LIMIT:
                out.append(CancelOrder(self._symbol, order.order_link_id))
        for tracked in self._orders.working:
            intent = tracked.intent
            if intent.order_link_id not in listed and now_ms - intent.time_ms >= RETRY_AFTER_MS:
                out.append(FetchOrder(self._symbol, intent.order_link_id))
        return (*out, *self._known("open orders"))

    # --- news of fills and positions -------------------------------------------------------------------------

    def _on_execution(self, execution: ExecutionReported) -> Sequence[Message]:
        purpose = self._purpose_of(execution)
        was_flat = self._ledger.size == 0
        booking = self._ledger.book(execution, purpose)
        if booking is None:
            return NOTHING
        ledger = self._ledger
        if ledger.size == 0 or (was_flat and purpose != "entry"):
            self._stop = self._target = None
        changed = self._position_changed(execution.time_ms)
        booked = FillBooked(self._symbol, execution, purpose, booking.realised_pnl, ledger.size, changed.entry_price)
        return (booked, changed, *(() if booking.trade is None else (booking.trade,)))

    def _purpose_of(self, execution: ExecutionReported) -> str:
        if execution.exec_type == "Funding":
            return "funding"
        own = self._orders.purpose_of(execution.order_link_id) if execution.order_link_id else None
        return own or _PURPOSE_BY_STOP_TYPE.get(execution.stop_order_type, "external")

    def _position_changed(self, time_ms: TimeMs) -> PositionChanged:
        ledger = self._ledger
        return PositionChanged(
            self._symbol,
            time_ms,
            ledger.size,
            ledger.entry_price if ledger.size else ZERO,
            self._stop,
            self._target,
            self._leverage,
            ledger.realised_pnl,
            ledger.fees,
        )

    def _on_executions(self, loaded: ExecutionsLoaded) -> Iterable[Message]:
        out: list[Message] = []
        for execution in loaded.executions:
            out.extend(self._on_execution(execution))
        return (*out, *self._known("executions"))

    def _on_position(self, seen: PositionUpdate, now_ms: TimeMs) -> Iterable[Message]:
        out: list[Message] = []
        signed = seen.size * seen.side.sign if seen.side is not None else ZERO
        if signed == self._ledger.size:
            self._differs_since_ms = None
            self._differs_after_rest = False
        else:
            out.extend(self._on_difference(seen, signed, now_ms))
        if signed and (seen.stop_loss, seen.take_profit) != (self._stop, self._target) and seen.stop_loss is not None:
            self._stop, self._target = seen.stop_loss, seen.take_profit
            if self._ledger.size:
                out.append(self._position_changed(seen.time_ms))
        self._protection.observe(is_open=bool(signed), has_stop=seen.stop_loss is not None, now_ms=now_ms)
        out.extend(self._wake_at(self._protection.next_check_ms))
        return (*out, *(self._known("position") if seen.by_rest else ()))

    def _on_difference(self, seen: PositionUpdate, signed: Decimal, now_ms: TimeMs) -> Iterable[Message]:
        """The exchange and the ledger differ: first wait for news, then read again, then the exchange is right."""
        check_again = self._wake_at(TimeMs(now_ms + DIFFERENCE_BEARABLE_MS))
        if self._differs_since_ms is None:
            self._differs_since_ms = now_ms
            return check_again
        if not seen.by_rest or now_ms - self._differs_since_ms < DIFFERENCE_BEARABLE_MS:
            return NOTHING
        if not self._differs_after_rest:
            self._differs_after_rest = True
            return check_again
        text = f"the exchange has {signed} {self._symbol}, the books have {self._ledger.size}: the exchange is right"
        self._ledger.adopt(signed, seen.entry_price)
        self._differs_since_ms, self._differs_after_rest = None, False
        alert = AlertRaised(Severity.WARNING, now_ms, f"{self._symbol} position adopted", text)
        return (alert, self._position_changed(now_ms))

    # --- protection, time and failures -----------------------------------------------------------------------

    def _on_time(self, now_ms: TimeMs) -> Iterable[Message]:
        out: list[Message] = []
        retry, self._to_retry = self._to_retry, []
        out.extend(retry)
        for intent, again_ms in self._orders.questions(now_ms):
            out.append(FetchOrder(self._symbol, intent.order_link_id))
            out.extend(self._wake_at(again_ms))
        differs_since = self._differs_since_ms
        if differs_since is not None and now_ms - differs_since >= DIFFERENCE_BEARABLE_MS:
            out += [FetchExecutions(self._symbol, self._fills_since_ms), FetchPosition(self._symbol)]
        return (*out, *self._protect(now_ms))

    def _protect(self, now_ms: TimeMs) -> Iterable[Message]:
        remedy = self._protection.due(now_ms)
        next_check = self._wake_at(self._protection.next_check_ms)
        match remedy:
            case Remedy.NOTHING:
                return NOTHING
            case Remedy.SET_STOP:
                return (SetTradingStop(self._symbol, self._stop or self._fallback_stop(), self._target), *next_check)
            case Remedy.CLOSE:
                return (*self._close("protection", now_ms), FetchPosition(self._symbol), *next_check)
            case _:
                assert_never(remedy)

    def _fallback_stop(self) -> Decimal:
        """A stop for a position of which no intended stop is known, such as one opened by hand."""
        ledger, rules = self._ledger, self._instrument
        sign = 1 if ledger.size > 0 else -1
        price = ledger.entry_price * (1 - sign * self._settings.fallback_stop_fraction)
        return price if rules is None else rules.nearest_price(float(price))

    def _on_trading_stop(self, answer: TradingStopAnswered, now_ms: TimeMs) -> Iterable[Message]:
        if answer.code in TRADING_STOP_SUCCESS:
            return (FetchPosition(self._symbol),)
        self._protection.stop_refused(now_ms)
        return self._protect(now_ms)

    def _on_failure(self, failed: RequestFailed, now_ms: TimeMs) -> Iterable[Message]:
        if isinstance(failed.request, SetTradingStop):
            return (FetchPosition(self._symbol),)
        if not failed.transient and isinstance(failed.request, FetchInstrument):
            return (BotHalted(now_ms, f"{self._symbol}: {failed.code} {failed.text}"),)
        self._to_retry.append(failed.request)
        return self._wake_at(TimeMs(now_ms + RETRY_AFTER_MS))

    def _on_stream_lost(self, lost: StreamLost) -> Iterable[Message]:
        if lost.stream is Stream.PRIVATE:
            self._stream_is_up = False
        return NOTHING

    # --- start, stop and synchronisation ---------------------------------------------------------------------

    def _on_ledger(self, loaded: LedgerLoaded, now_ms: TimeMs) -> Iterable[Message]:
        purposes = dict(loaded.purposes)
        self._orders.remember_purposes(loaded.purposes)
        for fill in loaded.fills:
            self._ledger.book(fill, purposes.get(fill.order_link_id) or self._purpose_of(fill))
        self._intents.next_sequence = max(self._intents.next_sequence, loaded.next_sequence)
        out: list[Message] = []
        for intent in loaded.open_intents:
            out.extend(self._wake_at(self._orders.restore(intent, now_ms)))
        return (*out, *self._known("ledger"), *self._synchronise())

    def _on_instrument(self, loaded: InstrumentLoaded) -> Iterable[Message]:
        self._instrument = loaded.instrument
        self._leverage = loaded.instrument.clamp_leverage(self._settings.leverage)
        return (*self._known("instrument"), SetLeverage(self._symbol, self._leverage))

    def _on_leverage(self, answer: LeverageAnswered, now_ms: TimeMs) -> Iterable[Message]:
        if answer.code in LEVERAGE_SUCCESS:
            return self._known("leverage")
        return (BotHalted(now_ms, f"{self._symbol}: leverage could not be set: {answer.code} {answer.text}"),)

    def _synchronise(self) -> Sequence[Message]:
        if not self._stream_is_up or "ledger" in self._missing:
            return NOTHING
        again: list[Message] = []
        if "instrument" in self._missing:
            again.append(FetchInstrument(self._symbol))
        elif "leverage" in self._missing:
            again.append(SetLeverage(self._symbol, self._leverage))
        if self._ledger.size:
            again.append(self._position_changed(self._ledger.last_fill_ms or self._started_ms))
        self._missing |= {"executions", "position", "open orders"}
        return (
            *again,
            FetchExecutions(self._symbol, self._fills_since_ms),
            FetchPosition(self._symbol),
            FetchOpenOrders(self._symbol),
        )

    @property
    def _fills_since_ms(self) -> TimeMs:
        return TimeMs((self._ledger.last_fill_ms or self._started_ms) - LOOK_BACK_MS)

    def _known(self, what: str) -> Sequence[Message]:
        self._missing.discard(what)
        if self._missing or self._announced:
            return NOTHING
        self._announced = True
        return (ActorReady(self._address),)

    def _on_drain(self, wanted: DrainWanted, now_ms: TimeMs) -> Iterable[Message]:
        self._draining = wanted
        cancels = [
            CancelOrder(self._symbol, order.intent.order_link_id)
            for order in self._orders.working
            if order.intent.order_type is OrderType.LIMIT and not order.intent.reduce_only
        ]
        return (*cancels, *(self._close("stop", now_ms) if self._must_close() else ()))

    def _must_close(self) -> bool:
        return self._draining is not None and self._draining.close_positions and self._ledger.size != 0

    def _wake_at(self, at_ms: TimeMs | None) -> Sequence[Message]:
        return NOTHING if at_ms is None else (WakeAt(self._address, at_ms),)


_PURPOSE_BY_STOP_TYPE = {
    "StopLoss": "stop loss",
    "PartialStopLoss": "stop loss",
    "TakeProfit": "take profit",
    "PartialTakeProfit": "take profit",
    "TrailingStop": "trailing stop",
}
