"""One unified account: its coins, positions, orders and history."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from bot.simulator.instruments import Instrument
from bot.simulator.intervals import DAY_MS
from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO
from bot.simulator.trading.order import Order, OrderType
from bot.simulator.trading.position import DEFAULT_LEVERAGE, HEDGE_BUY, HEDGE_SELL, ONE_WAY, Position

UNFILLED_KEPT_MS = DAY_MS
"""For so long queries find a closed order that never traded (Bybit V5 docs, order/history)."""
MarginMode = Literal["REGULAR_MARGIN", "ISOLATED_MARGIN"]


class Execution(NamedTuple):
    """One fill, or a funding payment. Money in the settle coin (spot: quote coin), fees in `fee_coin`, virtual time.

    A tuple, because a frozen dataclass of so many fields takes several times as long to make.
    """

    sequence: int
    exec_id: str
    seq: int
    order_id: str
    link_id: str
    market_id: str
    symbol: str
    category: str
    side: Side
    order_type: OrderType | Literal["UNKNOWN"]
    stop_order_type: str
    create_type: str
    order_price: Decimal
    order_qty: Decimal
    leaves_qty: Decimal
    price: Decimal
    qty: Decimal
    value: Decimal
    fee: Decimal
    fee_coin: str
    fee_rate: Decimal
    is_maker: bool
    closed_qty: Decimal
    realised: Decimal
    mark_price: Decimal
    index_price: Decimal
    time_ms: int
    exec_type: str = "Trade"


class LogEntry(NamedTuple):
    """One line of the transaction log: a change of one coin of the wallet."""

    sequence: int
    entry_id: str
    kind: str
    """TRADE, SETTLEMENT, TRANSFER_IN, TRANSFER_OUT, LIQUIDATION, ADL ..."""
    coin: str
    symbol: str
    category: str
    side: str
    qty: Decimal
    size: Decimal
    """Signed position after it."""
    price: Decimal
    funding: Decimal
    """Received; negative = paid."""
    fee: Decimal
    cash_flow: Decimal
    balance: Decimal
    """Of the coin after it."""
    fee_rate: Decimal
    trade_id: str
    order_id: str
    link_id: str
    time_ms: int

    @property
    def change(self) -> Decimal:
        return self.cash_flow + self.funding - self.fee


class ClosedPnl(NamedTuple):
    """What one fill or one closing order has closed of a position."""

    sequence: int
    market_id: str
    symbol: str
    category: str
    order_id: str
    side: Side
    order_type: str
    exec_type: str
    order_qty: Decimal
    order_price: Decimal
    closed_qty: Decimal
    entry_value: Decimal
    exit_value: Decimal
    closed_pnl: Decimal
    """Net of both fees."""
    open_fee: Decimal
    close_fee: Decimal
    fill_count: int
    leverage: Decimal
    created_ms: int
    updated_ms: int


class Transfer(NamedTuple):
    """A transfer between the unified and the funding wallet."""

    sequence: int
    transfer_id: str
    coin: str
    amount: Decimal
    source: str
    target: str
    time_ms: int


@dataclass(slots=True)
class Purse:
    """One coin of an account. `wallet` = put in and traded for + realised - fees - funding paid.

    Attributes:
        starting: put in at the start.
        realised: profit of closed contracts, before fees.
        fees: trading fees paid in this coin.
        funding: funding paid (negative: received).
        locked: reserved by open spot orders.
        fund: held in the funding wallet, out of reach of trading.
    """

    coin: str
    starting: Decimal = ZERO
    wallet: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    locked: Decimal = ZERO
    fund: Decimal = ZERO


@dataclass(slots=True)
class SymbolTotals:
    """What trading one market came to: in its settle coin, and base coin (inverse: USD) for volume."""

    realised: Decimal = ZERO
    fees: Decimal = ZERO
    volume: Decimal = ZERO
    funding: Decimal = ZERO


@dataclass(slots=True, eq=False)
class Account:
    """The books of one account.

    Attributes:
        coins: by name; there is always USDT.
        positions: by (market id, positionIdx).
        hedged: market ids in hedge mode.
        leverages: of (market id, positionIdx) where it was set.
        dcp_windows_s: disconnection protection by product: after how long without a stream orders are cancelled.
        mmp: market maker protection as it was set, by base coin.
        reprices_contracts, reprices_spot: limit orders beyond the price limit are put to it, not refused.
        version: grows whenever an order or a position changes: what is worked out from them holds until then.
    """

    id: str
    uid: int
    created_ms: int
    coins: dict[str, Purse] = field(default_factory=dict)
    margin_mode: MarginMode = "REGULAR_MARGIN"
    positions: dict[tuple[str, int], Position] = field(default_factory=dict)
    hedged: set[str] = field(default_factory=set)
    totals: dict[str, SymbolTotals] = field(default_factory=dict)
    open_orders: dict[str, Order] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    by_link_id: dict[str, Order] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    closed: list[ClosedPnl] = field(default_factory=list)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    dcp_windows_s: dict[str, int] = field(default_factory=dict)
    mmp: dict[str, dict[str, str]] = field(default_factory=dict)
    reprices_contracts: bool = True
    reprices_spot: bool = False
    updated_ms: int = 0
    version: int = 0
    _open_in: dict[str, dict[str, Order]] = field(default_factory=dict)
    _unfilled: deque[Order] = field(default_factory=deque)
    """Closed orders that never traded, the first that was closed first."""

    @classmethod
    def with_coins(cls, name: str, uid: int, balances: Mapping[str, Decimal], created_ms: int) -> "Account":
        """A new account with money in it."""
        account = cls(name, uid, created_ms, updated_ms=created_ms)
        for coin, amount in {"USDT": ZERO, **balances}.items():
            account.coins[coin] = Purse(coin, amount, amount)
        return account

    def purse(self, coin: str) -> Purse:
        """One coin of the account; an empty one is made on first use."""
        found = self.coins.get(coin)
        if found is None:
            found = self.coins[coin] = Purse(coin)
        return found

    @property
    def isolated(self) -> bool:
        return self.margin_mode == "ISOLATED_MARGIN"

    def position(self, rules: Instrument, idx: int = ONE_WAY) -> Position:
        """The position in a contract; a flat one is made on first use."""
        found = self.positions.get((rules.id, idx))
        if found is None:
            found = self.positions[rules.id, idx] = Position.flat(rules, idx)
            other = self._sibling(rules.id, idx)
            found.leverage = other.leverage if other else min(DEFAULT_LEVERAGE, rules.max_leverage)
        return found

    def positions_in(self, rules: Instrument) -> tuple[Position, ...]:
        """The one position of one-way mode, or the two of hedge mode, flat or not."""
        if rules.id in self.hedged:
            return self.position(rules, HEDGE_BUY), self.position(rules, HEDGE_SELL)
        return (self.position(rules),)

    def held(self) -> Iterator[Position]:
        """Positions that are not flat."""
        return (each for each in self.positions.values() if each.size)

    def set_hedged(self, rules: Instrument, *, hedged: bool) -> None:
        """Change the position mode of a contract in which nothing is held."""
        self.version += 1
        leverage = self.positions_in(rules)[0].leverage
        if hedged:
            self.hedged.add(rules.id)
        else:
            self.hedged.discard(rules.id)
        for position in self.positions_in(rules):
            position.leverage = leverage

    def open_in(self, market_id: str) -> list[Order]:
        """Open orders in a market, oldest first."""
        found = self._open_in.get(market_id)
        return list(found.values()) if found else []

    def open_count(self, market_id: str) -> int:
        """How many orders are open in a market."""
        return len(self._open_in.get(market_id, ()))

    def working_markets(self) -> Iterator[str]:
        """Markets in which there are open orders."""
        return (market_id for market_id, orders in self._open_in.items() if orders)

    def add_order(self, order: Order) -> None:
        """Take in a new order, which is open."""
        self.version += 1
        self.orders[order.order_id] = order
        if order.link_id:
            self.by_link_id[order.link_id] = order
        self.open_orders[order.order_id] = order
        self._open_in.setdefault(order.market_id, {})[order.order_id] = order

    def close_order(self, order: Order) -> None:
        """Note that an order is open no longer."""
        self.version += 1
        self.open_orders.pop(order.order_id, None)
        self._open_in.get(order.market_id, {}).pop(order.order_id, None)
        if not order.filled_qty:
            self._unfilled.append(order)
        while self._unfilled and order.updated_ms - self._unfilled[0].updated_ms > UNFILLED_KEPT_MS:
            self._forget(self._unfilled.popleft())

    def _forget(self, order: Order) -> None:
        """Let go of an order that no query finds any more; its link id may be used again."""
        self.orders.pop(order.order_id, None)
        if self.by_link_id.get(order.link_id) is order:
            del self.by_link_id[order.link_id]

    def find(self, order_id: str, link_id: str) -> Order | None:
        """An order by its id or, if none is given, by its link id."""
        return self.orders.get(order_id) if order_id else self.by_link_id.get(link_id)

    def total(self, market_id: str) -> SymbolTotals:
        found = self.totals.get(market_id)
        if found is None:
            found = self.totals[market_id] = SymbolTotals()
        return found

    def _sibling(self, market_id: str, idx: int) -> Position | None:
        order = (ONE_WAY,) if idx else (HEDGE_BUY, HEDGE_SELL)
        return next((self.positions[market_id, each] for each in order if (market_id, each) in self.positions), None)
