"""Where orders live: accepting, matching, triggering, cancelling, and what follows from each."""

from dataclasses import dataclass
from decimal import Decimal

from bot.simulator.exchange_settings import ExchangeSettings
from bot.simulator.ids import Ids
from bot.simulator.market.book import Book
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.walk import Levels
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.ledger import Fill, Ledger
from bot.simulator.trading.order import FALL, NO_ERROR, RISE, Order, Status, opposite
from bot.simulator.trading.outbox import Outbox
from bot.simulator.trading.position import Position
from bot.simulator.trading.price_limit import bound_ticks
from bot.simulator.trading.stops import StopKeeper, forget

NOTHING_TO_TAKE = "EC_NoImmediateQtyToFill"
NOT_ENOUGH_TO_FILL = "EC_NoEnoughQtyToFill"
WOULD_TAKE = "EC_PostOnlyWillTakeLiquidity"


@dataclass(frozen=True, slots=True)
class Counter:
    """One symbol as orders meet it: its market and its book."""

    market: SymbolMarket
    book: Book


class Desk:
    """Changes the books of accounts; every change is told to the outbox.

    Markets whose waiting levels have changed are noted in `rewatched`: the exchange then works out anew when
    their price next touches one.
    """

    def __init__(
        self, counters: dict[str, Counter], accounts: dict[str, Account], settings: ExchangeSettings,
        ids: Ids, outbox: Outbox, ledger: Ledger,
    ) -> None:  # fmt: skip
        self.counters = counters
        self.rewatched: list[SymbolMarket] = []
        self._accounts = accounts
        self._settings = settings
        self._ledger = ledger
        self._outbox = outbox
        self.stops = StopKeeper(ids, outbox, self.end)

    def submit(self, account: Account, order: Order) -> None:
        """Put a checked order to work: match what can be matched, rest or cancel the remainder."""
        account.add_order(order)
        counter = self.counters[order.market_id]
        if not self._may_trade_now(order, counter):
            return self._settle(account, order)
        traded = self._match(account, order, counter)
        if order.is_open and order.time_in_force not in {"GTC", "PostOnly"}:
            self.end(account, order, reason=NOTHING_TO_TAKE)
        else:
            self._outbox.order(order)
        return self._settle(account, order, traded=traded)

    def cancel(self, account: Account, order: Order, cancel_type: str = "CancelByUser") -> None:
        """End an open order on somebody's wish."""
        self.end(account, order, cancel_type=cancel_type)
        self._settle(account, order)

    def end(self, account: Account, order: Order, *, reason: str = NO_ERROR, cancel_type: str = "UNKNOWN") -> None:
        """Close an order that is not filled and tell of it."""
        waiting = order.status == "Untriggered"
        self._set(account, order, "Deactivated" if waiting else "Cancelled")
        order.reject_reason, order.cancel_type = reason, cancel_type
        self._outbox.order(order)

    def touched(self, market: SymbolMarket) -> None:
        """The price of a symbol is at a level: fill and trigger what waits there, oldest order first."""
        ticks = market.quote.ticks
        waiting = [
            (account, order)
            for account in self._accounts.values()
            for order in account.open_in(market.instrument.id)
            if _is_due(order, ticks)
        ]
        for account, order in sorted(waiting, key=lambda due: due[1].sequence):
            if not order.is_open:
                continue
            if order.trigger_price is not None and order.status == "Untriggered":
                traded = self._trigger(account, order)
            else:
                fill = self._fill(account, order, order.limit_ticks, order.open_qty, is_maker=True)
                self._outbox.executions(account, (fill,))
                self._outbox.order(order)
                traded = True
            self._settle(account, order, traded=traded)
        self.rewatch(market)

    def rewatch(self, market: SymbolMarket) -> None:
        """Find the nearest waiting levels of a market."""
        falls: list[int] = []
        rises: list[int] = []
        for account in self._accounts.values():
            for order in account.open_in(market.instrument.id):
                ticks, direction = _level(order)
                (rises if direction == RISE else falls).append(ticks)
        market.watch(Levels(max(falls, default=None), min(rises, default=None)))
        self.rewatched.append(market)

    def rules_changed(self, market: SymbolMarket) -> None:
        """Prices of a market are counted in other ticks now: count those of waiting orders anew."""
        for account in self._accounts.values():
            for order in account.open_in(market.id):
                order.limit_ticks = round(order.price / market.instrument.tick_size)
                if order.trigger_price is not None:
                    order.trigger_ticks = round(order.trigger_price / market.instrument.tick_size)

    def look_after(self, market: SymbolMarket) -> None:
        """A bar of a market in which somebody holds a position has closed."""

    def fund(self, market: SymbolMarket, rate: Decimal) -> None:
        """It is funding time: longs pay `rate` of their value to shorts."""

    def _trigger(self, account: Account, order: Order) -> bool:
        """An untriggered market order becomes a market close; returns whether it traded."""
        counter = self.counters[order.market_id]
        order.limit_ticks = bound_ticks(counter.market, order.side)
        order.price = counter.market.price_of(order.limit_ticks)
        forget(account.position(counter.market.instrument, order.position_idx), order)
        self._set(account, order, "Triggered")
        self._outbox.order(order)
        traded = self._match(account, order, counter)
        if order.is_open:
            self.end(account, order, reason=NOTHING_TO_TAKE)
        else:
            self._outbox.order(order)
        return traded

    def _may_trade_now(self, order: Order, counter: Counter) -> bool:
        """Post-only and fill-or-kill are decided before anything trades."""
        reason = ""
        if order.time_in_force == "PostOnly" and self._crosses(order, counter):
            reason = WOULD_TAKE
        elif order.time_in_force == "FOK" and self._takeable(order, counter) < order.qty:
            reason = NOT_ENOUGH_TO_FILL
        if reason:
            self.end(self._accounts[order.account], order, reason=reason)
        return not reason

    def _crosses(self, order: Order, counter: Counter) -> bool:
        best = counter.book.best(opposite(order.side))
        return order.limit_ticks >= best if order.side == "Buy" else order.limit_ticks <= best

    def _takeable(self, order: Order, counter: Counter) -> Decimal:
        levels = counter.book.levels(opposite(order.side))
        return sum((each.qty for each in levels if _within(order, each.ticks)), Decimal(0))

    def _match(self, account: Account, order: Order, counter: Counter) -> bool:
        """Take from the book what the order's limit allows, best price first; returns whether it traded."""
        side, fills = opposite(order.side), []
        for level in counter.book.levels(side):
            if not _within(order, level.ticks):
                break
            qty = min(order.open_qty, level.qty)
            counter.book.take(side, level.ticks, qty)
            fills.append(self._fill(account, order, level.ticks, qty, is_maker=False))
            if order.status == "Filled":
                break
        if fills:
            self._outbox.executions(account, fills)
        return bool(fills)

    def _fill(self, account: Account, order: Order, ticks: int, qty: Decimal, *, is_maker: bool) -> Execution:
        """Trade `qty` at a price and enter it in the ledger; telling of it is up to the caller."""
        market = self.counters[order.market_id].market
        rate = self._settings.maker_fee_rate if is_maker else self._settings.taker_fee_rate
        execution = self._ledger.fill(account, order, market, Fill(market.price_of(ticks), qty, is_maker, rate))
        order.filled_qty += qty
        order.filled_value += execution.value
        order.fee += execution.fee
        order.closed_pnl += execution.realised
        self._set(account, order, "Filled" if order.filled_qty == order.qty else "PartiallyFilled")
        return execution

    def _settle(self, account: Account, order: Order, *, traded: bool = False) -> None:
        """After an order has changed something: stops and reduce-only orders follow the position.

        The position is pushed whatever happened to the order, as on Bybit; the wallet only after fills.
        """
        market = self.counters[order.market_id].market
        position = account.position(market.instrument, order.position_idx)
        self.stops.follow(account, order, position, market)
        self._cut_reduce_only(account, market, position)
        self._outbox.position(account, position, market, wallet=traded)
        self.rewatch(market)

    def _cut_reduce_only(self, account: Account, market: SymbolMarket, position: Position) -> None:
        for order in account.open_in(market.instrument.id):
            if not order.reduce_only or not order.is_resting:
                continue
            closable = position.closable_by(order.side)
            if not closable:
                self.end(account, order, cancel_type="CancelByReduceOnly")
            elif order.open_qty > closable:
                order.qty = order.filled_qty + closable
                order.updated_ms = market.clock.now_ms
                self._outbox.order(order)

    def _set(self, account: Account, order: Order, status: Status) -> None:
        order.status = status
        order.updated_ms = self.counters[order.market_id].market.clock.now_ms
        if not order.is_open:
            account.close_order(order)
            rules = self.counters[order.market_id].market.instrument
            forget(account.position(rules, order.position_idx), order)


def _within(order: Order, ticks: int) -> bool:
    return ticks <= order.limit_ticks if order.side == "Buy" else ticks >= order.limit_ticks


def _level(order: Order) -> tuple[int, int]:
    """At which price (ticks) a waiting order acts, and from which direction the price comes.

    A resting bid trades when the best ask comes down to it, which is when the last price is a tick lower.
    """
    if order.trigger_price is not None and order.status == "Untriggered":
        return order.trigger_ticks, order.trigger_direction
    return (order.limit_ticks - 1, FALL) if order.side == "Buy" else (order.limit_ticks + 1, RISE)


def _is_due(order: Order, ticks: int) -> bool:
    level, direction = _level(order)
    return ticks >= level if direction == RISE else ticks <= level
