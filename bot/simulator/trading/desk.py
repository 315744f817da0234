"""Where orders live: what may be done to them, and what follows from it."""

from decimal import Decimal
from typing import Protocol

from bot.simulator.exchange_settings import ExchangeSettings
from bot.simulator.ids import Ids
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.walk import Levels
from bot.simulator.trading.account import Account
from bot.simulator.trading.amending import Amender, Amendment
from bot.simulator.trading.counter import Counter
from bot.simulator.trading.funding import settle_funding
from bot.simulator.trading.ledger import Ledger
from bot.simulator.trading.life import OrderLife
from bot.simulator.trading.margin import Margin
from bot.simulator.trading.matching import Matcher
from bot.simulator.trading.order import NO_ERROR, Order
from bot.simulator.trading.outbox import Outbox
from bot.simulator.trading.position import Position
from bot.simulator.trading.stops import StopKeeper
from bot.simulator.trading.triggers import BY_REDUCE_ONLY, Triggers

__all__ = ["Counter", "Desk"]

NO_LEVELS = Levels(None, None)


class MarginGuard(Protocol):
    """Watches over margins."""

    def check(self, market: SymbolMarket) -> bool:
        """Liquidate who must be, among those with a position in a market.

        Returns whether anybody was, or the levels at which it wants to check again have changed.
        """
        ...

    def mark_levels(self, market: SymbolMarket) -> Levels:
        """At which mark prices (ticks) it wants to check."""
        ...


