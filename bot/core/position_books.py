"""The part of a position manager that keeps the books of fills, and the position protected."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from bot.core.contract import NOTHING
from bot.core.order_desk import LOOK_BACK_MS, QUOTE
from bot.domain.address import Role, address_of
from bot.domain.contract import settle_coin
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    AlertRaised,
    EntryApproved,
    ExecutionReported,
    FetchExecutions,
    FetchPosition,
    FillBooked,
    Message,
    PlaceOrder,
    PositionChanged,
    PositionMarked,
    PositionsLoaded,
    PositionUpdate,
    PriceMarked,
    SetTradingStop,
    Severity,
    WakeAt,
    WorkingOrdersLoaded,
)
from bot.domain.values import ZERO, Side, Symbol, TimeMs
from bot.orders.difference import BEARABLE_MS, Difference, Step
from bot.orders.protection import Protection, Remedy
from bot.orders.shown import ShownPosition, signed_size
from bot.performance.fees import in_settle_coin
from bot.performance.ledger import KNOWN_TYPES, PositionLedger, adjustments


class ExternalPositions(StrEnum):
    """What becomes of a position that somebody else has opened on the account."""

    ADOPT = "adopt"
    IGNORE = "ignore"
    CLOSE = "close"


STOP_ORDERS = frozenset({"StopLoss", "PartialStopLoss", "TrailingStop", "tpslOrder"})
"""Bybit ``stopOrderType`` of orders that limit the loss of a position."""

EXTERNAL = frozenset({"external", "adjustment", "liquidation", "auto-deleveraging", "settlement"})
"""Purposes of fills that no order of the bot's caused."""


