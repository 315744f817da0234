"""The part of a position manager that carries out an entry in several orders."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import assert_never

import msgspec

from bot.core.contract import NOTHING
from bot.core.order_desk import OrderDesk
from bot.core.position_books import PositionBooks
from bot.domain.address import Role, address_of
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    AmendOrder,
    BestPricesLoaded,
    EntryEnded,
    FetchBestPrices,
    FetchOrder,
    KeepNote,
    LedgerLoaded,
    Message,
    PlanChanged,
    PlanState,
    WakeAt,
)
from bot.domain.values import ZERO, Symbol, TimeMs
from bot.orders.algorithms.news import note
from bot.orders.algorithms.plan import (
    Action,
    Amend,
    AskPrices,
    BestPrices,
    Cancel,
    Child,
    End,
    Market,
    Place,
    Plan,
    Wake,
    is_tradable,
)
from bot.orders.algorithms.steps import STEPS
from bot.orders.intents import IntentMaker

NOTE_KEY = "plan"
LOOK_AFTER_MS = 5_000
"""An amendment of which nothing is heard is looked up after this long, and prices are asked for again."""

ASK_AGAIN_AFTER_MS = 1_000
"""Prices are not asked for more often than this, however fast the exchange turns quotes away."""

FILLED = "filled"


class PlanDesk:
    """Lets the step of a plan decide after every piece of news, and does what it wants.

    What a step wants to place is cut to what may still be filled, so that no kind of entry can send more than was
    approved: children of unknown outcome and those being cancelled count in full. The plan is written down before its
    first child may leave and whenever it has changed in a way that its orders do not show. It is over, and what the
    account reserved free, when no child can be filled any more.
    """

    def __init__(self, symbol: Symbol, desk: OrderDesk, books: PositionBooks, intents: IntentMaker) -> None:
        self._symbol = symbol
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._desk = desk
        self._books = books
        self._intents = intents
        self._plan: Plan | None = None
        self._seen: set[str] = set()
        self._best: BestPrices | None = None
        self._asked_ms = TimeMs(0)
        self._wake_ms: TimeMs | None = None
        self._noted: object = None
        self._told: PlanChanged | None = None

    @property
    def is_active(self) -> bool:
        """Whether a plan is being carried out or wound down."""
        return self._plan is not None

    @property
    def plan(self) -> Plan | None:
        """The plan, for those who must know its side."""
        return self._plan

    def begin(self, plan: Plan) -> None:
        """Take up a plan; ``pursue`` sends its first orders."""
        self._plan = plan
        self._seen.clear()
        self._best = self._wake_ms = self._noted = self._told = None
        self._asked_ms = TimeMs(0)

    def withdraw(self, reason: str) -> None:
        """Nothing more shall be filled; ``pursue`` cancels what works. The first reason counts."""
        if self._plan is not None:
            self._plan.ending = self._plan.ending or reason

    def restore(self, loaded: LedgerLoaded) -> None:
        """Take up the plan of an earlier life, with what its children have come to, to wind it down.

        The account knows of no approval any more and the signal is old: what was filled is kept and protected, what
        works is cancelled, and the strategy decides anew.
        """
        text = dict(loaded.notes).get(NOTE_KEY)
        plan = None if text is None else _plan_in(text)
        if plan is None:
            return
        self.begin(plan)
        self._noted = text
        working = {intent.order_link_id for intent in loaded.open_intents}
        for child in plan.children:
            child.filled = child.value = ZERO
            child.wanted_price = None
            child.is_over = child.order_link_id not in working
        for fill in loaded.fills:
            note(plan, fill, self._seen)
        self.withdraw(FILLED if plan.filled >= plan.qty else "the bot was started again")

    def wake_again(self) -> None:
        """The clock may have been replaced: its alarms are gone."""
        self._wake_ms = None

    # --- news --------------------------------------------------------------------------------------------------

    def hear(self, message: object) -> None:
        """Take note of news of a child, or of the prices that were asked for."""
        if isinstance(message, BestPricesLoaded):
            self._best = BestPrices(message.bid_price, message.ask_price)
        elif self._plan is not None:
            note(self._plan, message, self._seen)

    # --- decisions ---------------------------------------------------------------------------------------------

    def pursue(self, rules: Instrument | None, now_ms: TimeMs) -> Sequence[Message]:
        """Do what the plan wants now."""
        plan = self._plan
        if plan is None:
            return NOTHING
        for child in plan.working:
            child.is_over = not self._desk.is_working(child.order_link_id)
        if self._books.side is plan.side and plan.follow_stop(self._books.stop):
            self.withdraw("the stop of the position was moved")
        out = list(self._questions(plan, now_ms))
        if not plan.ending and rules is not None:
            best, self._best = self._best, None
            if plan.filled >= plan.qty or (not plan.working and not is_tradable(plan.room, plan.price, rules)):
                plan.ending = FILLED
            else:
                for action in STEPS[plan.policy.kind](plan, Market(rules, best), now_ms):
                    out.extend(self._do(plan, action, rules, now_ms))
        if plan.ending:
            for child in plan.working:
                out.extend(self._cancel(child, now_ms))
        is_over = bool(plan.ending) and not plan.working
        return (*self._note(plan, is_over=is_over), *out, *self._tell(plan, now_ms, is_over=is_over))

    def _do(self, plan: Plan, action: Action, rules: Instrument, now_ms: TimeMs) -> Iterable[Message]:
        match action:
            case Place():
                return self._place(plan, action, rules, now_ms)
            case Amend(child=child, price=price):
                return self._amend(plan, child, price, now_ms)
            case Cancel(child=child):
                return self._cancel(child, now_ms)
            case AskPrices():
                return self._ask_prices(now_ms)
            case Wake(at_ms=at_ms):
                return self._wake(at_ms, now_ms)
            case End(reason=reason):
                plan.ending = plan.ending or reason
                return NOTHING
            case _:
                assert_never(action)

    def _place(self, plan: Plan, wanted: Place, rules: Instrument, now_ms: TimeMs) -> Iterable[Message]:
        qty = rules.floor_qty(min(wanted.qty, plan.room))
        price = wanted.price or wanted.trigger_price or plan.price
        if not is_tradable(qty, price, rules):
            return NOTHING
        if (price - plan.stop_price) * plan.side.sign <= 0:
            self.withdraw(f"its price {price} is beyond the stop {plan.stop_price}")
            return NOTHING
        intent = self._intents.child(plan, wanted, qty, now_ms)
        plan.children.append(
            Child(
                intent.order_link_id,
                qty,
                now_ms,
                price=wanted.price or wanted.trigger_price,
                is_market=wanted.price is None,
                stop_price=plan.stop_price,
            )
        )
        return self._desk.send(intent, now_ms)

    def _amend(self, plan: Plan, child: Child, price: Decimal, now_ms: TimeMs) -> Iterable[Message]:
        plan.moves += 1
        if price == child.price or child.is_over:
            return NOTHING
        child.wanted_price, child.asked_ms = price, now_ms
        amended = AmendOrder(self._symbol, child.order_link_id, price=child.wanted_price)
        return (amended, *self._wake(TimeMs(now_ms + LOOK_AFTER_MS), now_ms))

    def _cancel(self, child: Child, now_ms: TimeMs) -> Iterable[Message]:
        """What is filled has nothing to cancel, though the exchange has not said yet that it is over."""
        if child.is_plain_market or child.filled >= child.qty:
            return NOTHING
        return self._desk.cancel(child.order_link_id, now_ms)

    def _ask_prices(self, now_ms: TimeMs) -> Iterable[Message]:
        since_ms = now_ms - self._asked_ms
        if self._asked_ms and since_ms < ASK_AGAIN_AFTER_MS:
            return self._wake(TimeMs(self._asked_ms + ASK_AGAIN_AFTER_MS), now_ms)
        self._asked_ms = now_ms
        return (FetchBestPrices(self._symbol), *self._wake(TimeMs(now_ms + LOOK_AFTER_MS), now_ms))

    def _wake(self, at_ms: TimeMs, now_ms: TimeMs) -> Iterable[Message]:
        """One alarm at a time is waited for, the earliest; after it the step says anew when it wants the next."""
        if self._wake_ms is not None and now_ms < self._wake_ms <= at_ms:
            return NOTHING
        self._wake_ms = at_ms
        return (WakeAt(self._address, at_ms),)

    def _questions(self, plan: Plan, now_ms: TimeMs) -> Iterable[Message]:
        """Look up children whose amendment nobody has answered."""
        for child in plan.working:
            if child.wanted_price is not None:
                if now_ms - child.asked_ms >= LOOK_AFTER_MS:
                    child.asked_ms = now_ms
                    yield FetchOrder(self._symbol, child.order_link_id)
                yield from self._wake(TimeMs(child.asked_ms + LOOK_AFTER_MS), now_ms)

    # --- what others are told ----------------------------------------------------------------------------------

    def _note(self, plan: Plan, *, is_over: bool) -> Sequence[Message]:
        """What can not be derived from the children: which they are, how often they were moved, why it ends."""
        shape = None if is_over else (len(plan.children), plan.moves, plan.ending)
        if shape == self._noted:
            return NOTHING
        self._noted = shape
        text = None if is_over else msgspec.json.encode(plan).decode()
        return (KeepNote(self._address, NOTE_KEY, text),)

    def _tell(self, plan: Plan, now_ms: TimeMs, *, is_over: bool) -> Sequence[Message]:
        state = PlanState.OVER if is_over else PlanState.ENDING if plan.ending else PlanState.WORKING
        news = PlanChanged(
            self._symbol,
            plan.plan_id,
            plan.began_ms,
            plan.policy.kind.value,
            plan.side,
            plan.qty,
            plan.filled,
            plan.average_price,
            len(plan.children),
            plan.moves,
            state,
            plan.ending,
            now_ms,
        )
        if self._told is not None and msgspec.structs.replace(news, time_ms=self._told.time_ms) == self._told:
            return NOTHING
        self._told = news
        if not is_over:
            return (news,)
        self._plan = None
        return (news, EntryEnded(self._symbol))


def _plan_in(text: str) -> Plan | None:
    """The plan of a note; None for what another version of the bot wrote: its orders are cancelled all the same."""
    try:
        return msgspec.json.decode(text, type=Plan)
    except msgspec.DecodeError:
        return None
