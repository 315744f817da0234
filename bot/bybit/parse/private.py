"""Orders, executions, positions and wallets: rows that the private stream and the queries share."""

from collections.abc import Iterator
from decimal import Decimal

from bot.bybit.parse.fields import (
    Row,
    choice,
    decimal,
    decimal_or_none,
    decimal_or_zero,
    flag,
    integer_or_zero,
    is_given,
    items,
    level,
    text,
    text_or_empty,
    time_ms,
    time_ms_or,
)
from bot.domain.contract import is_stable
from bot.domain.messages import ExecutionReported, OrderUpdate, PositionUpdate, WalletUpdate
from bot.domain.values import OrderLinkId, OrderStatus, OrderType, Side, Symbol, TimeMs

ENTRY_PRICE_OF_STREAM = "entryPrice"
ENTRY_PRICE_OF_QUERY = "avgPrice"


def order_update(row: Row) -> OrderUpdate:
    """An order (Bybit V5 docs, WebSocket, Private, Order; order/realtime and order/history have the same fields).

    ``{"category": "linear", "symbol": "BTCUSDT", "orderId": "0b7c...", "orderLinkId": "b-1", "side": "Buy",
    "orderType": "Market", "orderStatus": "Filled", "price": "60610.1", "qty": "0.010", "avgPrice": "60000",
    "cumExecQty": "0.010", "cumExecFee": "0.33", "reduceOnly": false, "stopOrderType": "", "createType": "CreateByUser",
    "cancelType": "UNKNOWN", "rejectReason": "EC_NoError", "triggerPrice": "", "createdTime": "1760000000100",
    "updatedTime": "1760000000103", ...}``
    """
    return OrderUpdate(
        symbol=Symbol(text(row, "symbol")),
        order_id=text(row, "orderId"),
        order_link_id=OrderLinkId(text_or_empty(row, "orderLinkId")),
        side=choice(row, "side", Side),
        order_type=choice(row, "orderType", OrderType),
        status=choice(row, "orderStatus", OrderStatus),
        qty=decimal(row, "qty"),
        price=decimal_or_zero(row, "price"),
        avg_price=decimal_or_zero(row, "avgPrice"),
        cum_exec_qty=decimal_or_zero(row, "cumExecQty"),
        cum_exec_fee=decimal_or_zero(row, "cumExecFee"),
        reduce_only=flag(row, "reduceOnly"),
        stop_order_type=_word(row, "stopOrderType"),
        create_type=_word(row, "createType"),
        cancel_type=_word(row, "cancelType"),
        reject_reason=text_or_empty(row, "rejectReason"),
        trigger_price=level(row, "triggerPrice"),
        created_ms=time_ms(row, "createdTime"),
        updated_ms=time_ms(row, "updatedTime"),
    )


def execution_reported(row: Row) -> ExecutionReported:
    """An execution (Bybit V5 docs, WebSocket, Private, Execution; execution/list has the same fields).

    ``{"category": "linear", "symbol": "BTCUSDT", "orderId": "0b7c...", "orderLinkId": "b-1", "side": "Buy",
    "execId": "9e2f...", "execType": "Trade", "execPrice": "60000", "execQty": "0.01", "execFee": "0.33",
    "feeCurrency": "USDT", "isMaker": false, "stopOrderType": "UNKNOWN", "createType": "CreateByUser",
    "execTime": "1760000000103", "seq": 140612148849382, ...}``. A positive fee was paid.
    """
    return ExecutionReported(
        symbol=Symbol(text(row, "symbol")),
        exec_id=text(row, "execId"),
        exec_type=text(row, "execType"),
        order_id=text_or_empty(row, "orderId"),
        order_link_id=OrderLinkId(text_or_empty(row, "orderLinkId")),
        side=choice(row, "side", Side),
        price=decimal(row, "execPrice"),
        qty=decimal(row, "execQty"),
        fee=decimal(row, "execFee"),
        fee_currency=text_or_empty(row, "feeCurrency"),
        is_maker=flag(row, "isMaker"),
        stop_order_type=_word(row, "stopOrderType"),
        create_type=_word(row, "createType"),
        time_ms=time_ms(row, "execTime"),
        closed_size=decimal_or_zero(row, "closedSize"),
    )


