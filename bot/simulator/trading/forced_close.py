"""Closing a position by force: into the book, to the insurance fund, to those on the other side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Protocol

from bot.simulator.ids import Ids
from bot.simulator.market.book import Book, Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO, to_ledger
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.adl import leveraged_return
from bot.simulator.trading.ledger import Fill, Ledger
from bot.simulator.trading.margin import Margin
from bot.simulator.trading.order import Order, opposite
from bot.simulator.trading.outbox import Outbox
from bot.simulator.trading.position import Position

BY_LIQUIDATION, BY_TAKEOVER = "CreateByLiq", "CreateByTakeOver_PassThrough"
BY_ADL, BY_SETTLEMENT = "CreateByAdl_PassThrough", "CreateBySettle"
FREE_OF_FEES = frozenset({"AdlTrade", "Delivery"})
BEFORE_ADL = "CancelAllBeforeAdl"
BANKRUPTCY_TOO_FAR = Decimal("0.05")
"""In cross margin a bankruptcy price further than this from the mark price is not used; the mark price is."""


class Liquidated(NamedTuple):
    """A position that was taken over: `side` is the position's, `price` the bankruptcy price."""

    market: SymbolMarket
    side: Side
    qty: Decimal
    price: Decimal


class TakenOver(NamedTuple):
    """What is to be passed on of a position of `side`: the quantity, its value in the books, the price of both."""

    side: Side
    qty: Decimal
    value: Decimal
    price: Decimal


class OrderDesk(Protocol):
    """What liquidation needs of the desk."""

    def end(self, account: Account, order: Order, *, reason: str = ..., cancel_type: str = ...) -> None: ...

    def settle(self, account: Account, order: Order, *, traded: bool = ...) -> None: ...

    def cancel_everything(self, account: Account, cancel_type: str = ..., category: str = ...) -> int: ...

    def watch_margins(self, account: Account) -> None: ...


