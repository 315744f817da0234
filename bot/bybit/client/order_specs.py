"""What orders are made of (Bybit V5 docs, order/create, order/amend, order/cancel)."""

from decimal import Decimal

import msgspec

from bot.bybit.client.values import OrderFilter, PositionIdx, SlippageType, StopMode, TriggerBy, TriggerDirection
from bot.domain.values import OrderType, Side, TimeInForce


class OrderSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An order to be sent. Prices in quote coin; ``qty`` in base coin, of inverse contracts in USD.

    With a trigger price it is conditional. A spot market buy counts ``qty`` in quote coin unless ``market_unit`` says
    baseCoin. ``order_link_id`` is the bot's own id: 36 letters, digits, ``-`` and ``_`` at most, never used twice.
    """

    symbol: str
    side: Side
    order_type: OrderType
    qty: Decimal
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    order_link_id: str | None = None
    reduce_only: bool | None = None
    close_on_trigger: bool | None = None
    position_idx: PositionIdx | None = None
    trigger_price: Decimal | None = None
    trigger_direction: TriggerDirection | None = None
    trigger_by: TriggerBy | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    sl_trigger_by: TriggerBy | None = None
    tp_trigger_by: TriggerBy | None = None
    sl_order_type: OrderType | None = None
    tp_order_type: OrderType | None = None
    sl_limit_price: Decimal | None = None
    tp_limit_price: Decimal | None = None
    tpsl_mode: StopMode | None = None
    slippage_tolerance_type: SlippageType | None = None
    slippage_tolerance: Decimal | None = None
    market_unit: str | None = None
    is_leverage: int | None = None
    order_filter: OrderFilter | None = None
    smp_type: str | None = None


class OrderChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an order is to become; named by one of its ids. ``qty`` is the whole quantity, fills included."""

    symbol: str
    order_id: str | None = None
    order_link_id: str | None = None
    qty: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_by: TriggerBy | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    sl_trigger_by: TriggerBy | None = None
    tp_trigger_by: TriggerBy | None = None
    sl_limit_price: Decimal | None = None
    tp_limit_price: Decimal | None = None
    tpsl_mode: StopMode | None = None


class OrderName(msgspec.Struct, frozen=True, kw_only=True):
    """An order, by one of its ids."""

    symbol: str
    order_id: str | None = None
    order_link_id: str | None = None
    order_filter: OrderFilter | None = None