def position_update(row: Row, entry_price_name: str, now_ms: TimeMs, *, by_rest: bool) -> PositionUpdate:
    """A position (Bybit V5 docs, WebSocket, Private, Position; position/list names the entry price avgPrice).

    ``{"category": "linear", "symbol": "BTCUSDT", "positionIdx": 0, "side": "Buy", "size": "0.01",
    "entryPrice": "60000", "leverage": "10", "takeProfit": "0", "stopLoss": "59000", "trailingStop": "0",
    "markPrice": "60010", "liqPrice": "", "updatedTime": "1760000000104", "seq": 140612148849382, ...}``.
    When flat, side is empty and size 0.
    """
    size = decimal(row, "size")
    return PositionUpdate(
        symbol=Symbol(text(row, "symbol")),
        side=choice(row, "side", Side) if size else None,
        size=size,
        entry_price=decimal_or_zero(row, entry_price_name),
        leverage=decimal_or_zero(row, "leverage"),
        stop_loss=level(row, "stopLoss"),
        take_profit=level(row, "takeProfit"),
        time_ms=time_ms_or(row, "updatedTime", now_ms),
        by_rest=by_rest,
        position_idx=integer_or_zero(row, "positionIdx"),
        trailing_distance=level(row, "trailingStop"),
        mark_price=level(row, "markPrice"),
        liquidation_price=level(row, "liqPrice"),
    )


def wallet_updates(row: Row, at_ms: TimeMs, *, by_rest: bool) -> Iterator[WalletUpdate]:
    """A unified account, one message per coin (Bybit V5 docs, WebSocket, Private, Wallet; account/wallet-balance).

    ``{"accountType": "UNIFIED", "totalAvailableBalance": "9939.463", ..., "coin": [{"coin": "USDT",
    "equity": "9999.77", "walletBalance": "9999.67", "totalPositionIM": "60.307", "totalOrderIM": "0", ...}]}``
    """
    for coin in items(row, "coin"):
        balance = decimal_or_zero(coin, "walletBalance")
        yield WalletUpdate(
            time_ms=at_ms,
            coin=text(coin, "coin"),
            wallet_balance=balance,
            equity=decimal(coin, "equity") if is_given(coin, "equity") else balance,
            available_balance=_available(row, coin, balance),
            by_rest=by_rest,
            initial_margin_rate=decimal_or_none(row, "accountIMRate"),
            maintenance_margin_rate=decimal_or_none(row, "accountMMRate"),
        )


def _available(account: Row, coin: Row, balance: Decimal) -> Decimal:
    if is_given(account, "totalAvailableBalance"):
        total = decimal(account, "totalAvailableBalance")
        return total if is_stable(text(coin, "coin")) else total * _coins_per_dollar(coin, balance)
    # With isolated margin the account has no total (Bybit V5 docs, account/wallet-balance).
    taken = ("totalPositionIM", "totalOrderIM", "locked", "bonus")
    return balance - sum((decimal_or_zero(coin, name) for name in taken), start=Decimal(0))


def _coins_per_dollar(coin: Row, balance: Decimal) -> Decimal:
    """By what the exchange says that the account's coins are worth; 0 where it has none. Totals are in USD."""
    dollars = decimal_or_zero(coin, "usdValue")
    equity = decimal(coin, "equity") if is_given(coin, "equity") else balance
    return equity / dollars if dollars else Decimal(0)


def _word(row: Row, name: str) -> str:
    """An enumerated word; empty where there is none, which Bybit writes in two ways."""
    word = text_or_empty(row, name)
    return "" if word == "UNKNOWN" else word
