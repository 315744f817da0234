"""Requests that change something at Bybit: each is one call, and none is ever sent twice."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from bot.bybit.outcomes import (
    DEFINITE_REFUSALS,
    DUPLICATE_ORDER_LINK_ID,
    NO_ANSWER,
    TAKEN,
    TRANSIENT,
    QueryFailedError,
)
from bot.bybit.session import Answer, NoAnswer, Reply, VenueSession
from bot.domain.contract import Category
from bot.domain.messages import (
    AmendAnswered,
    AmendOrder,
    CancelAllAnswered,
    CancelAllOrders,
    CancelAnswered,
    CancelOrder,
    LeverageAnswered,
    MarginModeAnswered,
    Message,
    OrderAcknowledged,
    OrderOutcomeUnknown,
    OrderRefused,
    PlaceOrder,
    PositionModeAnswered,
    SetLeverage,
    SetTradingStop,
    SwitchMarginMode,
    SwitchPositionMode,
    TradingStopAnswered,
)
from bot.domain.values import OrderType, TimeMs, plain

ONE_WAY = 0
"""positionIdx and mode of one-way positions (Bybit V5 docs, position/switch-mode)."""

HEDGE = 3
"""The mode in which a symbol has two positions, one on each side."""

RISES, FALLS = 1, 2
"""triggerDirection (Bybit V5 docs, order/create)."""

SLIPPAGE_PERCENT_MIN, SLIPPAGE_PERCENT_MAX, SLIPPAGE_PERCENT_STEP = Decimal("0.01"), Decimal(10), Decimal("0.01")
"""What slippageTolerance may be in per cent (Bybit V5 docs, order/create)."""

NEVER_WITH_ITSELF = "CancelMaker"
"""Where an order would trade with a resting one of the same account, that one is cancelled (Bybit V5 docs, smp)."""


def place_order(session: VenueSession, order: PlaceOrder, now_ms: TimeMs, category: Category = "linear") -> Message:
    """Send an order and say what is certain about it afterwards (Bybit V5 docs, order/create)."""
    reply = session.call("place_order", order_params(order, category))
    return outcome_of(order, reply, now_ms)


def order_params(order: PlaceOrder, category: Category = "linear") -> dict[str, Any]:
    """The parameters of order/create."""
    params: dict[str, Any] = {
        "category": category,
        "symbol": order.symbol,
        "side": order.side.value,
        "orderType": order.order_type.value,
        "qty": plain(order.qty),
        "timeInForce": order.time_in_force.value,
        "reduceOnly": order.reduce_only,
        "positionIdx": order.position_idx,
        "orderLinkId": order.order_link_id,
        "smpType": NEVER_WITH_ITSELF,
    }
    if order.price is not None:
        params["price"] = plain(order.price)
    if order.trigger_price is not None:
        params["triggerPrice"] = plain(order.trigger_price)
        params |= {"triggerDirection": RISES if order.rises else FALLS, "triggerBy": "LastPrice"}
    if order.slippage_fraction is not None and order.order_type is OrderType.MARKET:
        params |= {"slippageToleranceType": "Percent", "slippageTolerance": slippage_percent(order.slippage_fraction)}
    return params | _protection(order.stop_loss, order.take_profit)


def slippage_percent(fraction: Decimal) -> str:
    """A bound of slippage in per cent as Bybit takes it: never wider than asked for, if there is one so narrow."""
    percent = (fraction * 100).quantize(SLIPPAGE_PERCENT_STEP, rounding=ROUND_DOWN)
    return plain(min(max(percent, SLIPPAGE_PERCENT_MIN), SLIPPAGE_PERCENT_MAX))


def outcome_of(order: PlaceOrder, reply: Reply, now_ms: TimeMs) -> Message:
    """Only a listed code proves that an order does not exist; everything that is not clear is unknown."""
    symbol, order_link_id = order.symbol, order.order_link_id
    match reply:
        case Answer(code=code, result=result) if code == TAKEN:
            return OrderAcknowledged(symbol, order_link_id, str(result.get("orderId", "")), now_ms)
        case Answer(code=code, text=text) if code in DEFINITE_REFUSALS:
            return OrderRefused(symbol, order_link_id, now_ms, code, text)
        case Answer(code=code, text=text) if code == DUPLICATE_ORDER_LINK_ID:
            known = f"an order under this id exists already: {code} {text}"
            return OrderOutcomeUnknown(symbol, order_link_id, now_ms, known)
        case Answer(code=code, text=text):
            return OrderOutcomeUnknown(symbol, order_link_id, now_ms, f"{code} {text}")
        case NoAnswer(text=text):
            return OrderOutcomeUnknown(symbol, order_link_id, now_ms, text)


def cancel_order(session: VenueSession, request: CancelOrder, category: Category = "linear") -> Message:
    """Ask for a cancel; the order stream tells whether it came in time (Bybit V5 docs, order/cancel)."""
    params: dict[str, Any] = {"category": category, "symbol": request.symbol, "orderLinkId": request.order_link_id}
    code, text = _code_and_text(session.call("cancel_order", params))
    return CancelAnswered(request.symbol, request.order_link_id, code, text)


def amend_order(session: VenueSession, request: AmendOrder, category: Category = "linear") -> Message:
    """Change a working order in place (Bybit V5 docs, order/amend). An answer that is lost has the code NO_ANSWER."""
    params: dict[str, Any] = {"category": category, "symbol": request.symbol, "orderLinkId": request.order_link_id}
    changes = {"qty": request.qty, "price": request.price, "triggerPrice": request.trigger_price}
    params |= {name: plain(value) for name, value in changes.items() if value is not None}
    code, text = _code_and_text(session.call("amend_order", params))
    return AmendAnswered(request.symbol, request.order_link_id, code, text)


def cancel_all_orders(session: VenueSession, request: CancelAllOrders, category: Category = "linear") -> Message:
    """Cancel the resting orders of a symbol; conditional ones and the stops of a position stay (order/cancel-all)."""
    params: dict[str, Any] = {"category": category, "symbol": request.symbol, "orderFilter": "Order"}
    code, text = _code_and_text(session.call("cancel_all_orders", params))
    return CancelAllAnswered(request.symbol, code, text)


def set_trading_stop(session: VenueSession, request: SetTradingStop, category: Category = "linear") -> Message:
    """Set stop, target and trailing of the position (Bybit V5 docs, position/trading-stop, full mode)."""
    params: dict[str, Any] = {
        "category": category,
        "symbol": request.symbol,
        "positionIdx": request.position_idx,
        "tpslMode": "Full",
    }
    params |= _protection(request.stop_loss, request.take_profit)
    if request.trailing_distance is not None:
        params["trailingStop"] = plain(request.trailing_distance)
    if request.active_price is not None:
        params["activePrice"] = plain(request.active_price)
    answer = _answer(session.call("set_trading_stop", params))
    return TradingStopAnswered(request.symbol, answer.code, answer.text)


def set_leverage(session: VenueSession, request: SetLeverage, category: Category = "linear") -> Message:
    """Set the leverage of both sides (Bybit V5 docs, position/set-leverage)."""
    leverage = plain(request.leverage)
    params: dict[str, Any] = {
        "category": category,
        "symbol": request.symbol,
        "buyLeverage": leverage,
        "sellLeverage": leverage,
    }
    answer = _answer(session.call("set_leverage", params))
    return LeverageAnswered(request.symbol, answer.code, answer.text)


def switch_position_mode(session: VenueSession, request: SwitchPositionMode, category: Category = "linear") -> Message:
    """Set one-way mode for a coin (Bybit V5 docs, position/switch-mode)."""
    params: dict[str, Any] = {"category": category, "coin": request.coin, "mode": HEDGE if request.hedge else ONE_WAY}
    answer = _answer(session.call("switch_position_mode", params))
    return PositionModeAnswered(answer.code, answer.text)


def switch_margin_mode(session: VenueSession, request: SwitchMarginMode) -> Message:
    """Set the margin mode of the account, which is one for all symbols (Bybit V5 docs, account/set-margin-mode)."""
    answer = _answer(session.call("set_margin_mode", {"setMarginMode": request.mode}))
    return MarginModeAnswered(answer.code, answer.text)


def _code_and_text(reply: Reply) -> tuple[int, str]:
    """What is told of a request on a working order; whoever asked looks at the order afterwards."""
    match reply:
        case Answer(code=code, text=text):
            return code, text
        case NoAnswer(text=text):
            return NO_ANSWER, text


def _answer(reply: Reply) -> Answer:
    """The answer to a setting. QueryFailedError if there is none, or one that says no more than "not now"."""
    match reply:
        case Answer(code=code, text=text) if code in TRANSIENT:
            raise QueryFailedError(code, text, transient=True)
        case Answer():
            return reply
        case NoAnswer(text=text):
            raise QueryFailedError(NO_ANSWER, text, transient=True)


def _protection(stop_loss: Decimal | None, take_profit: Decimal | None) -> dict[str, str]:
    params: dict[str, str] = {}
    if stop_loss is not None:
        params |= {"stopLoss": plain(stop_loss), "slTriggerBy": "LastPrice"}
    if take_profit is not None:
        params |= {"takeProfit": plain(take_profit), "tpTriggerBy": "LastPrice"}
    return params | {"tpslMode": "Full"} if params else params
