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
        self._asked: EntryWanted | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a wish is before the account."""
        return self._asked is not None

    @property
    def is_quoting(self) -> bool:
        """Whether a strategy's quotes have to be looked after."""
        return not self._quotes.is_idle

    def forget(self) -> None:
        """The account that was asked, or that gave leave, may be gone."""
        self._asked = None
        self._quotes.forget_leave()

    def refused(self) -> None:
        """The account said no."""
        self._asked = None

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
        if rules is None:
            return NOTHING
        wish = plan_quotes(plan, rules, self._settings)
        if isinstance(wish, EntryRefused):
            self._quotes.want_nothing()
            return (wish,)
        self._quotes.want(plan)
        self._books.plan_quotes(intended_stops(plan, rules))
        if blocked is not None or not self._quotes.must_ask(now_ms):
            return NOTHING
        self._quotes.asked(now_ms)
        return self._ask(wish)

    def market_lost(self) -> None:
        """Nobody sees the market: quotes at the prices of before would be filled by those who do."""
        self._quotes.want_nothing()

    @property
    def _settings(self) -> EntrySettings:
        return EntrySettings(self._books.leverage, self._risk_per_trade, self._fallback_stop_fraction)

    def _ask(self, planned: EntryWanted | EntryRefused) -> Sequence[Message]:
        self._asked = planned if isinstance(planned, EntryWanted) else None
        return (planned,)

    def is_answer(self, approved: EntryApproved) -> bool:
        """Whether this is what was asked for last; then nothing is being asked any more."""
        expected = self._asked is not None and self._asked == approved.wanted
        if expected:
            self._asked = None
        return expected

    def approved(self, approved: EntryApproved, blocked: str | None, now_ms: TimeMs) -> Sequence[Message]:
        """The account agreed; where things have changed meanwhile it gets back what it reserved."""
        if blocked is not None or self._books.size:
            return (EntryEnded(self._symbol),)
        self._books.plan(approved)
        if self._ladder is not None:
            return self._enter_by_ladder(approved, self._ladder, now_ms)
        return self._desk.send(self._intents.entry(approved, now_ms), now_ms)

    def may_quote(self, approved: EntryApproved) -> Sequence[Message]:
        """The account allows a position by quotes. Every such answer takes the place of the one before, there too."""
        if self._quotes.is_idle:
            return (EntryEnded(self._symbol),)
        self._quotes.allow(approved.qty)
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

    def withdraw(self, now_ms: TimeMs) -> Sequence[Message]:
        """Cancel what could open a position; quotes that are looked after go anyway while nothing may be begun."""
        return self._desk.cancel_entries(now_ms, quotes=not self.is_quoting)

    def withdraw_against(self, wanted: Side | None, now_ms: TimeMs) -> Sequence[Message]:
        """The strategy has changed its mind while a ladder rests: nothing of the other side may be filled any more.

        For None the strategy wants to be out, and what was asked for is not wanted any more either.
        """
        if wanted is None:
            self._asked = None
        return self._desk.cancel_entries(now_ms, quotes=False, keep=wanted)

    def withdraw_ladder(self, now_ms: TimeMs) -> Sequence[Message]:
        """Cancel what is left of a ladder; quotes are for their strategy to withdraw."""
        return self._desk.cancel_entries(now_ms, quotes=False)

    def on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        """Withdraw the rest of a ladder whose time is over."""
        if self._ladder_ends_ms is None or now_ms < self._ladder_ends_ms:
            return NOTHING
        self._ladder_ends_ms = None
        return self.withdraw_ladder(now_ms)

    def wake_again(self) -> Sequence[Message]:
        """Ask for the alarm once more: the clock may have been replaced."""
        return NOTHING if self._ladder_ends_ms is None else (WakeAt(self._address, self._ladder_ends_ms),)
