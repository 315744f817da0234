"""Orders, fills and positions."""

from decimal import Decimal
from enum import StrEnum

from bot.domain.instrument import Instrument
from bot.domain.messages.base import Message
from bot.domain.values import ZERO, OrderLinkId, OrderStatus, OrderType, Side, Symbol, TimeInForce, TimeMs


class EntryWanted(Message, frozen=True, gc=False):
    """A position manager asks the account for leave to open a position; the account sizes it.

    ``amount_quote`` bounds its value beside the risk. With ``for_quotes`` the leave is for resting orders on both sides
    that may build up a position of the approved size on either.
    """

    symbol: Symbol
    time_ms: TimeMs
    side: Side
    price: Decimal
    stop_price: Decimal
    target_price: Decimal | None
    instrument: Instrument
    leverage: Decimal
    risk_per_trade: Decimal
    amount_quote: Decimal | None = None
    for_quotes: bool = False
    level: int = 0
    """How many entries the position has already: above 0 this one adds to it (a pyramid)."""
    spread_fraction: float | None = None
    """Spread of the best prices over their middle when the signal was given; None where that was not known."""
    revision: int = 0
    """The revision of the configuration under which it was wished for."""
    volatility: float | None = None
    """ATR over price at the signal; None where no strategy or policy asked for it."""


class EntryApproved(Message, frozen=True, gc=False):
    """Leave to open ``qty``; margin and risk stay reserved until EntryEnded or a position."""

    symbol: Symbol
    wanted: EntryWanted
    qty: Decimal


class EntryRefused(Message, frozen=True, gc=False):
    """No position will be opened on this signal, and why."""

    symbol: Symbol
    time_ms: TimeMs
    reason: str


class EntryEnded(Message, frozen=True, gc=False):
    """An approved entry has no working order any more: what it reserved beyond its fills is free."""

    symbol: Symbol


class PlaceOrder(Message, frozen=True, gc=False):
    """An order intent. It is committed to the database before it may leave.

    ``plan_id`` names the logical order whose child it is, empty for one that stands alone. With ``trigger_price`` it is
    conditional: triggered when the last price gets there, from below where it ``rises`` to it. ``slippage_fraction``
    bounds how far from the best price a market order may be filled.
    """

    symbol: Symbol
    order_link_id: OrderLinkId
    time_ms: TimeMs
    purpose: str  # entry, exit or protection
    side: Side
    order_type: OrderType
    qty: Decimal
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.IOC
    reduce_only: bool = False
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    trigger_price: Decimal | None = None
    rises: bool = True
    slippage_fraction: Decimal | None = None
    position_idx: int = 0
    plan_id: str = ""
    revision: int = 0
    """The revision of the configuration under which it was decided."""


class PlanState(StrEnum):
    """Where a logical order is on its way."""

    WORKING = "working"
    ENDING = "ending"
    """Nothing more is wanted, but a child may still be filled before it is surely gone."""
    OVER = "over"


class PlanChanged(Message, frozen=True, gc=False):
    """One logical order, made of children (their ``plan_id``), as it is now; ``reason`` says why it ends or has ended.

    ``moves`` counts amendments; the average price is of all fills, None before the first.
    """

    symbol: Symbol
    plan_id: str
    began_ms: TimeMs
    kind: str
    side: Side
    qty: Decimal
    filled_qty: Decimal
    average_price: Decimal | None
    children: int
    moves: int
    state: PlanState
    reason: str
    time_ms: TimeMs


class OrderIntentSaved(Message, frozen=True, gc=False):
    """The intent is on disk: the order may leave now."""

    order: PlaceOrder


class OrderAcknowledged(Message, frozen=True, gc=False):
    """Bybit took the order for processing (retCode 0); whether it lives the order stream tells."""

    symbol: Symbol
    order_link_id: OrderLinkId
    order_id: str
    time_ms: TimeMs


class OrderRefused(Message, frozen=True, gc=False):
    """Bybit definitely did not take the order."""

    symbol: Symbol
    order_link_id: OrderLinkId
    time_ms: TimeMs
    code: int
    text: str


class OrderOutcomeUnknown(Message, frozen=True, gc=False):
    """The order may or may not have reached Bybit: a timeout, a cut reply, an unlisted code."""

    symbol: Symbol
    order_link_id: OrderLinkId
    time_ms: TimeMs
    text: str


class OrderProvenAbsent(Message, frozen=True, gc=False):
    """An order of unknown outcome never reached the exchange, and can not do so any more."""

    symbol: Symbol
    order_link_id: OrderLinkId
    time_ms: TimeMs


class OrderUpdate(Message, frozen=True, gc=False):
    """One state of one order, from the order stream or from a REST query."""

    symbol: Symbol
    order_id: str
    order_link_id: OrderLinkId
    side: Side
    order_type: OrderType
    status: OrderStatus
    qty: Decimal
    price: Decimal
    avg_price: Decimal
    cum_exec_qty: Decimal
    cum_exec_fee: Decimal
    reduce_only: bool
    stop_order_type: str
    create_type: str
    cancel_type: str
    reject_reason: str
    trigger_price: Decimal | None
    created_ms: TimeMs
    updated_ms: TimeMs


class OrderChanged(Message, frozen=True, gc=False):
    """An order moved forward (never backward: terminal states and fills stay)."""

    order: OrderUpdate


