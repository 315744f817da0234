"""The part of a position manager that turns wishes for a position into orders, once the account has agreed."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.core.contract import NOTHING
from bot.core.order_desk import OrderDesk
from bot.core.plan_desk import PlanDesk
from bot.core.position_books import PositionBooks
from bot.core.quote_desk import QuoteDesk, intended_stops
from bot.domain.address import Role, address_of
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    KeepNote,
    LedgerLoaded,
    Message,
    QuotesWanted,
    SignalRaised,
)
from bot.domain.values import Side, Symbol, TimeMs
from bot.orders.algorithms.plan import Plan
from bot.orders.algorithms.policy import EntryKind, EntryPolicy
from bot.orders.algorithms.steps import begin
from bot.orders.entries import EntrySettings, plan_entry, plan_quotes, steps_of, tighten
from bot.orders.intents import ENTRY_VALID_FOR_MS, IntentMaker

ENTRIES_KEY = "entries"
"""The note of how many entries the position has, where it was added to."""

KINDS = frozenset(EntryKind)


class EntryDesk:
    """Asks the account for leave, and sends what it approves: a market order, an entry in several orders, or quotes.

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
        policy: EntryPolicy,
        pyramid_levels: int,
    ) -> None:
        self._symbol = symbol
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._policy = policy
        self._pyramid_levels = pyramid_levels
        self._desk = desk
        self._books = books
        self._intents = intents
        self._risk_per_trade = risk_per_trade
        self._fallback_stop_fraction = fallback_stop_fraction
        self._quotes = QuoteDesk(symbol, desk, intents)
        self._plans = PlanDesk(symbol, desk, books, intents)
        self._signal: SignalRaised | None = None
        self._chosen = policy
        self._asked: EntryWanted | None = None
        self._entries_made = 1
        """Of the present position; one that was found counts as one."""

    def revise(
        self, risk_per_trade: Decimal, fallback_stop_fraction: Decimal, policy: EntryPolicy, pyramid_levels: int
    ) -> None:
        """Other settings count for the next entry; one that was begun goes on as it was."""
        self._risk_per_trade, self._fallback_stop_fraction = risk_per_trade, fallback_stop_fraction
        self._policy, self._pyramid_levels = policy, pyramid_levels

    @property
    def is_asking(self) -> bool:
        """Whether a wish is before the account."""
        return self._asked is not None

    @property
    def is_quoting(self) -> bool:
        """Whether a strategy's quotes have to be looked after."""
        return not self._quotes.is_idle

    @property
    def is_planning(self) -> bool:
        """Whether an entry in several orders is being carried out or wound down."""
        return self._plans.is_active

    def hear(self, message: object) -> None:
        """Take note of news that may concern an entry in several orders."""
        if self._plans.is_active:
            self._plans.hear(message)

    def pursue_plan(self, rules: Instrument | None, blocked: str | None, now_ms: TimeMs) -> Sequence[Message]:
        """Go on with an entry in several orders, or wind it down while nothing may be begun."""
        if blocked is not None:
            self._plans.withdraw(blocked)
        return self._plans.pursue(rules, now_ms)

    def restore(self, loaded: LedgerLoaded) -> None:
        """Take up what an earlier life has kept."""
        self._plans.restore(loaded)
        self._entries_made = int(dict(loaded.notes).get(ENTRIES_KEY) or 1)

    def forget(self) -> None:
        """The account that was asked, or that gave leave, may be gone."""
        self._asked = None
        self._plans.withdraw("the private stream was down")
        self._quotes.forget_leave()

    def refused(self) -> None:
        """The account said no."""
        self._asked = None

    def signal(
        self, signal: SignalRaised, side: Side, rules: Instrument | None, blocked: str | None, now_ms: TimeMs
    ) -> Sequence[Message]:
        """A wish for a position while there is none."""
        refused = self._refusal(signal, blocked, now_ms)
        if refused is not None or rules is None:
            return (refused or EntryRefused(self._symbol, signal.time_ms, "the trading rules are not known yet"),)
        self._signal, self._chosen = signal, self._policy_of(signal)
        return self._ask(plan_entry(signal, side, rules, self._settings, self._chosen))

    def add(
        self, signal: SignalRaised, side: Side, rules: Instrument | None, blocked: str | None, now_ms: TimeMs
    ) -> Sequence[Message]:
        """A wish for the position there is: where that is configured and it is in profit, it is added to.

        Otherwise nothing is said: strategies repeat themselves with every bar.
        """
        held = self._books.position()
        in_profit = (signal.price - float(held.entry_price)) * side.sign > 0
        if not in_profit or self._entries_made > self._pyramid_levels or rules is None:
            return NOTHING
        if blocked is not None or self._refusal(signal, blocked, now_ms) is not None:
            return NOTHING
        policy = self._policy_of(signal)
        planned = plan_entry(signal, side, rules, self._settings, policy, level=self._entries_made)
        if isinstance(planned, EntryWanted):
            planned = tighten(planned, held.stop_price, held.target_price)
        self._signal, self._chosen = signal, policy
        return self._ask(planned)

    def _refusal(self, signal: SignalRaised, blocked: str | None, now_ms: TimeMs) -> EntryRefused | None:
        too_old = now_ms - signal.time_ms > ENTRY_VALID_FOR_MS
        reason = "the signal is too old" if too_old else blocked
        if reason is None and signal.entry and signal.entry not in KINDS:
            reason = f"there is no kind of entry {signal.entry!r:.40}"
        return None if reason is None else EntryRefused(self._symbol, signal.time_ms, reason)

    def _policy_of(self, signal: SignalRaised) -> EntryPolicy:
        """The configured policy, with the kind that the strategy names; its own ladder is layered."""
        kind = EntryKind.LAYERED if signal.ladder else EntryKind(signal.entry or self._policy.kind)
        return self._policy if kind is self._policy.kind else msgspec.structs.replace(self._policy, kind=kind)

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
        return EntrySettings(
            self._books.leverage, self._risk_per_trade, self._fallback_stop_fraction, self._desk.revision
        )

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
        wanted, signal = approved.wanted, self._signal
        held = self._books.side
        has_changed = held is not None if wanted.level == 0 else held is not wanted.side
        if blocked is not None or has_changed or signal is None:
            return (EntryEnded(self._symbol),)
        policy = self._chosen  # what it was sized for, whatever has been configured meanwhile
        if policy.kind is EntryKind.MARKET:
            self._books.plan(approved)
            order = self._intents.entry(approved, now_ms, slippage_fraction=policy.slippage_fraction)
            return (*self._count(wanted), *self._desk.send(order, now_ms))
        plan = self._plan_of(approved, signal, policy, now_ms)
        reason = begin(plan, steps_of(signal, policy), wanted.instrument)
        if reason is not None:
            return (EntryEnded(self._symbol), EntryRefused(self._symbol, wanted.time_ms, reason))
        self._books.plan(approved)
        self._plans.begin(plan)
        return (*self._count(wanted), *self._plans.pursue(wanted.instrument, now_ms))

    def _count(self, wanted: EntryWanted) -> Sequence[Message]:
        """Write down how often a position was added to: a crash must not make room for one more."""
        counted, self._entries_made = self._entries_made, wanted.level + 1
        if counted == self._entries_made == 1:
            return NOTHING
        return (KeepNote(self._address, ENTRIES_KEY, str(self._entries_made) if wanted.level else None),)

    def _plan_of(self, approved: EntryApproved, signal: SignalRaised, policy: EntryPolicy, now_ms: TimeMs) -> Plan:
        wanted = approved.wanted
        lasts_ms = signal.ladder_valid_ms if signal.ladder else policy.expiry_ms
        if policy.kind is EntryKind.TWAP:  # its last slice has as long as those before
            lasts_ms = policy.twap_duration_ms + policy.twap_duration_ms // policy.twap_slices
        return Plan(
            self._intents.plan_id(wanted.time_ms),
            self._symbol,
            policy,
            wanted.side,
            approved.qty,
            wanted.instrument.nearest_price(signal.price),
            wanted.stop_price,
            wanted.target_price,
            now_ms,
            TimeMs(now_ms + lasts_ms),
        )

    def may_quote(self, approved: EntryApproved) -> Sequence[Message]:
        """The account allows a position by quotes. Every such answer takes the place of the one before, there too."""
        if self._quotes.is_idle:
            return (EntryEnded(self._symbol),)
        self._quotes.allow(approved.qty)
        return NOTHING

    def pursue_quotes(self, rules: Instrument | None, blocked: str | None, now_ms: TimeMs) -> Sequence[Message]:
        """Make the book as the strategy wants it; nothing of it while entries are blocked."""
        return self._quotes.pursue(self._books.size, rules, may_quote=blocked is None, now_ms=now_ms)

    def withdraw(self, now_ms: TimeMs) -> Sequence[Message]:
        """Cancel what could open a position; quotes that are looked after go anyway while nothing may be begun."""
        self._plans.withdraw("entries were withdrawn")
        return self._desk.cancel_entries(now_ms, quotes=not self.is_quoting)

    def withdraw_against(self, wanted: Side | None, now_ms: TimeMs) -> Sequence[Message]:
        """The strategy has changed its mind while an entry rests: nothing of the other side may be filled any more.

        For None the strategy wants to be out, and what was asked for is not wanted any more either.
        """
        if wanted is None:
            self._asked = None
        if self._plans.plan is not None and self._plans.plan.side is not wanted:
            self._plans.withdraw("the strategy changed its mind")
        return self._desk.cancel_entries(now_ms, quotes=False, keep=wanted)

    def withdraw_ladder(self, now_ms: TimeMs) -> Sequence[Message]:
        """Cancel what is left of an entry in several orders; quotes are for their strategy to withdraw."""
        self._plans.withdraw("the position was closed")
        return self._desk.cancel_entries(now_ms, quotes=False)

    def wake_again(self) -> None:
        """The clock may have been replaced."""
        self._plans.wake_again()
