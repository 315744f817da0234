"""The part of a position manager that turns wishes for a position into orders, once the account has agreed."""

from collections.abc import Sequence
from decimal import Decimal

from bot.core.contract import NOTHING
from bot.core.order_desk import OrderDesk
from bot.core.position_books import PositionBooks
from bot.core.quote_desk import QuoteDesk, intended_stops
from bot.domain.address import Role, address_of
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    Message,
    QuotesWanted,
    SignalRaised,
    WakeAt,
)
from bot.domain.values import Side, Symbol, TimeMs
from bot.orders.entries import EntrySettings, plan_entry, plan_quotes
from bot.orders.intents import ENTRY_VALID_FOR_MS, IntentMaker
from bot.orders.quoting import ladder_orders


class EntryDesk:
    """Asks the account for leave, and sends what it approves: a market order, a ladder, or quotes.

    One wish at a time is before the account. ``blocked`` is why nothing may be begun at the moment, None if it may.
    """

    def __init__(
        self,
        symbol: Symbol,
        desk: OrderDesk,
        books: PositionBooks,
        intents: IntentMaker,
        risk_per_trade: Decimal,
        fallback_stop_fraction: Decimal,
    ) -> None:
        self._symbol = symbol
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._desk = desk
        self._books = books
        self._intents = intents
        self._risk_per_trade = risk_per_trade
        self._fallback_stop_fraction = fallback_stop_fraction
        self._quotes = QuoteDesk(symbol, desk, intents)
        self._ladder: SignalRaised | None = None
        self._ladder_ends_ms: TimeMs | None = None
        self.is_asking = False
        """Whether a wish is before the account."""

    @property
    def is_quoting(self) -> bool:
        """Whether a strategy's quotes have to be looked after."""
        return not self._quotes.is_idle

    def forget(self) -> None:
        """The account that was asked, or that gave leave, may be gone."""
        self.is_asking = False
        self._quotes.forget_leave()

    def refused(self) -> None:
        """The account said no."""
        self.is_asking = False

    def signal(
        self, signal: SignalRaised, side: Side, rules: Instrument | None, blocked: str | None, now_ms: TimeMs
    ) -> Sequence[Message]:
        """A wish for a position while there is none."""
        too_old = now_ms - signal.time_ms > ENTRY_VALID_FOR_MS
        reason = "the signal is too old" if too_old else blocked
        if reason is not None or rules is None:
            return (EntryRefused(self._symbol, signal.time_ms, reason or "the trading rules are not known yet"),)
        self._ladder = signal if signal.ladder else None
        return self._ask(plan_entry(signal, side, rules, self._settings))

    def quotes(
        self, plan: QuotesWanted, rules: Instrument | None, blocked: str | None, now_ms: TimeMs
    ) -> Sequence[Message]:
        """What a quoting strategy wants on the book from now on; the account must allow it first."""
        self._quotes.want(plan)
        if rules is None or blocked is not None or not self._quotes.must_ask(now_ms):
            return NOTHING
        self._quotes.asked(now_ms)
        return self._ask(plan_quotes(plan, rules, self._settings))

    @property
    def _settings(self) -> EntrySettings:
        return EntrySettings(self._books.leverage, self._risk_per_trade, self._fallback_stop_fraction)

    def _ask(self, planned: EntryWanted | EntryRefused) -> Sequence[Message]:
        self.is_asking = isinstance(planned, EntryWanted)
        return (planned,)

    def approved(self, approved: EntryApproved, blocked: str | None, now_ms: TimeMs) -> Sequence[Message]:
        """The account agreed; where things have changed meanwhile it gets back what it reserved."""
        if approved.wanted.for_quotes:
            return self._may_quote(approved)
        if blocked is not None or self._books.size:
            return (EntryEnded(self._symbol),)
        self._books.plan(approved)
        if self._ladder is not None:
            return self._enter_by_ladder(approved, self._ladder, now_ms)
        return self._desk.send(self._intents.entry(approved, now_ms), now_ms)

    def _may_quote(self, approved: EntryApproved) -> Sequence[Message]:
        plan = self._quotes.plan
        if plan is None:
            return (EntryEnded(self._symbol),)
        self._quotes.allow(approved.qty)
        self._books.plan_quotes(intended_stops(plan, approved.wanted.instrument))
        return NOTHING

    def _enter_by_ladder(self, approved: EntryApproved, signal: SignalRaised, now_ms: TimeMs) -> Sequence[Message]:
        """Send the steps, to be withdrawn when their time is over."""
        wanted = approved.wanted
        steps = ladder_orders(wanted.side, signal.ladder, approved.qty, wanted.instrument)
        if not steps:
            refused = EntryRefused(self._symbol, wanted.time_ms, "every step of the ladder is too small to trade")
            return (EntryEnded(self._symbol), refused)
        self._ladder_ends_ms = TimeMs(now_ms + signal.ladder_valid_ms)
        out: list[Message] = [WakeAt(self._address, self._ladder_ends_ms)]
        for intent in self._intents.ladder(approved, steps, now_ms):
            out.extend(self._desk.send(intent, now_ms))
        return out

    def pursue_quotes(self, rules: Instrument | None, blocked: str | None, now_ms: TimeMs) -> Sequence[Message]:
        """Make the book as the strategy wants it; nothing of it while entries are blocked."""
        return self._quotes.pursue(self._books.size, rules, may_quote=blocked is None, now_ms=now_ms)

    def withdraw(self) -> Sequence[Message]:
        """Cancel what could open a position; quotes that are looked after go anyway while nothing may be begun."""
        return tuple(self._desk.cancel_entries(quotes=not self.is_quoting))

    def position_closed(self) -> Sequence[Message]:
        """What is left of a ladder must not open the position again; quotes are for their strategy to withdraw."""
        return NOTHING if self.is_quoting else self.withdraw()

    def on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        """Withdraw the rest of a ladder whose time is over."""
        if self._ladder_ends_ms is None or now_ms < self._ladder_ends_ms:
            return NOTHING
        self._ladder_ends_ms = None
        return self.position_closed()

    def wake_again(self) -> Sequence[Message]:
        """Ask for the alarm once more: the clock may have been replaced."""
        return NOTHING if self._ladder_ends_ms is None else (WakeAt(self._address, self._ladder_ends_ms),)
