"""One account: its wallet, positions, orders and executions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO
from bot.simulator.trading.order import Order, OrderType
from bot.simulator.trading.position import Position


class Execution(NamedTuple):
    """One fill. Money in USDT, quantities in base coin, `time_ms` in virtual time.

    A tuple, because a frozen dataclass of so many fields takes several times as long to make.
    """

    sequence: int
    exec_id: str
    seq: int
    order_id: str
    link_id: str
    symbol: str
    side: Side
    order_type: OrderType
    stop_order_type: str
    create_type: str
    order_price: Decimal
    order_qty: Decimal
    leaves_qty: Decimal
    price: Decimal
    qty: Decimal
    value: Decimal
    fee: Decimal
    fee_rate: Decimal
    is_maker: bool
    closed_qty: Decimal
    realised: Decimal
    mark_price: Decimal
    time_ms: int


@dataclass(slots=True)
class SymbolTotals:
    """What trading one symbol came to: USDT, and base coin for volume."""

    realised: Decimal = ZERO
    fees: Decimal = ZERO
    volume: Decimal = ZERO


@dataclass(slots=True, eq=False)
class Account:
    """The books of one account. `wallet` is always starting balance + sum of realised - sum of fees."""

    id: str
    starting_balance: Decimal
    created_ms: int
    wallet: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    positions: dict[str, Position] = field(default_factory=dict)
    totals: dict[str, SymbolTotals] = field(default_factory=dict)
    open_orders: dict[str, Order] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    by_link_id: dict[str, Order] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    _open_in: dict[str, dict[str, Order]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wallet = self.starting_balance

    def position(self, symbol: str) -> Position:
        """The position in a symbol; a flat one is made on first use."""
        found = self.positions.get(symbol)
        if found is None:
            found = self.positions[symbol] = Position(symbol)
        return found

    def held(self) -> Iterator[Position]:
        """Positions that are not flat."""
        return (each for each in self.positions.values() if each.size)

    def open_in(self, symbol: str) -> list[Order]:
        """Open orders in a symbol, oldest first."""
        return list(self._open_in.get(symbol, {}).values())

    def add_order(self, order: Order) -> None:
        """Take in a new order, which is open."""
        self.orders[order.order_id] = order
        if order.link_id:
            self.by_link_id[order.link_id] = order
        self.open_orders[order.order_id] = order
        self._open_in.setdefault(order.symbol, {})[order.order_id] = order

    def close_order(self, order: Order) -> None:
        """Note that an order is open no longer."""
        self.open_orders.pop(order.order_id, None)
        self._open_in.get(order.symbol, {}).pop(order.order_id, None)

    def find(self, order_id: str, link_id: str) -> Order | None:
        """An order by its id or, if none is given, by its link id."""
        return self.orders.get(order_id) if order_id else self.by_link_id.get(link_id)

    def book(self, execution: Execution) -> None:
        """Let a fill change the wallet."""
        self.executions.append(execution)
        self.wallet += execution.realised - execution.fee
        self.realised += execution.realised
        self.fees += execution.fee
        totals = self.totals.setdefault(execution.symbol, SymbolTotals())
        totals.realised += execution.realised
        totals.fees += execution.fee
        totals.volume += execution.qty
