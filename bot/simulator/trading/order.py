"""An order and its life on the exchange."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO

OrderType = Literal["Limit", "Market"]
TimeInForce = Literal["GTC", "IOC", "FOK", "PostOnly"]
Status = Literal["New", "PartiallyFilled", "Filled", "Cancelled", "Rejected", "Untriggered", "Triggered", "Deactivated"]
StopOrderType = Literal["", "TakeProfit", "StopLoss"]

OPEN_STATUSES = frozenset[Status]({"New", "PartiallyFilled", "Untriggered", "Triggered"})
RESTING_STATUSES = frozenset[Status]({"New", "PartiallyFilled"})
NO_ERROR = "EC_NoError"
RISE, FALL = 1, 2


def opposite(side: Side) -> Side:
    return "Sell" if side == "Buy" else "Buy"


def sign(side: Side) -> int:
    return 1 if side == "Buy" else -1


@dataclass(frozen=True, slots=True)
class Stops:
    """Take-profit and stop-loss prices (quote coin, None = none) and what triggers them."""

    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    tp_trigger_by: str = "LastPrice"
    sl_trigger_by: str = "LastPrice"

    def __bool__(self) -> bool:
        return self.take_profit is not None or self.stop_loss is not None


NO_STOPS = Stops()


@dataclass(slots=True, eq=False)
class Order:
    """One order. Prices in quote coin, quantities in base coin, times in ms of virtual time.

    Attributes:
        price: the limit; of a market order the bound it may trade up to; 0 = none yet.
        limit_ticks: `price` in ticks.
        trigger_price: what an untriggered order waits for; None = it works at once.
        stops: take-profit and stop-loss that the position gets when this order is first filled.
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
    trigger_by: str = ""
    filled_qty: Decimal = ZERO
    filled_value: Decimal = ZERO
    fee: Decimal = ZERO
    closed_pnl: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def is_resting(self) -> bool:
        """In the book, waiting for the price."""
        return self.status in RESTING_STATUSES

    @property
    def open_qty(self) -> Decimal:
        """What may still trade."""
        return self.qty - self.filled_qty if self.is_open else ZERO
