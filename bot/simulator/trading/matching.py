"""Matching: who trades with whom, at which price.

A taker meets, best price first, at each price the resting orders of accounts in the order of their arrival and then
what the street offers there (`Book.levels`). A resting order that nobody takes is filled by the street when the price
trades through its level (see `Counter`).
"""

from collections.abc import Callable
from decimal import Decimal

from bot.simulator.market.book import Level, Side
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.counter import Counter
from bot.simulator.trading.life import OrderLife
from bot.simulator.trading.order import POST_ONLY, RESTS, Order, opposite

NOTHING_TO_TAKE = "EC_NoImmediateQtyToFill"
NOT_ENOUGH_TO_FILL = "EC_NoEnoughQtyToFill"
WOULD_TAKE = "EC_PostOnlyWillTakeLiquidity"
BY_SMP = "CancelBySmp"

type Settle = Callable[[Account, Order], None]
"""What follows from a fill of a resting order: stops, reduce-only orders, pushes."""


class Matcher:
    """Puts orders to work in the book."""

    def __init__(self, life: OrderLife, settle: Settle) -> None:
        self._life = life
        self._settle = settle

    def work(self, account: Account, order: Order, counter: Counter) -> bool:
        """Trade what can be traded, rest or cancel the remainder, and tell of it; returns whether it traded."""
        reason = self._refusal(order, counter)
        if reason:
            self._life.end(account, order, reason=reason)
            return False
        traded = self._match(account, order, counter)
        if order.is_open and order.time_in_force in RESTS:
            counter.rest(order)
            self._life.lock(account, order)
        elif order.is_open:
            self._life.end(account, order, reason=NOTHING_TO_TAKE)
            return traded
        if order.is_open or order.status == "Filled":
            self._life.outbox.order(order)
        return traded

    def fill_by_street(self, account: Account, order: Order) -> None:
        """The price has traded through a resting order: the street takes all of it."""
        fill = self._life.fill(account, order, order.limit_ticks, order.open_qty, is_maker=True)
        tape = self._life.counters[order.market_id].market.tape
        tape.traded(fill.exec_id, opposite(order.side), fill.qty, fill.price)
        self._life.outbox.executions(account, (fill,))
        self._life.outbox.order(order)

    def _refusal(self, order: Order, counter: Counter) -> str:
        """Post-only and fill-or-kill are decided before anything trades."""
        if order.time_in_force in POST_ONLY and order.accepts(counter.best_of_all(opposite(order.side))):
            return WOULD_TAKE
        if order.time_in_force == "FOK" and _takeable(order, counter) < order.qty - order.filled_qty:
            return NOT_ENOUGH_TO_FILL
        return ""

    def _match(self, account: Account, order: Order, counter: Counter) -> bool:
        """Take what the order's limit allows, best price first; returns whether it traded."""
        side = opposite(order.side)
        if not order.accepts(counter.best_of_all(side)):
            return False
        market, book, street = counter.market, counter.book, counter.book.levels(side)
        step, level = market.instrument.qty_step, next(street, None)
        fills: list[Execution] = []
        while order.is_open:
            ours = counter.best(side)
            with_street = ours is None or (level is not None and _is_better(side, level.ticks, ours))
            ticks = level.ticks if with_street and level is not None else ours
            if ticks is None or not order.accepts(ticks):
                break
            wanted = order.takes_at(market.price_of(ticks), step)
            if not wanted:
                break
            if with_street and level is not None:
                qty = min(wanted, level.qty)
                book.take(side, ticks, qty)
                fills.append(self._life.fill(account, order, ticks, qty, is_maker=False))
                level = next(street, None) if qty == level.qty else Level(ticks, level.qty - qty)
            else:
                maker = counter.resting(side).first_at(ticks)
                if not self._prevented(account, order, maker):
                    fills.append(self._trade(account, order, maker, min(wanted, maker.open_qty)))
        if fills:
            self._life.outbox.executions(account, fills)
        for fill in fills:
            market.tape.traded(fill.exec_id, order.side, fill.qty, fill.price)
        return bool(fills)

    def _trade(self, account: Account, order: Order, maker: Order, qty: Decimal) -> Execution:
        """Two accounts (or one with itself) trade at the price of the one who came first."""
        life, other = self._life, self._life.accounts[maker.account]
        ticks = maker.limit_ticks
        taken = life.fill(account, order, ticks, qty, is_maker=False, with_street=False)
        made = life.fill(other, maker, ticks, qty, is_maker=True, with_street=False)
        life.outbox.executions(other, (made,))
        life.outbox.order(maker)
        self._settle(other, maker)
        return taken

    def _prevented(self, account: Account, order: Order, maker: Order) -> bool:
        """Self-match prevention (Bybit V5 docs, smp): the policy of the incoming order decides."""
        if maker.account != order.account or order.smp_type == "None":
            return False
        order.smp_order_id, maker.smp_order_id = maker.order_id, order.order_id
        if order.smp_type != "CancelTaker":
            self._life.end(account, maker, cancel_type=BY_SMP)
        if order.smp_type != "CancelMaker":
            self._life.end(account, order, cancel_type=BY_SMP)
        return True


def _is_better(side: Side, ticks: int, than: int) -> bool:
    """Whether a price of a side of the book is met before another."""
    return ticks > than if side == "Buy" else ticks < than


def _takeable(order: Order, counter: Counter) -> Decimal:
    """How much an order could trade at once within its limit."""
    side, total = opposite(order.side), ZERO
    ladder = counter.resting(side)
    for maker in ladder.from_above() if side == "Buy" else ladder.from_below():
        if not order.accepts(maker.level):
            break
        if maker.account != order.account or order.smp_type == "None":
            total += maker.open_qty
        elif order.smp_type != "CancelMaker":
            return total + _street_before(maker.level, side, counter)  # it would end there
    return total + sum((each.qty for each in counter.book.levels(side) if order.accepts(each.ticks)), ZERO)


def _street_before(ticks: int, side: Side, counter: Counter) -> Decimal:
    """What the street offers at better prices than one of an account."""
    return sum((each.qty for each in counter.book.levels(side) if _is_better(side, each.ticks, ticks)), ZERO)