class Desk:
    """Changes the books of accounts; every change is told to the outbox.

    Markets whose waiting levels may have changed are noted; before the market moves, `take_rewatched` finds the
    levels anew, however much has been done to orders at that moment, and the exchange when one is next touched.
    """

    def __init__(
        self, counters: dict[str, Counter], accounts: dict[str, Account], settings: ExchangeSettings,
        ids: Ids, outbox: Outbox, ledger: Ledger, margin: Margin,
    ) -> None:  # fmt: skip
        self.counters = counters
        self._unwatched: dict[SymbolMarket, bool] = {}
        """Markets whose levels are to be found, and whether to plan anew even if they are as they were."""
        self._watched: dict[str, tuple[Levels, Levels, Levels]] = {}
        self._accounts = accounts
        self._outbox = outbox
        self._life = OrderLife(counters, accounts, settings, ledger, outbox)
        self._matcher = Matcher(self._life, self._settle_maker)
        self._triggers = Triggers(self._life, self._matcher, margin)
        self._amender = Amender(self._life, self._matcher)
        self.stops = StopKeeper(ids, self._life)
        self._ledger = ledger
        self.guard: MarginGuard | None = None
        """Who liquidates; it needs the desk itself, so it comes later."""

    def submit(self, account: Account, order: Order) -> None:
        """Take a checked order in: an untriggered one waits, any other is put to work."""
        account.add_order(order)
        counter = self.counters[order.market_id]
        traded = False
        if order.is_waiting:
            counter.wait(order)
            self._life.lock(account, order)
            self._outbox.order(order)
        else:
            traded = self._matcher.work(account, order, counter)
        self.settle(account, order, traded=traded)

    def cancel(self, account: Account, order: Order, cancel_type: str = "CancelByUser") -> None:
        """End an open order on somebody's wish."""
        self.end(account, order, cancel_type=cancel_type)
        self.settle(account, order)

    def cancel_everything(self, account: Account, cancel_type: str = "CancelByUser", category: str = "") -> int:
        """End every open order of an account, or of a category; returns how many there were."""
        chosen = [each for each in account.open_orders.values() if category in {"", each.category}]
        for order in chosen:
            if order.is_open:
                self.cancel(account, order, cancel_type)
        return len(chosen)

    def amend(self, account: Account, order: Order, wanted: Amendment) -> None:
        """Change an open order; the amendment has been checked."""
        traded = self._amender.amend(account, order, wanted)
        self.settle(account, order, traded=traded)

    def write(self, account: Account, order: Order, wanted: Amendment) -> None:
        """Try an amendment on: only the fields of the order change, and change back by another call."""
        self._amender.write(account, order, wanted)

    def end(self, account: Account, order: Order, *, reason: str = NO_ERROR, cancel_type: str = "UNKNOWN") -> None:
        """Close an order that is not filled and tell of it."""
        self._life.end(account, order, reason=reason, cancel_type=cancel_type)

    def touched(self, market: SymbolMarket) -> None:
        """A price of a market is at a level: fill and trigger what waits there."""
        counter = self.counters[market.id]
        if market.status == "Trading":
            counter.ratchet()
            for order in counter.due():
                self._reach(self._accounts[order.account], order, counter)
        if market.held:
            self.look_after(market)
        self.rewatch(market)

    def rewatch(self, market: SymbolMarket) -> None:
        """Find the nearest waiting levels of a market anew, and whether anybody holds a position there."""
        rules = market.instrument
        market.held = rules.category != "spot" and any(
            position.size for account in self._accounts.values() for position in account.positions_in(rules)
        )
        self._watch(market, anew=True)

    def watch_margins(self, account: Account) -> None:
        """An account has more or less to spare than before: its positions are liquidated at other prices now."""
        for position in account.held():
            self._watch(self.counters[position.market_id].market)

    @property
    def has_unwatched(self) -> bool:
        """Whether `take_rewatched` has anything to do."""
        return bool(self._unwatched)

    def take_rewatched(self) -> list[SymbolMarket]:
        """Tell markets their nearest levels; returns those in which what was planned for a touch no longer holds."""
        changed = [market for market, anew in self._unwatched.items() if self._find_levels(market, anew=anew)]
        self._unwatched.clear()
        return changed

    def settle(self, account: Account, order: Order, *, traded: bool = False) -> None:
        """After an order has changed something: stops and reduce-only orders follow the position.

        The position is pushed whatever happened to the order, as on Bybit; the wallet only after fills. Of a pair
        there is no position, and orders lock coins: its wallet is pushed always.
        """
        market = self.counters[order.market_id].market
        rules = market.instrument
        if order.category == "spot":
            if traded:
                self.watch_margins(account)
            self._outbox.wallet(account, rules.base_coin, rules.quote_coin)
            return self._watch(market)
        position = account.position(rules, order.position_idx)
        if traded:
            self.watch_margins(account)
            self.stops.follow(account, order, position, market)
            self._cut_reduce_only(account, market, position)
        self._outbox.position(account, position, market, wallet=traded)
        if traded and position.size:
            market.held = True
            return self._watch(market, anew=True)
        return self.rewatch(market) if traded else self._watch(market)

    def status_changed(self, market: SymbolMarket) -> None:
        """A market was halted, delisted or reopened: without trading nothing fills, a closed one has no orders."""
        if market.status == "Closed":
            for account in self._accounts.values():
                for order in account.open_in(market.id):
                    if order.is_open:
                        self.cancel(account, order, "CancelBySettle")
        self.rewatch(market)

    def price_jumped(self, market: SymbolMarket) -> None:
        """A price was moved by hand: trailing stops follow it at once, for the path may turn where it jumped to."""
        self.counters[market.id].ratchet()

    def rules_changed(self, market: SymbolMarket, tick_size_before: Decimal) -> None:
        """Ticks of another size: orders keep their prices, to the next tick that is no worse for their accounts."""
        counter = self.counters[market.id]
        for account in self._accounts.values() if market.instrument.tick_size != tick_size_before else ():
            for order in account.open_in(market.id):
                price = order.price
                counter.reprice(order, tick_size_before)
                if order.price != price:
                    account.version += 1
                    self._life.lock(account, order)
                    self._outbox.order(order)
        self.rewatch(market)

    def look_after(self, market: SymbolMarket) -> None:
        """Liquidate who must be: the mark price is at a level, or a bar has closed with the prices of others moved."""
        if self.guard is not None and self.guard.check(market):
            self.rewatch(market)

    def fund(self, market: SymbolMarket, rate: Decimal) -> None:
        """It is funding time: longs pay `rate` of their value to shorts."""
        settle_funding(self._accounts.values(), market, rate, self._ledger, self._outbox)
        self.look_after(market)

    def _reach(self, account: Account, order: Order, counter: Counter) -> None:
        if not order.is_open:
            return
        if order.is_waiting:
            traded = self._triggers.trigger(account, order, counter)
        elif order.open_qty:
            self._matcher.fill_by_street(account, order)
            traded = True
        self.settle(account, order, traded=traded)

    def _settle_maker(self, account: Account, order: Order) -> None:
        self.settle(account, order, traded=True)

    def _watch(self, market: SymbolMarket, *, anew: bool = False) -> None:
        self._unwatched[market] = anew or self._unwatched.get(market, False)

    def _find_levels(self, market: SymbolMarket, *, anew: bool) -> bool:
        """Say which levels are the nearest; what was planned for the same levels still holds, unless `anew`."""
        last, mark, index = self.counters[market.id].levels()
        if market.status != "Trading":
            last = mark = index = NO_LEVELS
        if self.guard is not None and market.held:
            mark = _nearest(mark, self.guard.mark_levels(market))
        levels = (last, mark, index)
        if not anew and self._watched.get(market.id) == levels:
            return False
        self._watched[market.id] = levels
        market.trailed = bool(self.counters[market.id].trailing)
        market.watch(*levels)
        return True

    def _cut_reduce_only(self, account: Account, market: SymbolMarket, position: Position) -> None:
        for order in account.open_in(market.id):
            if not order.reduce_only or not order.is_resting or order.position_idx != position.idx:
                continue
            closable = position.closable_by(order.side)
            if not closable:
                self.end(account, order, cancel_type=BY_REDUCE_ONLY)
            elif order.open_qty > closable:
                order.qty = order.filled_qty + closable
                order.updated_ms = market.clock.now_ms
                account.version += 1
                self.counters[market.id].show(order)
                self._outbox.order(order)


def _nearest(one: Levels, other: Levels) -> Levels:
    falls = [each.fall for each in (one, other) if each.fall is not None]
    rises = [each.rise for each in (one, other) if each.rise is not None]
    return Levels(max(falls, default=None), min(rises, default=None))