@dataclass(slots=True)
class ForcedClose:
    """The liquidation engine's hands; `happened` collects what the public hears of."""

    accounts: Mapping[str, Account]
    books: Mapping[str, Book]
    margin: Margin
    ledger: Ledger
    ids: Ids
    outbox: Outbox
    desk: OrderDesk
    happened: list[Liquidated] = field(default_factory=list)

    def held_in(self, market: SymbolMarket) -> Iterator[tuple[Account, Position]]:
        """Every position in a market that is not flat."""
        for account in self.accounts.values():
            for position in account.positions_in(market.instrument):
                if position.size:
                    yield account, position

    def reduce(self, account: Account, position: Position, market: SymbolMarket) -> bool:
        """Sell into the book down to the next lower risk tier; False if there is none or nobody to sell to."""
        tiers = market.instrument.risk_tiers
        tier = self.margin.exposure(account, position).tier
        place = tiers.index(tier)
        if place == 0:
            return False
        target_value = tiers[place - 1].limit_value
        value = position.value_at(market.mark_price)
        step = market.instrument.qty_step
        excess = abs(position.size) * (value - target_value) / value
        qty = min(-(-excess // step) * step, abs(position.size))
        sold = self._sell_into_book(position, market, qty, self._bankruptcy_price(account, position, market))
        if sold:
            self._close(account, position, market, BY_LIQUIDATION, sold, "BustTrade", with_street=True)
        return bool(sold)

    def take_over(self, account: Account, position: Position, market: SymbolMarket) -> None:
        """Close the whole position at the bankruptcy price, against the fund or those who are deleveraged."""
        price = self._bankruptcy_price(account, position, market)
        side, size = position.side or "Buy", abs(position.size)
        insured = self.ledger.house.insurance[position.coin] > 0
        value = self._close(account, position, market, BY_TAKEOVER, ((price, size),), "BustTrade", with_street=False)
        self.happened.append(Liquidated(market, side, size, price))
        taken = TakenOver(side, size, value, price)
        if not insured:
            taken = self._deleverage_others(account, market, taken)
        self._fund_sells(market, position.coin, taken, inverse=position.inverse)

    def deleverage(
        self, account: Account, position: Position, market: SymbolMarket, qty: Decimal, price: Decimal, *,
        with_street: bool = False,
    ) -> Decimal:  # fmt: skip
        """Close a part of a position for somebody who is bankrupt at `price`; the account's orders there go first.

        The other side of the trade, of the value that is returned, is up to the caller, unless it is the street's.
        """
        for order in account.open_in(position.market_id):
            if order.is_open and not order.is_guard:
                self.desk.end(account, order, cancel_type=BEFORE_ADL)
        position.status = "Adl"
        value = self._close(account, position, market, BY_ADL, ((price, qty),), "AdlTrade", with_street=with_street)
        position.status = "Normal"
        return value

    def settle(self, account: Account, position: Position, market: SymbolMarket, price: Decimal) -> None:
        """Close a whole position at a settlement price, as at the end of a contract; it costs no fee."""
        size = abs(position.size)
        self._close(account, position, market, BY_SETTLEMENT, ((price, size),), "Delivery", with_street=True)

    def _deleverage_others(self, bankrupt: Account, market: SymbolMarket, taken: TakenOver) -> TakenOver:
        """Close opposite positions, the highest leveraged return first; returns what is left."""
        others = [
            (leveraged_return(position, self.margin.exposure(account, position)), account, position)
            for account, position in self.held_in(market)
            if account is not bankrupt and position.side == opposite(taken.side)
        ]
        for _, account, position in sorted(others, key=lambda each: each[0], reverse=True):
            part = min(taken.qty, abs(position.size))
            if not part:
                break
            value = self.deleverage(account, position, market, part, taken.price)
            taken = taken._replace(qty=taken.qty - part, value=taken.value - value)
        return taken

    def _fund_sells(self, market: SymbolMarket, coin: str, taken: TakenOver, *, inverse: bool) -> None:
        """The insurance fund passes on to the market what it has taken over, and keeps or pays the difference."""
        closing, house = opposite(taken.side), self.ledger.house
        fills = self._sell_through(market, closing, taken.qty) if taken.qty else ()
        left = taken.qty - sum((part for _, part in fills), ZERO)
        if left:  # nobody is in the book any more: the street takes the rest at the price it was taken over at
            fills = (*fills, (taken.price, left))
        got = ZERO
        for price, part in fills:
            value = to_ledger(part / price if inverse else part * price)
            house.trade(market.id, coin, closing, part, value, inverse=inverse)
            got += value
        gain = got - taken.value if closing == "Sell" else taken.value - got
        house.insurance[coin] += -gain if inverse else gain

    def _sell_into_book(
        self, position: Position, market: SymbolMarket, qty: Decimal, worst: Decimal
    ) -> Sequence[tuple[Decimal, Decimal]]:
        closing = opposite(position.side or "Buy")
        fills = self._sell_through(market, closing, qty)
        return [fill for fill in fills if (fill[0] >= worst if closing == "Sell" else fill[0] <= worst)]

    def _sell_through(self, market: SymbolMarket, side: Side, qty: Decimal) -> Sequence[tuple[Decimal, Decimal]]:
        """Take from the book; (price, quantity) of each level."""
        book, fills = self.books[market.id], []
        against = opposite(side)
        for level in book.levels(against):
            part = min(qty, level.qty)
            book.take(against, level.ticks, part)
            fills.append((market.price_of(level.ticks), part))
            qty -= part
            if not qty:
                break
        return fills

    def _bankruptcy_price(self, account: Account, position: Position, market: SymbolMarket) -> Decimal:
        """To the tick that leaves the account something, if anything.

        In cross margin the mark price stands in for one that is far from it; an isolated position never costs more
        than its own margin.
        """
        mark, tick = market.mark_price, market.instrument.tick_size
        price = self.margin.bankruptcy_price(account, position, self.margin.summary(account))
        if price is None or (not account.isolated and abs(price - mark) > mark * BANKRUPTCY_TOO_FAR):
            price = mark
        ticks = -int(-price // tick) if position.size > 0 else int(price // tick)
        return max(ticks, 1) * tick

    def _close(
        self, account: Account, position: Position, market: SymbolMarket, create_type: str,
        fills: Sequence[tuple[Decimal, Decimal]], exec_type: str, *, with_street: bool,
    ) -> Decimal:  # fmt: skip
        """Book fills of (price, quantity) and tell of them; returns their value."""
        qty = sum((part for _, part in fills), ZERO)
        order = self._order(account, position, market, create_type, fills[0][0], qty)
        account.add_order(order)
        rate = ZERO if exec_type in FREE_OF_FEES else self.margin.taker_rate
        executions: list[Execution] = []
        for price, part in fills:
            fill = Fill(price, part, False, rate, with_street, exec_type, pays_insurance=True)
            execution = self.ledger.fill(account, order, market, fill)
            order.filled_qty += part
            order.filled_value += execution.value
            order.fee += execution.fee
            order.closed_pnl += execution.realised
            executions.append(execution)
        order.status = "Filled"
        account.close_order(order)
        self.outbox.executions(account, executions)
        self.outbox.order(order)
        self.desk.settle(account, order, traded=True)
        return order.filled_value

    def _order(
        self, account: Account, position: Position, market: SymbolMarket, create_type: str, price: Decimal, qty: Decimal
    ) -> Order:
        now_ms = market.clock.now_ms
        return Order(
            sequence=self.ids.next_sequence(), order_id=self.ids.order_id(), link_id="", account=account.id,
            market_id=market.id, symbol=market.symbol, category=market.category,
            side=opposite(position.side or "Buy"), order_type="Market", time_in_force="IOC", qty=qty, price=price,
            limit_ticks=market.ticks_of(price), created_ms=now_ms, updated_ms=now_ms,
            last_price_on_created=market.last_price, position_idx=position.idx, reduce_only=True,
            close_on_trigger=True, create_type=create_type,
        )  # fmt: skip
