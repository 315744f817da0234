"""Orders and executions as Bybit tells them, by REST and on the private stream."""

from decimal import Decimal

import msgspec

from bot.bybit.client.values import Row


class OrderIds(Row, frozen=True):
    """The ids of an order that was taken."""

    order_id: str = ""
    order_link_id: str = ""


class BatchPlaced(Row, frozen=True):
    """One order of a batch; without ids if it was refused."""

    order_id: str = ""
    order_link_id: str = ""


class BatchOutcome(msgspec.Struct, frozen=True):
    """What became of one order of a batch: ``code`` 0 if it was taken."""

    order_id: str
    order_link_id: str
    code: int
    text: str


class Order(Row, frozen=True):
    """One order. Prices in quote coin, quantities in base coin (inverse: USD)."""

    symbol: str
    order_id: str
    side: str
    order_type: str
    order_status: str
    qty: Decimal
    created_time_ms: int
    updated_time_ms: int
    category: str = ""
    order_link_id: str = ""
    price: Decimal | None = None
    avg_price: Decimal | None = None
    leaves_qty: Decimal | None = None
    cum_exec_qty: Decimal | None = None
    cum_exec_value: Decimal | None = None
    cum_exec_fee: Decimal | None = None
    cum_fee_detail: dict[str, Decimal] = msgspec.field(default_factory=dict)
    time_in_force: str = ""
    position_idx: int = 0
    reduce_only: bool = False
    close_on_trigger: bool = False
    create_type: str = ""
    cancel_type: str = ""
    reject_reason: str = ""
    stop_order_type: str = ""
    trigger_price: Decimal | None = None
    trigger_direction: int = 0
    trigger_by: str = ""
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    tpsl_mode: str = ""


class Execution(Row, frozen=True):
    """One fill, funding or liquidation. A positive fee was paid; the fee's coin is ``fee_currency``."""

    symbol: str
    exec_id: str
    exec_type: str
    side: str
    exec_price: Decimal
    exec_qty: Decimal
    exec_time_ms: int
    category: str = ""
    order_id: str = ""
    order_link_id: str = ""
    exec_value: Decimal | None = None
    exec_fee: Decimal | None = None
    fee_rate: Decimal | None = None
    fee_currency: str = ""
    is_maker: bool = False
    order_price: Decimal | None = None
    order_qty: Decimal | None = None
    leaves_qty: Decimal | None = None
    closed_size: Decimal | None = None
    mark_price: Decimal | None = None
    create_type: str = ""
    order_type: str = ""
    stop_order_type: str = ""
    seq: int = 0


class FastExecution(Row, frozen=True):
    """A fill without its fee, some milliseconds sooner."""

    category: str
    symbol: str
    exec_id: str
    order_id: str
    side: str
    exec_price: Decimal
    exec_qty: Decimal
    exec_time_ms: int
    is_maker: bool
    order_link_id: str = ""
    seq: int = 0


class PreCheck(Row, frozen=True):
    """Margin rates before and after an order, in units of 0.0001."""

    pre_imr_e4: int = msgspec.field(name="preImrE4", default=0)
    pre_mmr_e4: int = msgspec.field(name="preMmrE4", default=0)
    post_imr_e4: int = msgspec.field(name="postImrE4", default=0)
    post_mmr_e4: int = msgspec.field(name="postMmrE4", default=0)
    order_id: str = ""
    order_link_id: str = ""


class Dcp(Row, frozen=True):
    """What is cancelled how many seconds after the connection is lost."""

    product: str
    dcp_status: str = ""
    time_window: int = 0