class PositionBooks:
    """The position of one symbol: as the bot's own ledger has it, and as the exchange shows it.

    The ledger decides what the bot thinks it has; where the exchange goes on to differ, the exchange is right. What has
    to be protected or closed is always the exchange's position.
    """

    def __init__(
        self,
        symbol: Symbol,
        leverage: Decimal,
        fallback_stop_fraction: Decimal,
        external: ExternalPositions = ExternalPositions.ADOPT,
        *,
        hedge: bool = False,
    ) -> None:
        self._symbol = symbol
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._fallback_stop_fraction = fallback_stop_fraction
        self._external = external
        self._opened_by_others = False
        self._ledger = PositionLedger(symbol)
        self._protection = Protection()
        self._difference = Difference()
        self._seen = ShownPosition(symbol, hedge=hedge)
        self._other_side_told = False
        self._stop: Decimal | None = None
        self._target: Decimal | None = None
        self._stops_of_quotes: Mapping[Side, Decimal] = {}
        self._known_since_ms = TimeMs(0)
        self.leverage = leverage
        self.frozen_because: str | None = None
        """Why nothing new may be begun until a person has looked; None if all is well."""

    def start(self, since_ms: TimeMs) -> None:
        """Nothing that happened long before ``since_ms`` concerns an empty ledger."""
        self._known_since_ms = since_ms

    def revise(self, fallback_stop_fraction: Decimal) -> None:
        """Another distance of the stop for positions that are found without one."""
        self._fallback_stop_fraction = fallback_stop_fraction

    @property
    def size(self) -> Decimal:
        """Signed size by the ledger."""
        return self._ledger.size

    @property
    def side(self) -> Side | None:
        """Side by the ledger; None when flat."""
        return self._ledger.side

    @property
    def entry_price(self) -> Decimal:
        """Average entry by the ledger; 0 when flat."""
        return self._ledger.entry_price

    @property
    def opened_ms(self) -> TimeMs | None:
        """When the position was opened, by the ledger; None when flat."""
        return self._ledger.opened_ms

    @property
    def stop(self) -> Decimal | None:
        """The stop that the position has or shall have."""
        return self._stop

    @property
    def size_to_close(self) -> Decimal:
        """Signed size by the exchange, where it has shown a position, else by the ledger."""
        return self._shown or self._ledger.size

    @property
    def _shown(self) -> Decimal:
        """Signed size by the exchange; 0 while it has shown nothing."""
        return signed_size(self._seen.of(self._ledger.size))

    @property
    def is_shown(self) -> bool:
        """Whether the exchange has shown every position of the symbol."""
        return self._seen.is_complete

    @property
    def is_left_alone(self) -> bool:
        """Whether the position is somebody else's and neither to be protected nor to be closed."""
        return self._external is ExternalPositions.IGNORE and self._is_others

    @property
    def is_to_be_closed(self) -> bool:
        """Whether the position is somebody else's and may not stay."""
        return self._external is ExternalPositions.CLOSE and self._is_others

    @property
    def _is_others(self) -> bool:
        """By what opened it; the exchange may show a position before its executions come."""
        return self._opened_by_others if self._ledger.size else bool(self._shown)

    @property
    def differ(self) -> bool:
        """Whether ledger and exchange do not agree at the moment."""
        return self._difference.is_open

    def differ_for_long(self, now_ms: TimeMs) -> bool:
        """Whether they have differed for longer than news of one may be ahead of news of the other."""
        return self._difference.must_read_again(now_ms)

    # --- fills -------------------------------------------------------------------------------------------------

    def restore(self, fill: ExecutionReported, purpose: str) -> None:
        """Enter a fill that the database has already."""
        side_before = self._ledger.side
        self._ledger.book(fill, purpose)
        self._note_opener(side_before, purpose)

    def _note_opener(self, side_before: Side | None, purpose: str) -> None:
        if self._ledger.side is not side_before:
            self._opened_by_others = purpose in EXTERNAL

    def restore_protection(self, stop_price: Decimal | None, target_price: Decimal | None) -> None:
        """Remember what an open position of an earlier life was protected by: it gets that again if it is naked."""
        if self._ledger.size:
            self._stop, self._target = stop_price, target_price

    def intend(self, intent: PlaceOrder) -> None:
        """An order that opens a position was filled: if no stop is known, as after a restart, it is the order's."""
        if self._stop is None and not self._ledger.size and intent.stop_loss is not None:
            self._stop, self._target = intent.stop_loss, intent.take_profit

    def plan(self, approved: EntryApproved) -> None:
        """Remember the stop and the target that the coming position shall have."""
        self._stop, self._target = approved.wanted.stop_price, approved.wanted.target_price

    def plan_quotes(self, stops: Mapping[Side, Decimal]) -> None:
        """Remember the stop that a position on either side shall have if quotes open one."""
        self._stops_of_quotes = stops

    def book(self, execution: ExecutionReported, purpose: str, *, is_others: bool = False) -> Sequence[Message]:
        """Enter an execution, once, and say what it did; ``is_others``: it is not of an order that the bot has sent."""
        if is_others and not self._seen.concerns(execution, self._ledger.size):
            return self._leave_to_others(execution)
        execution, told = in_settle_coin(execution, settle_coin(self._symbol))
        ledger = self._ledger
        was_flat, side_before = ledger.size == 0, ledger.side
        booking = ledger.book(execution, purpose)
        if booking is None:
            return NOTHING
        self._note_opener(side_before, purpose)
        if ledger.size == 0 or (was_flat and purpose != "entry"):
            self._stop = self._target = None
        told = told or self._freeze(execution)
        alert = (AlertRaised(Severity.WARNING, execution.time_ms, f"{self._symbol} books", told),) if told else NOTHING
        if self._difference.is_open and self._shown == ledger.size:  # the news that was missing
            self._difference.observe(equal=True, by_rest=False, now_ms=execution.time_ms)
        if purpose == QUOTE and ledger.side is not None and ledger.side is not side_before:
            self._stop, self._target = self._stops_of_quotes.get(ledger.side), None
        changed = self.position(execution.time_ms)
        trade = booking.trade
        booked = FillBooked(
            self._symbol, execution, purpose, booking.realised_pnl, ledger.size, changed.entry_price, trade
        )
        return (booked, changed, *alert) if trade is None else (booked, changed, trade, *alert)

    def _leave_to_others(self, execution: ExecutionReported) -> Sequence[Message]:
        """In hedge mode: what happens on the side that the bot does not hold is not in its books."""
        if self._other_side_told:
            return NOTHING
        self._other_side_told = True
        text = f"{execution.side.value} {execution.qty} at {execution.price} is on the side that the bot does not hold"
        return (AlertRaised(Severity.WARNING, execution.time_ms, f"{self._symbol} is traded by others", text),)

    def _freeze(self, execution: ExecutionReported) -> str:
        """What is of no kind that is known may have done anything: nothing new is begun until a person has looked."""
        if execution.exec_type in KNOWN_TYPES:
            return ""
        self.frozen_because = f"execution {execution.exec_id} is of the unknown type {execution.exec_type}"
        return f"{self.frozen_because}; no entries in {self._symbol} before the bot is started again"

    def position(self, time_ms: TimeMs | None = None) -> PositionChanged:
        """The position by the ledger, for those who keep a copy."""
        ledger = self._ledger
        return PositionChanged(
            self._symbol,
            time_ms or ledger.last_fill_ms or self._known_since_ms,
            ledger.size,
            ledger.entry_price if ledger.size else ZERO,
            self._stop,
            self._target,
            self.leverage,
            ledger.realised_pnl,
            ledger.fees,
        )

    def mark(self, marked: PriceMarked) -> PositionMarked:
        """Open profit at the close of a bar."""
        price = Decimal(repr(marked.price))
        low, high = Decimal(repr(marked.low)), Decimal(repr(marked.high))
        return PositionMarked(self._symbol, marked.time_ms, price, self._ledger.unrealised_pnl(price), low, high)

    # --- the exchange's position -------------------------------------------------------------------------------

    def compare(self, seen: PositionUpdate, now_ms: TimeMs) -> Iterable[Message]:
        """Hold the ledger against the exchange's position, and look whether that has its stop.

        An answer to a question may be older than what the stream has told meanwhile: then it says nothing.
        """
        return self._compare(seen.by_rest, now_ms) if self._seen.take(seen, now_ms) else NOTHING

    def checked(self, loaded: PositionsLoaded, now_ms: TimeMs) -> Iterable[Message]:
        """The regular look at all positions; what is older than the newest news of this one says nothing."""
        return self._compare(True, now_ms) if self._seen.look(loaded) else NOTHING

    def stops_seen(self, loaded: WorkingOrdersLoaded, now_ms: TimeMs) -> Sequence[Message]:
        """The regular look at all orders: the stop that the position shows must be among them."""
        if not self._shown or self._seen.is_older(loaded):
            return NOTHING
        side = Side.SELL if self._shown > 0 else Side.BUY
        has_stop_order = any(
            order.symbol == self._symbol and order.side is side and order.stop_order_type in STOP_ORDERS
            for order in loaded.orders
        )
        self._protection.orders_seen(has_stop_order=has_stop_order, now_ms=now_ms)
        return self._wake_at(self._protection.next_check_ms)

    def _compare(self, by_rest: bool, now_ms: TimeMs) -> Iterable[Message]:
        out: list[Message] = []
        seen = self._seen.of(self._ledger.size)
        if seen is None:
            return out
        equal = self._shown == self._ledger.size
        match self._difference.observe(equal=equal, by_rest=by_rest, now_ms=now_ms):
            case Step.LOOK_LATER:
                out.extend(self._wake_at(TimeMs(now_ms + BEARABLE_MS)))
            case Step.ADOPT:
                out.extend(self._adopt(now_ms))
            case Step.NOTHING:
                pass
        if (
            self._shown
            and seen.stop_loss is not None
            and (seen.stop_loss, seen.take_profit) != (self._stop, self._target)
        ):
            self._stop, self._target = seen.stop_loss, seen.take_profit
            if self._ledger.size:
                out.append(self.position(seen.time_ms))
        self._protection.observe(is_open=bool(self._shown), has_stop=seen.stop_loss is not None, now_ms=now_ms)
        out.extend(self._wake_at(self._protection.next_check_ms))
        return out

    def _adopt(self, now_ms: TimeMs) -> Iterable[Message]:
        """Book what makes the ledger equal to the exchange, so that it stays so after a restart."""
        text = (
            f"the exchange has {self._shown} {self._symbol}, the books have {self._ledger.size}: the exchange is right"
        )
        out: list[Message] = [AlertRaised(Severity.WARNING, now_ms, f"{self._symbol} position adopted", text)]
        for execution in adjustments(self._ledger, self._symbol, self._shown, self._shown_entry, now_ms):
            out.extend(self.book(execution, "adjustment"))
        return out

    @property
    def _shown_entry(self) -> Decimal:
        view = self._seen.of(self._ledger.size)
        return ZERO if view is None else view.entry_price

    def check_difference(self, now_ms: TimeMs) -> Sequence[Message]:
        """Read again what explains a difference, once it has lasted too long."""
        return self.read_again() if self._difference.must_read_again(now_ms) else NOTHING

    def read_again(self) -> Sequence[Message]:
        """Ask for every execution that may have been missed, and for the position."""
        since_ms = TimeMs((self._ledger.last_fill_ms or self._known_since_ms) - LOOK_BACK_MS)
        return (FetchExecutions(self._symbol, since_ms), *self.ask())

    def ask(self) -> Sequence[Message]:
        """Ask for the position; in hedge mode for both."""
        return [FetchPosition(self._symbol, idx) for idx in self._seen.indices]

    def change_stop(
        self,
        stop: Decimal | None,
        target: Decimal | None,
        trailing_distance: Decimal | None = None,
        active_price: Decimal | None = None,
    ) -> SetTradingStop:
        """The request for other stops of the position; None leaves one as it is."""
        idx = self._seen.idx(self._shown or self._ledger.size)
        return SetTradingStop(self._symbol, stop, target, trailing_distance, active_price, idx)

    # --- protection --------------------------------------------------------------------------------------------

    def stop_refused(self, now_ms: TimeMs) -> Sequence[Message]:
        """The exchange does not take stop and target: try the stop alone; after that only closing is left."""
        if self._target is not None and self._stop is not None:
            self._target = None
            return (self.change_stop(self._stop, None),)
        self._protection.stop_refused(now_ms)
        return NOTHING

    def protect(self, rules: Instrument | None, now_ms: TimeMs) -> tuple[bool, Sequence[Message]]:
        """What an unprotected position needs now: whether to close it, and what else to send."""
        remedy = Remedy.NOTHING if self.is_left_alone else self._protection.due(now_ms)
        stop = self._stop
        if remedy is Remedy.SET_STOP and stop is None:
            stop = self._fallback_stop(rules)
            if stop is None:
                self._protection.set_stop_later(now_ms)
                return False, self._wake_at(self._protection.next_check_ms)
        next_check = self._wake_at(self._protection.next_check_ms)
        match remedy:
            case Remedy.NOTHING:
                return False, NOTHING
            case Remedy.SET_STOP:
                return False, (self.change_stop(stop, self._target), *next_check)
            case Remedy.CLOSE:
                return True, (*self.ask(), *next_check)
            case _:
                assert_never(remedy)

    def _fallback_stop(self, rules: Instrument | None) -> Decimal | None:
        """A stop for a position of which no intended stop is known, such as one opened by hand; None without a tick."""
        if rules is None:
            return None
        sign = 1 if self._shown > 0 else -1
        return rules.nearest_price(float(self._shown_entry * (1 - sign * self._fallback_stop_fraction)))

    def _wake_at(self, at_ms: TimeMs | None) -> Sequence[Message]:
        return NOTHING if at_ms is None else (WakeAt(self._address, at_ms),)
