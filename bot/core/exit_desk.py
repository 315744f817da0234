"""The part of a position manager that places targets and moves the stop of an open position."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.config.exits import ExitsConfig
from bot.core.contract import NOTHING
from bot.core.order_desk import OrderDesk
from bot.core.position_books import PositionBooks
from bot.domain.address import Role, address_of
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    EntryRefused,
    KeepNote,
    Levels,
    Message,
    PriceMarked,
    SetTradingStop,
    SignalRaised,
    TradingStopAnswered,
    WakeAt,
)
from bot.domain.values import Side, Symbol, TimeMs
from bot.orders.exits.first import NoLevelError, Target, first_stop, last_target, partial_targets
from bot.orders.exits.moves import Trip, moved_stop, native_trail
from bot.orders.intents import IntentMaker

NOTE = "exits"
TAKEN = frozenset({0, 34040})
MINUTE_MS = 60_000
TIME_STOP = "time stop"
ANSWERED_WITHIN_MS = 30_000
"""A change of the stop that was not answered for so long was lost with the one who had it."""


class ExitDesk:
    """Follows one position from its first fill to flat, with what the configuration says of its exits.

    It decides at the close of bars. What is on the exchange stays there whatever happens to the bot; what has been
    begun is kept as a note, so that a restart goes on with it. One change of the stop is under way at a time.
    """

    def __init__(
        self, symbol: Symbol, exits: ExitsConfig, desk: OrderDesk, books: PositionBooks, intents: IntentMaker
    ) -> None:
        self._symbol = symbol
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self.revise(exits)
        self._desk = desk
        self._books = books
        self._intents = intents
        self._trip: Trip | None = None
        self._levels: Levels | None = None
        self._changing: SetTradingStop | None = None
        self._changing_since_ms = TimeMs(0)
        self._is_following = True
        """Also at the start: an earlier life may have left targets."""
        self._price: Decimal | None = None
        self._waits_for_bar = False

    def revise(self, exits: ExitsConfig) -> None:
        """Other settings count from the next bar on."""
        self._exits = exits
        self._is_idle = exits == ExitsConfig(step_fraction=exits.step_fraction, atr_period=exits.atr_period)

    @property
    def is_active(self) -> bool:
        """Whether the configuration asks for anything beyond what the strategy says, or has asked for it before."""
        return self._is_following or not self._is_idle

    # --- entries -----------------------------------------------------------------------------------------------

    def dress(self, signal: SignalRaised, side: Side) -> SignalRaised | EntryRefused:
        """The signal with the stop and the target that the configuration puts in the place of the strategy's."""
        if self._is_idle:
            return signal
        self._levels = signal.levels or self._levels
        exits, levels = self._exits, self._levels
        try:
            price = Decimal(repr(signal.price))
            stop = first_stop(exits.stop, side, price, levels) if price.is_finite() else None
            at = float(stop) if stop is not None else signal.stop_price
            if not exits.targets:
                return msgspec.structs.replace(signal, stop_price=at)
            from_stop = price if at is None else Decimal(repr(at))
            last = last_target(exits, side, price, from_stop, levels)
        except (NoLevelError, ArithmeticError) as reason:
            return EntryRefused(self._symbol, signal.time_ms, str(reason))
        return msgspec.structs.replace(signal, stop_price=at, target_price=None if last is None else float(last))

    # --- the position ------------------------------------------------------------------------------------------

    def restore(self, notes: Sequence[tuple[str, str]]) -> None:
        """Take up a position of an earlier life."""
        for key, text in notes:
            if key == NOTE and self._books.size:
                trip = msgspec.json.decode(text, type=Trip)
                self._trip = trip if trip.side is self._books.side else None

    def mark(self, marked: PriceMarked, rules: Instrument | None, now_ms: TimeMs) -> Sequence[Message]:
        """A bar has closed: move the stop if it belongs elsewhere now."""
        if self._is_idle or self._trip is None or rules is None:
            return NOTHING
        self._levels = marked.levels or self._levels
        self._waits_for_bar = False
        low, high, price = (Decimal(repr(each)) for each in (marked.low, marked.high, marked.price))
        self._trip, self._price = self._trip.seen(low, high), price
        if self._is_waiting(now_ms) or self._books.is_left_alone:
            return NOTHING
        to = moved_stop(self._exits, self._trip, self._books.stop, price, self._levels, rules)
        return NOTHING if to is None else self._change(self._books.change_stop(to, None), now_ms)

    def _is_waiting(self, now_ms: TimeMs) -> bool:
        return self._changing is not None and now_ms - self._changing_since_ms < ANSWERED_WITHIN_MS

    def pursue(self, rules: Instrument | None, now_ms: TimeMs, *, must_wait: bool) -> Sequence[Message]:
        """After any news: see to it that the position has its targets, and that none are left without one.

        ``must_wait``: nothing is placed while news is missing, nor while an entry goes on, whose next order could trade
        with the targets.
        """
        if not self._books.size:
            return self._end(now_ms, is_certain=not must_wait)
        has_nothing_to_do = self._is_idle and self._trip is None
        if rules is None or has_nothing_to_do or self._books.is_left_alone:
            return NOTHING
        begun = self._begin()
        if must_wait or self._desk.has_openers or self._books.differ:
            return begun
        return (*begun, *self._place_targets(rules, now_ms), *self._trail_natively(rules, now_ms))

    def is_too_old(self, now_ms: TimeMs) -> bool:
        """Whether the position has been open for longer than it may."""
        due_ms = self._due_ms
        return due_ms is not None and now_ms >= due_ms and not self._books.is_left_alone

    def wake_again(self) -> Sequence[Message]:
        """Ask for the alarm once more: the clock may have been replaced."""
        return NOTHING if self._due_ms is None else (WakeAt(self._address, self._due_ms),)

    @property
    def _due_ms(self) -> TimeMs | None:
        minutes, opened_ms = self._exits.time_stop_minutes, self._books.opened_ms
        return None if minutes is None or opened_ms is None else TimeMs(opened_ms + minutes * MINUTE_MS)

    def _begin(self) -> Sequence[Message]:
        """Follow a position that has just been opened; one that grows keeps what its first stop was."""
        side, entry = self._books.side, self._books.entry_price
        if side is None:
            return NOTHING
        opened_ms = self._books.opened_ms
        if self._trip is not None and self._trip.side is side and self._trip.opened_ms in {None, opened_ms}:
            risk = self._trip.risk or self._first_risk(side, entry)  # one that was found gets its stop later
            if (self._trip.entry_price, self._trip.risk) != (entry, risk):
                self._trip = msgspec.structs.replace(self._trip, entry_price=entry, risk=risk)
            return NOTHING
        self._trip, self._changing = Trip(side, entry, self._first_risk(side, entry), entry, opened_ms=opened_ms), None
        self._is_following = True
        self._price, self._waits_for_bar = None, False
        return (self._note(), *self.wake_again())

    def _first_risk(self, side: Side, entry: Decimal) -> Decimal | None:
        stop = self._books.stop
        return None if stop is None or (entry - stop) * side.sign <= 0 else abs(entry - stop)

    def _end(self, now_ms: TimeMs, *, is_certain: bool) -> Sequence[Message]:
        """The position is gone: so are its targets."""
        self._changing = None
        self._is_following = not is_certain or bool(self._desk.targets)
        out: list[Message] = []
        for intent in self._desk.targets:
            out.extend(self._desk.cancel(intent.order_link_id, now_ms))
        if self._trip is not None:
            self._trip = None
            out.append(KeepNote(self._address, NOTE, None))
        return out

    # --- targets -----------------------------------------------------------------------------------------------

    def _place_targets(self, rules: Instrument, now_ms: TimeMs) -> Sequence[Message]:
        """Rest the partial targets on the book; for a position that has grown they are withdrawn and placed anew."""
        trip, size = self._trip, self._books.size
        if trip is None or not self._exits.targets or abs(size) == trip.targets_qty:
            return NOTHING
        if abs(size) < trip.targets_qty:  # a part was taken off; what is added from now on is growth
            self._trip = msgspec.structs.replace(trip, targets_qty=abs(size))
            return (self._note(),)
        resting = self._desk.targets
        if resting:
            return [each for intent in resting for each in self._desk.cancel(intent.order_link_id, now_ms)]
        try:
            wanted = partial_targets(self._exits, trip.entry_price, size, trip.risk, self._levels, rules)
        except NoLevelError:
            return NOTHING  # at the next bar's close it may be known
        self._trip = msgspec.structs.replace(trip, targets_qty=abs(size))
        out: list[Message] = [self._note()]
        for target in wanted:
            is_reached = self._price is not None and (self._price - target.price) * trip.side.sign >= 0
            if not (trip.targets_qty and is_reached):  # what was added would go at once
                out.extend(self._send(target, trip.side, now_ms))
        return out

    def _send(self, target: Target, side: Side, now_ms: TimeMs) -> Sequence[Message]:
        return self._desk.send(self._intents.target(side.opposite, target.price, target.qty, now_ms), now_ms)

    # --- the stop ----------------------------------------------------------------------------------------------

    def _trail_natively(self, rules: Instrument, now_ms: TimeMs) -> Sequence[Message]:
        trip = self._trip
        under_way = self._is_waiting(now_ms) or self._waits_for_bar
        if trip is None or trip.trails_natively or under_way or self._books.stop is None:
            return NOTHING
        wanted = native_trail(self._exits, trip, self._levels, rules, self._price)
        if wanted is None:
            return NOTHING
        distance, active_price = wanted
        return self._change(self._books.change_stop(None, None, distance, active_price), now_ms)

    def _change(self, change: SetTradingStop, now_ms: TimeMs) -> Sequence[Message]:
        self._changing, self._changing_since_ms = change, now_ms
        return (change,)

    def is_change(self, change: SetTradingStop | None = None) -> bool:
        """Whether a change of the stop (this one, if given) is under way; then its end is for ``changed``."""
        return self._changing is not None and change in {None, self._changing}

    def changed(self, answer: TradingStopAnswered | None) -> Sequence[Message]:
        """The change was answered, or nobody knows (None): the position is read back, and what it shows counts.

        One that was refused left the stop where it was: the price may have come too near. The next bar decides anew.
        """
        change, self._changing = self._changing, None
        is_taken = answer is not None and answer.code in TAKEN
        if change is not None and change.trailing_distance is not None and self._trip is not None:
            self._trip = msgspec.structs.replace(self._trip, trails_natively=is_taken)
            self._waits_for_bar = not is_taken  # the price may be beyond the activation by now
        noted = NOTHING if self._trip is None else (self._note(),)
        return (*noted, *self._books.ask())

    def _note(self) -> KeepNote:
        return KeepNote(self._address, NOTE, msgspec.json.encode(self._trip).decode())
