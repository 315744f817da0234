"""The part of a position manager that decides: on wishes, on fills, and on whether anything may be begun at all."""

from collections.abc import Sequence

from bot.core.contract import NOTHING
from bot.core.position_parts import PositionParts
from bot.domain.messages import (
    Direction,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    ExecutionReported,
    Message,
    OrderLookedUp,
    OrderProvenAbsent,
    QuotesWanted,
    SignalRaised,
)
from bot.domain.values import Side, TimeMs

LEFT_ALONE = "the position is not the bot's, and execution.external_positions is ignore"
DIFFER = "the books and the exchange differ"
SIDE_OF = {Direction.LONG: Side.BUY, Direction.SHORT: Side.SELL, Direction.FLAT: None}


class PositionDecisions:
    """Puts the desks of one position manager to work."""

    def __init__(self, parts: PositionParts) -> None:
        self._parts, self._symbol = parts, parts.symbol
        self._desk, self._books, self._setup = parts.desk, parts.books, parts.setup
        self._entries, self._exits, self._way_out = parts.entries, parts.exits, parts.way_out

    def on_signal(self, signal: SignalRaised, now_ms: TimeMs) -> Sequence[Message]:
        """A wish of the strategy: to open, to add, or to be out."""
        wanted, held = SIDE_OF[signal.direction], self._books.side
        if held is not None and self._books.is_left_alone:
            return (EntryRefused(self._symbol, signal.time_ms, LEFT_ALONE),) if wanted is not None else NOTHING
        if held is not None:
            if wanted is not held:
                return self.close("signal", now_ms)
            dressed = self._exits.dress(signal, held)
            if isinstance(dressed, EntryRefused):
                return NOTHING
            return self._entries.add(dressed, held, self._setup.rules, self.no_entry_because(), now_ms)
        withdrawn = self._entries.withdraw_against(wanted, now_ms)
        if wanted is None:
            return withdrawn
        blocked = self.no_entry_because() or ("quotes are on the book" if self._desk.is_busy else None)
        dressed = self._exits.dress(signal, wanted)
        if isinstance(dressed, EntryRefused):
            return (*withdrawn, dressed)
        return (*withdrawn, *self._entries.signal(dressed, wanted, self._setup.rules, blocked, now_ms))

    def on_approval(self, approved: EntryApproved, now_ms: TimeMs) -> Sequence[Message]:
        """The account agreed."""
        expected = self._entries.is_answer(approved)
        if approved.wanted.for_quotes:
            return self._entries.may_quote(approved)
        if not expected:
            return (EntryEnded(self._symbol),)
        return self._entries.approved(approved, self.no_entry_because(), now_ms)

    def on_quotes(self, plan: QuotesWanted, now_ms: TimeMs) -> Sequence[Message]:
        """What a quoting strategy wants on the book; while the symbol is left, nothing would end what they built up."""
        if self._way_out.is_leaving and self._books.size:
            return self.close("universe", now_ms)
        return self._entries.quotes(plan, self._setup.rules, self.no_entry_because(), now_ms)

    def pursue_quotes(self, now_ms: TimeMs) -> Sequence[Message]:
        """Keep the quotes as they are wanted. While news of a fill is only half here they stand still, bounded by what
        rests: to withdraw all of them at every fill would cost requests and their places in the queue.
        """
        blocked = self._not_trading_because()
        if blocked is None and self._books.differ:
            if not self._books.differ_for_long(now_ms):
                return NOTHING
            blocked = DIFFER
        return self._entries.pursue_quotes(self._setup.rules, blocked, now_ms)

    def close(self, purpose: str, now_ms: TimeMs) -> Sequence[Message]:
        """Close the position, however many orders that takes, and let nothing open it again."""
        self._way_out.wish(purpose)
        return (*self._entries.withdraw(now_ms), *self._way_out.pursue(now_ms))

    def withdraw_all(self, now_ms: TimeMs) -> Sequence[Message]:
        """Cancel whatever could open or enlarge a position, quotes too."""
        self._entries.market_lost()
        return (*self._entries.withdraw(now_ms), *self._desk.cancel_entries(now_ms))

    def on_execution(self, execution: ExecutionReported, now_ms: TimeMs) -> Sequence[Message]:
        """Enter a fill; where it closed the position, nothing of its entry may open it again."""
        had_position = self._books.size != 0
        intent = self._desk.intent(execution.order_link_id)
        if intent is not None and not intent.reduce_only:
            self._books.intend(intent)
        is_others = not self._desk.is_own(execution)
        booked = self._books.book(execution, self._desk.purpose_of(execution), is_others=is_others)
        if not booked:
            return NOTHING
        ended = self._desk.booked(execution)
        is_entering = self._desk.has_entries or self._entries.is_planning
        if not had_position or self._books.size or not is_entering:
            return (*booked, *ended)
        # What is left of a ladder must not open the position again; a step may be filled before it is cancelled.
        self._way_out.wish("signal")
        return (*booked, *ended, *self._entries.withdraw_ladder(now_ms))

    def on_lookup(self, answer: OrderLookedUp, now_ms: TimeMs) -> Sequence[Message]:
        """What became of an order; a close that never arrived is still wanted."""
        closing_for = self._desk.close_under(answer.order_link_id)
        out = self._desk.looked_up(answer, now_ms)
        never_arrived = any(isinstance(each, OrderProvenAbsent) for each in out)
        if never_arrived and closing_for is not None and closing_for != "stop":
            self._way_out.wish(closing_for)  # it may be an earlier life's wish
        return out

    def no_entry_because(self) -> str | None:
        """Why nothing may be opened at the moment, None if it may."""
        return self._not_trading_because() or (DIFFER if self._books.differ else self._books.frozen_because)

    def no_plan_because(self) -> str | None:
        """Why an entry that was begun does not go on: without news, rules or a wish to be in nothing more is filled."""
        down = None if self._parts.stream_is_up else "the private stream is down"
        return self._way_out.no_entry_because or down or self._setup.not_ready_because

    def _not_trading_because(self) -> str | None:
        if self._way_out.no_entry_because is not None:
            return self._way_out.no_entry_because
        if not self._parts.stream_is_up:
            return "the private stream is down"
        if self._setup.not_ready_because is not None:
            return self._setup.not_ready_because
        if self._entries.is_asking or self._entries.is_planning or self._desk.is_busy_beside_quotes:
            return "an order is on its way"
        return None
