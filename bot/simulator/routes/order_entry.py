"""Reading and checking a new order."""

import re
from decimal import Decimal
from typing import cast

from bot.simulator.instruments import MIN_NOTIONAL_USDT
from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO, is_multiple
from bot.simulator.routes.call import Call
from bot.simulator.routes.params import Params, Refused, invalid
from bot.simulator.routes.stop_prices import check_stop_prices, read_stops
from bot.simulator.trading.exposure import order_im
from bot.simulator.trading.order import NO_STOPS, Order, OrderType, Stops, TimeInForce, opposite
from bot.simulator.trading.price_limit import bound_ticks

LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,36}", re.ASCII)
OPEN_ORDERS_MAX = 500
PRICE_OUT_OF_RANGE = 110003
NOT_ENOUGH_MARGIN = 110007
REDUCE_ONLY_NOTHING = 110017
TOO_MANY_ORDERS = 110020
DUPLICATE_LINK_ID = 110072
BELOW_MIN_NOTIONAL = 110094
UNSUPPORTED = ("triggerPrice", "tpLimitPrice", "slLimitPrice", "slippageTolerance", "orderIv", "bboLevel")
ONLY_VALUE = {"tpslMode": "Full", "tpOrderType": "Market", "slOrderType": "Market", "smpType": "None"}


def read_order(call: Call) -> Order:
    """A checked order, not yet put to work.

    Raises:
        Refused: with the retCode of the first rule it breaks.
    """
    call.check_category()
    market, params = call.market(), call.params
    side = cast("Side", params.choice("side", ("Buy", "Sell")))
    order_type = cast("OrderType", params.choice("orderType", ("Limit", "Market")))
    _refuse_unsupported(params)
    call.position(market)  # positionIdx must fit the mode
    link_id = _read_link_id(call)
    time_in_force = _read_time_in_force(params, order_type)
    reduce_only, close_on_trigger = params.flag("reduceOnly"), params.flag("closeOnTrigger")
    limit_ticks = _read_limit(params, market, side, order_type)
    qty = _read_qty(call, market, side, order_type)
    qty = _check_room(call, market, side, qty, reduce_only=reduce_only, limit_ticks=limit_ticks)
    stops = _read_stops(params, market, side, order_type, limit_ticks, reduce_only=reduce_only)
    if len(call.account.open_in(market.instrument.id)) >= OPEN_ORDERS_MAX:
        raise Refused(TOO_MANY_ORDERS, "Not allowed to have more than 500 active orders")
    ids = call.state.ids
    return Order(
        sequence=ids.next_sequence(), order_id=ids.order_id(), link_id=link_id, account=call.account.id,
        market_id=market.instrument.id, symbol=market.symbol, category=market.instrument.category,
        side=side, order_type=order_type, time_in_force=time_in_force, qty=qty,
        price=market.price_of(limit_ticks), limit_ticks=limit_ticks, created_ms=call.now_ms,
        updated_ms=call.now_ms, position_idx=call.position(market).idx,
        last_price_on_created=market.last_price, reduce_only=reduce_only,
        close_on_trigger=close_on_trigger, stops=stops,
    )  # fmt: skip


def _refuse_unsupported(params: Params) -> None:
    """What this version cannot do must not silently become an ordinary order."""
    if not params.has_any((*UNSUPPORTED, *ONLY_VALUE)):
        return
    for name in UNSUPPORTED:
        if params.number(name):
            raise invalid(f"{name} is not supported")
    for name, value in ONLY_VALUE.items():
        params.choice(name, (value,), value)


def _read_link_id(call: Call) -> str:
    link_id = call.params.text("orderLinkId")
    if link_id and LINK_ID.fullmatch(link_id) is None:
        raise invalid("orderLinkId invalid: up to 36 letters, digits, - and _")
    if link_id in call.account.by_link_id:
        raise Refused(DUPLICATE_LINK_ID, "OrderLinkedID is duplicate")
    return link_id


def _read_time_in_force(params: Params, order_type: OrderType) -> TimeInForce:
    time_in_force = params.choice("timeInForce", ("GTC", "IOC", "FOK", "PostOnly"), "GTC")
    return "IOC" if order_type == "Market" else cast("TimeInForce", time_in_force)


def _read_limit(params: Params, market: SymbolMarket, side: Side, order_type: OrderType) -> int:
    """The limit in ticks: the price bound for market orders and for limits beyond it."""
    bound = bound_ticks(market, side)
    if order_type == "Market":
        return bound
    price = params.number("price")
    if not price or not is_multiple(price, market.instrument.tick_size):
        raise invalid("price invalid")
    if price > market.instrument.max_price:
        raise Refused(PRICE_OUT_OF_RANGE, "Order price exceeds the allowable range.")
    ticks = market.ticks_of(price)
    return min(ticks, bound) if side == "Buy" else max(ticks, bound)


def _read_qty(call: Call, market: SymbolMarket, side: Side, order_type: OrderType) -> Decimal:
    params, rules = call.params, market.instrument
    qty = params.number("qty")
    if qty is None:
        raise invalid("qty invalid")
    most = rules.max_market_qty if order_type == "Market" else rules.max_qty
    if qty == 0 and params.flag("reduceOnly") and params.flag("closeOnTrigger"):
        return min(call.position(market).closable_by(side), most)
    if not is_multiple(qty, rules.qty_step):
        raise invalid("Qty invalid")
    if qty < rules.min_qty:
        raise invalid("The number of contracts is less than the minimum allowed")
    if qty > most:
        raise invalid("The number of contracts exceeds maximum limit allowed: too large")
    return qty


def _check_room(
    call: Call, market: SymbolMarket, side: Side, qty: Decimal, *, reduce_only: bool, limit_ticks: int
) -> Decimal:
    """The quantity that fits the position and the margin."""
    account, state = call.account, call.state
    closable = call.position(market).closable_by(side)
    if reduce_only:
        if not closable:
            raise Refused(REDUCE_ONLY_NOTHING, "current position is zero, cannot fix reduce-only order qty")
        return min(qty, closable)
    price = market.price_of(limit_ticks)
    best = market.price_of(state.books[market.symbol].best(opposite(side)))
    if call.params.text("orderType") == "Market":
        price = best
    if price * qty < MIN_NOTIONAL_USDT and qty > closable:
        raise Refused(BELOW_MIN_NOTIONAL, "Order does not meet minimum order value 5USDT")
    position = call.position(market)
    cost = order_im(side, max(qty - closable, ZERO), price, position.leverage, state.margin.taker_rate)
    if not state.margin.can_afford(account, position.coin, cost):
        raise Refused(NOT_ENOUGH_MARGIN, "ab not enough for new order")
    return qty


def _read_stops(
    params: Params, market: SymbolMarket, side: Side, order_type: OrderType, limit_ticks: int, *,
    reduce_only: bool,
) -> Stops:  # fmt: skip
    stops = read_stops(params, market)
    if reduce_only and (stops.take_profit or stops.stop_loss):
        raise invalid("reduce-only order cannot carry TP/SL")
    base_price = market.last_price if order_type == "Market" else market.price_of(limit_ticks)
    check_stop_prices(stops, side, base_price)
    if stops.take_profit == 0 or stops.stop_loss == 0:
        stops = Stops(stops.take_profit or None, stops.stop_loss or None, stops.tp_trigger_by, stops.sl_trigger_by)
    return stops or NO_STOPS
