"""An order and its life on the exchange."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Literal

from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO

if TYPE_CHECKING:
    from bot.simulator.trading.ladder import Ladder

OrderType = Literal["Limit", "Market"]
TimeInForce = Literal["GTC", "IOC", "FOK", "PostOnly", "RPI"]
TriggerBy = Literal["LastPrice", "MarkPrice", "IndexPrice"]
SmpType = Literal["None", "CancelMaker", "CancelTaker", "CancelBoth"]
TpslMode = Literal["Full", "Partial"]
Status = Literal[
    "New", "PartiallyFilled", "Filled", "Cancelled", "PartiallyFilledCanceled", "Rejected", "Untriggered", "Triggered",
    "Deactivated",
]  # fmt: skip
StopOrderType = Literal[
    "", "Stop", "tpslOrder", "TakeProfit", "StopLoss", "TrailingStop", "PartialTakeProfit", "PartialStopLoss"
]

OPEN_STATUSES = frozenset[Status]({"New", "PartiallyFilled", "Untriggered", "Triggered"})
RESTING_STATUSES = frozenset[Status]({"New", "PartiallyFilled"})
POST_ONLY = frozenset[TimeInForce]({"PostOnly", "RPI"})
RESTS = frozenset[TimeInForce]({"GTC", "PostOnly", "RPI"})
GUARDS = frozenset[StopOrderType]({"TakeProfit", "StopLoss", "TrailingStop", "PartialTakeProfit", "PartialStopLoss"})
"""Orders that the exchange makes to guard a position; they live and die with it."""
NO_ERROR = "EC_NoError"
RISE, FALL = 1, 2


def opposite(side: Side) -> Side:
    return "Sell" if side == "Buy" else "Buy"


def sign(side: Side) -> int:
    return 1 if side == "Buy" else -1


@dataclass(frozen=True, slots=True)
class Stops:
    """Take-profit and stop-loss prices (quote coin, None = none) and what triggers them.

    A limit price makes that stop a limit order once it is triggered; only stops of a part of a position have one.
    """

    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    tp_trigger_by: TriggerBy = "LastPrice"
    sl_trigger_by: TriggerBy = "LastPrice"
    mode: TpslMode = "Full"
    tp_limit_price: Decimal | None = None
    sl_limit_price: Decimal | None = None

    def __bool__(self) -> bool:
        return self.take_profit is not None or self.stop_loss is not None


NO_STOPS = Stops()


@dataclass(slots=True, eq=False)
class Order:
    """One order. Prices in quote coin, quantities in base coin (inverse: USD), times in ms of virtual time.

    Attributes:
        price: the limit; of a market order the bound it may trade up to; 0 = none yet.
        limit_ticks: `price` in ticks.
        by_quote: `qty` is an amount of quote coin to spend (market buys of pairs).
        trigger_price: what an untriggered order waits for; None = it works at once.
        stops: take-profit and stop-loss that the position gets when this order is first filled.
        partner: the other one of a pair of stops: when one is triggered, the other is cancelled.
        brought: stops of a part of the position that came along with this order, and grow with what it fills.
        trail_ticks: how far a trailing stop stays behind the best price, 0 = it does not trail.
        active_ticks: where a trailing stop begins to follow; None = it follows already.
        locked: what it reserves of its coin (pairs only).
        place, level: where it waits and for which price (ticks); nobody but the ladders changes them.
        priority: its place in line at its price; a new one costs it the old.
        shown: what the public book shows of it.
    """

    sequence: int
    order_id: str
    link_id: str
    account: str
    market_id: str
    symbol: str
    category: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    qty: Decimal
    price: Decimal
    limit_ticks: int
    created_ms: int
    updated_ms: int
    last_price_on_created: Decimal
    status: Status = "New"
    position_idx: int = 0
    reduce_only: bool = False
    close_on_trigger: bool = False
    stops: Stops = NO_STOPS
    stops_applied: bool = False
    parent_link_id: str = ""
    create_type: str = "CreateByUser"
    cancel_type: str = "UNKNOWN"
    reject_reason: str = NO_ERROR
    stop_order_type: StopOrderType = ""
    trigger_price: Decimal | None = None
    trigger_ticks: int = 0
    trigger_direction: int = 0
    trigger_by: TriggerBy | Literal[""] = ""
    filled_qty: Decimal = ZERO
    filled_value: Decimal = ZERO
    fee: Decimal = ZERO
    closed_pnl: Decimal = ZERO
    by_quote: bool = False
    market_unit: str = ""
    fee_coin: str = ""
    smp_type: SmpType = "None"
    smp_order_id: str = ""
    place_type: str = ""
    slippage_type: str = ""
    slippage: str = ""
    is_leverage: str = ""
    partner: "Order | None" = None
    brought: tuple["Order", ...] = ()
    trail_ticks: int = 0
    active_ticks: int | None = None
    locked: Decimal = ZERO
    place: "Ladder | None" = None
    level: int = 0
    priority: int = 0
    shown: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def is_resting(self) -> bool:
        """In the book, waiting for the price."""
        return self.status in RESTING_STATUSES

    @property
    def is_waiting(self) -> bool:
        """Not in the book yet: its trigger has not been reached."""
        return self.status == "Untriggered"

    @property
    def is_guard(self) -> bool:
        return self.stop_order_type in GUARDS

    @property
    def open_qty(self) -> Decimal:
        """What may still trade, in the unit of `qty`."""
        return self.left if self.status in OPEN_STATUSES else ZERO

    @property
    def left(self) -> Decimal:
        """What has not traded, whether it still may or not, in the unit of `qty`."""
        return self.qty - (self.filled_value if self.by_quote else self.filled_qty)

    def takes_at(self, price: Decimal, qty_step: Decimal) -> Decimal:
        """The quantity it still wants at a price."""
        if not self.by_quote:
            return self.qty - self.filled_qty
        return (self.left / price / qty_step).to_integral_value(ROUND_DOWN) * qty_step

    def accepts(self, ticks: int) -> bool:
        """Whether its limit allows a price."""
        return ticks <= self.limit_ticks if self.side == "Buy" else ticks >= self.limit_ticks
