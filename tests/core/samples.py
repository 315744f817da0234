"""Messages and values that several tests need."""

from decimal import Decimal

from bot.domain.instrument import Instrument
from bot.domain.messages import ExecutionReported, OrderUpdate, PlaceOrder, PositionUpdate
from bot.domain.values import (
    Candle,
    OrderLinkId,
    OrderStatus,
    OrderType,
    Side,
    Symbol,
    TimeMs,
)

BTC = Symbol("BTCUSDT")
ETH = Symbol("ETHUSDT")
MINUTE_MS = 60_000
NOW = TimeMs(1_700_000_040_000)  # a whole minute

RULES = Instrument(
    symbol=BTC,
    settle_coin="USDT",
    status="Trading",
    tick_size=Decimal("0.1"),
    qty_step=Decimal("0.001"),
    min_order_qty=Decimal("0.001"),
    max_order_qty=Decimal(1190),
    max_market_order_qty=Decimal(500),
    min_notional=Decimal(5),
    min_leverage=Decimal(1),
    max_leverage=Decimal(100),
    leverage_step=Decimal("0.01"),
)


def bar(index: int, close: float = 100.0) -> Candle:
    """The ``index``-th minute bar after NOW."""
    return Candle(TimeMs(NOW + index * MINUTE_MS), close, close + 1, close - 1, close, 10.0)


def execution(
    exec_id: str,
    side: Side,
    qty: str,
    price: str,
    *,
    order_link_id: str = "",
    fee: str = "0",
    exec_type: str = "Trade",
    stop_order_type: str = "",
) -> ExecutionReported:
    """An execution of BTCUSDT."""
    return ExecutionReported(
        BTC,
        exec_id,
        exec_type,
        f"order of {exec_id}",
        OrderLinkId(order_link_id),
        side,
        Decimal(price),
        Decimal(qty),
        Decimal(fee),
        "USDT",
        is_maker=False,
        stop_order_type=stop_order_type,
        create_type="CreateByUser",
        time_ms=NOW,
    )


def order_update(intent: PlaceOrder, status: OrderStatus, *, filled: str = "0", updated_ms: int = NOW) -> OrderUpdate:
    """What the order stream says of an intent."""
    return OrderUpdate(
        intent.symbol,
        f"id of {intent.order_link_id}",
        intent.order_link_id,
        intent.side,
        intent.order_type,
        status,
        intent.qty,
        Decimal(0),
        Decimal(0),
        Decimal(filled),
        Decimal(0),
        intent.reduce_only,
        stop_order_type="",
        create_type="CreateByUser",
        cancel_type="UNKNOWN",
        reject_reason="EC_NoError",
        trigger_price=None,
        created_ms=NOW,
        updated_ms=TimeMs(updated_ms),
    )


def intent(order_link_id: str = "pyr-1-BTCUSDT-1e", *, reduce_only: bool = False, time_ms: int = NOW) -> PlaceOrder:
    """A market order for 1 BTC."""
    return PlaceOrder(
        BTC,
        OrderLinkId(order_link_id),
        TimeMs(time_ms),
        "exit" if reduce_only else "entry",
        Side.SELL if reduce_only else Side.BUY,
        OrderType.MARKET,
        Decimal(1),
        reduce_only=reduce_only,
    )


def position(
    size: str, *, side: Side | None = Side.BUY, stop: str | None = None, by_rest: bool = False
) -> PositionUpdate:
    """A position of BTCUSDT as the exchange shows it."""
    return PositionUpdate(
        BTC,
        side if Decimal(size) else None,
        Decimal(size),
        Decimal(100),
        Decimal(5),
        None if stop is None else Decimal(stop),
        None,
        NOW,
        by_rest=by_rest,
    )