class OrderLookedUp(Message, frozen=True, gc=False):
    """The answer to FetchOrder: the order, or None where neither open orders nor history know it."""

    symbol: Symbol
    order_link_id: OrderLinkId
    time_ms: TimeMs
    order: OrderUpdate | None


class OpenOrdersLoaded(Message, frozen=True, gc=False):
    """All open orders of a symbol, conditional ones included."""

    symbol: Symbol
    orders: tuple[OrderUpdate, ...]


class WorkingOrdersLoaded(Message, frozen=True, gc=False):
    """The open orders of all symbols that settle in a coin, as they were at ``asked_ms`` or later."""

    coin: str
    asked_ms: TimeMs
    orders: tuple[OrderUpdate, ...]


class AmendAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to AmendOrder: 0 for taken, otherwise its retCode (110001: over, 10001: nothing to change)."""

    symbol: Symbol
    order_link_id: OrderLinkId
    code: int
    text: str


class CancelAllAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to CancelAllOrders: 0 for taken, otherwise its retCode."""

    symbol: Symbol
    code: int
    text: str


class CancelAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to CancelOrder: 0 for taken, otherwise its retCode."""

    symbol: Symbol
    order_link_id: OrderLinkId
    code: int
    text: str


class BestPricesLoaded(Message, frozen=True, gc=False):
    """The best bid and ask of a symbol at the moment they were read."""

    symbol: Symbol
    bid_price: Decimal
    ask_price: Decimal


class ExecutionReported(Message, frozen=True, gc=False):
    """One execution, from the execution stream or from a REST query; its ``exec_id`` comes once or several times."""

    symbol: Symbol
    exec_id: str
    exec_type: str
    order_id: str
    order_link_id: OrderLinkId
    side: Side
    price: Decimal
    qty: Decimal
    fee: Decimal
    fee_currency: str
    is_maker: bool
    stop_order_type: str
    create_type: str
    time_ms: TimeMs
    closed_size: Decimal = ZERO
    """How much of a position it closed; in hedge mode this tells which of both positions it was."""


class ExecutionsLoaded(Message, frozen=True, gc=False):
    """Executions of a symbol read by REST, oldest first."""

    symbol: Symbol
    executions: tuple[ExecutionReported, ...]


class PositionUpdate(Message, frozen=True, gc=False):
    """A position as the exchange sees it; size 0 when flat. Stop and target are None when not set."""

    symbol: Symbol
    side: Side | None
    size: Decimal
    entry_price: Decimal
    leverage: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    time_ms: TimeMs
    by_rest: bool = False
    position_idx: int = 0
    trailing_distance: Decimal | None = None
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None


class PositionsLoaded(Message, frozen=True, gc=False):
    """The open positions of all symbols that settle in a coin, as they were at ``asked_ms`` or later."""

    coin: str
    asked_ms: TimeMs
    positions: tuple[PositionUpdate, ...]


class PositionChanged(Message, frozen=True, gc=False):
    """The position as the bot's own ledger has it after a fill. ``size`` is signed: negative for short."""

    symbol: Symbol
    time_ms: TimeMs
    size: Decimal
    entry_price: Decimal
    stop_price: Decimal | None
    target_price: Decimal | None
    leverage: Decimal
    realised_pnl: Decimal
    fees: Decimal


class PositionMarked(Message, frozen=True, gc=False):
    """Open profit of a position at the close of a bar, in the settle coin; ``low`` and ``high`` are the bar's."""

    symbol: Symbol
    time_ms: TimeMs
    price: Decimal
    unrealised_pnl: Decimal
    low: Decimal
    high: Decimal


class TradeClosed(Message, frozen=True, gc=False):
    """A round trip from flat to flat. Money in the settle coin; ``net_pnl`` is after fees."""

    symbol: Symbol
    side: Side
    opened_ms: TimeMs
    closed_ms: TimeMs
    qty: Decimal
    entry_price: Decimal
    exit_price: Decimal
    realised_pnl: Decimal
    fees: Decimal
    net_pnl: Decimal
    exit_reason: str


class FillBooked(Message, frozen=True, gc=False):
    """An execution entered in the ledger, exactly once. ``realised_pnl`` is before fees, in the settle coin.

    ``trade`` is the round trip that it closed; it is told on its own as well, but written together with the execution.
    """

    symbol: Symbol
    execution: ExecutionReported
    purpose: str
    realised_pnl: Decimal
    size_after: Decimal
    entry_price_after: Decimal
    trade: TradeClosed | None = None


class LedgerLoaded(Message, frozen=True, gc=False):
    """What the database knows of a symbol: every booked execution in order, the unfinished intents, and the notes that
    its position manager has kept, as (key, text).
    """

    symbol: Symbol
    fills: tuple[ExecutionReported, ...]
    purposes: tuple[tuple[OrderLinkId, str], ...]
    open_intents: tuple[PlaceOrder, ...]
    next_sequence: int
    notes: tuple[tuple[str, str], ...] = ()
    stop_price: Decimal | None = None
    """Stop and target that the open position was last known to have, or else those of its newest entry."""
    target_price: Decimal | None = None


class TradingStopAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to SetTradingStop: 0 or 34040 (not modified) is success."""

    symbol: Symbol
    code: int
    text: str


class LeverageAnswered(Message, frozen=True, gc=False):
    """Bybit's answer to SetLeverage: 0 or 110043 (not modified) is success."""

    symbol: Symbol
    code: int
    text: str


class InstrumentLoaded(Message, frozen=True, gc=False):
    """The trading rules of a symbol."""

    symbol: Symbol
    instrument: Instrument
