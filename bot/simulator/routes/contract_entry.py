"""New orders in linear and inverse contracts."""

from decimal import Decimal

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO, is_multiple, plain
from bot.simulator.routes.call import Call
from bot.simulator.routes.limit_price import read_limit
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.routes.stop_prices import check_stop_prices, read_stops
from bot.simulator.routes.trigger_price import read_trigger
from bot.simulator.trading.account import Account
from bot.simulator.trading.exposure import tier_of
from bot.simulator.trading.order import NO_STOPS, Order, Stops, opposite
from bot.simulator.trading.position import HEDGE_BUY

OPEN_ORDERS_MAX, CONDITIONAL_MAX = 500, 10
NOT_ENOUGH_MARGIN = 110007
TOO_MANY_CONDITIONAL = 110009
REDUCE_ONLY_NOTHING = 110017
TOO_MANY_ORDERS = 110020
ONLY_REDUCING = 110023
NOT_LIVE = 110074
BEYOND_RISK_LIMIT, TOO_MUCH_LEVERAGE = 110089, 110090
BELOW_MIN_NOTIONAL = 110094
IN_CALL_AUCTION = 110095


def complete_contract_order(call: Call, market: SymbolMarket, order: Order) -> None:
    """Fill a draft in from the request.

    Raises:
        Refused: with the retCode of the first rule it breaks.
    """
    params = call.params
    order.reduce_only, order.close_on_trigger = params.flag("reduceOnly"), params.flag("closeOnTrigger")
    check_status(market, reducing=order.reduce_only)
    order.position_idx = call.position(market).idx
    if order.position_idx and not _opens(order):
        order.reduce_only = True
    waits = read_trigger(call, market, order)
    if order.close_on_trigger and not waits:
        order.reduce_only = True  # Bybit V5 docs, order/create: it can only reduce a position
    read_limit(call, market, order)
    order.qty = _read_qty(call, market, order)
    order.stops = _read_stops(call, market, order)
    price = expected_price(call, market, order)
    if not waits:
        _check_room(call, market, order, price)
    check_notional(call, market, order, price)
    _check_count(call.account, market, order)


def check_status(market: SymbolMarket, *, reducing: bool) -> None:
    """Orders are taken while a contract trades; one about to be delivered may still be closed."""
    match market.status:
        case "Trading":
            return
        case "PreLaunch":
            text = "You cannot create, modify or cancel Pre-Market Perpetual orders during the Call Auction."
            raise Refused(IN_CALL_AUCTION, text)
        case "Delivering" if reducing:
            return
        case "Delivering":
            raise Refused(ONLY_REDUCING, "You can only reduce your position, the contract will be delisted")
        case _:
            raise Refused(NOT_LIVE, "This contract is not live")


def check_qty(market: SymbolMarket, order: Order, qty: Decimal) -> None:
    """Raises Refused if a quantity does not fit the contract's rules."""
    rules = market.instrument
    if not is_multiple(qty, rules.qty_step):
        raise invalid("Qty invalid")
    if qty < rules.min_qty:
        raise invalid("The number of contracts is less than the minimum allowed")
    if qty > (rules.max_market_qty if order.order_type == "Market" else rules.max_qty):
        raise invalid("The number of contracts exceeds maximum limit allowed: too large")


def check_notional(call: Call, market: SymbolMarket, order: Order, price: Decimal) -> None:
    """Raises Refused if an order that opens something is worth too little; only linear contracts ask for that."""
    least = market.instrument.min_notional
    if not least or order.reduce_only:
        return
    if price * order.qty >= least:
        return
    if order.qty > call.account.position(market.instrument, order.position_idx).closable_by(order.side):
        raise Refused(BELOW_MIN_NOTIONAL, f"Order does not meet minimum order value {plain(least)}USDT")


def check_order_stops(market: SymbolMarket, order: Order, stops: Stops) -> Stops:
    """The stops that an order may carry; a price of 0 is none."""
    if order.reduce_only and (stops.take_profit or stops.stop_loss):
        raise invalid("reduce-only order cannot carry TP/SL")
    base_price = order.price
    if order.is_waiting and order.order_type == "Market":
        base_price = order.trigger_price or order.price
    elif order.order_type == "Market":
        base_price = market.last_price
    check_stop_prices(stops, order.side, base_price)
    if not (stops.take_profit or stops.stop_loss):
        return NO_STOPS
    return Stops(
        stops.take_profit or None, stops.stop_loss or None, stops.tp_trigger_by, stops.sl_trigger_by, stops.mode,
        stops.tp_limit_price, stops.sl_limit_price,
    )  # fmt: skip


def _read_qty(call: Call, market: SymbolMarket, order: Order) -> Decimal:
    qty, rules = call.params.number("qty"), market.instrument
    if qty is None:
        raise invalid("qty invalid")
    if qty == 0 and order.reduce_only and order.close_on_trigger:
        if order.is_waiting:
            return ZERO  # all that there is when the price has come
        most = rules.max_market_qty if order.order_type == "Market" else rules.max_qty
        return min(call.account.position(rules, order.position_idx).closable_by(order.side), most)
    check_qty(market, order, qty)
    return qty


def _read_stops(call: Call, market: SymbolMarket, order: Order) -> Stops:
    stops = read_stops(call.params, market)
    return check_order_stops(market, order, stops) if stops else NO_STOPS


def _check_room(call: Call, market: SymbolMarket, order: Order, price: Decimal) -> None:
    """An order to reduce is cut to the position; any other must be covered by margin."""
    account, margin, rules = call.account, call.state.margin, market.instrument
    position = account.position(rules, order.position_idx)
    if order.reduce_only:
        closable = position.closable_by(order.side)
        if not closable:
            raise Refused(REDUCE_ONLY_NOTHING, "current position is zero, cannot fix reduce-only order qty")
        order.qty = min(order.qty, closable)
        return
    cost = margin.cost(account, order, price)
    if not margin.can_afford(account, position.coin, cost):
        raise Refused(NOT_ENOUGH_MARGIN, "ab not enough for new order")
    _check_risk(market, margin.value_after(account, order), position.leverage)


def _check_risk(market: SymbolMarket, value: Decimal, leverage: Decimal) -> None:
    """The larger a position and its orders, the less leverage it may have, until there is no tier for it any more."""
    tiers = market.instrument.risk_tiers
    if value <= tiers[0].limit_value:
        return
    if value > tiers[-1].limit_value:
        raise Refused(BEYOND_RISK_LIMIT, "Exceeds the maximum risk limit level")
    most = tier_of(market.instrument, value).max_leverage
    if leverage > most:
        text = "Order placement failed as your position may exceed the max limit."
        raise Refused(TOO_MUCH_LEVERAGE, f"{text} Please adjust your leverage to {plain(most)} or below")


def _opens(order: Order) -> bool:
    """Whether an order in hedge mode adds to its position: a buy of the long one, a sale of the short one."""
    return (order.side == "Buy") == (order.position_idx == HEDGE_BUY)


def expected_price(call: Call, market: SymbolMarket, order: Order) -> Decimal:
    """At which price an order will trade at worst, or for a market order most likely."""
    if order.order_type == "Limit":
        return order.price
    if order.trigger_price is not None:
        return order.trigger_price
    return market.price_of(call.state.desk.counters[market.id].best_of_all(opposite(order.side)))


def _check_count(account: Account, market: SymbolMarket, order: Order) -> None:
    count = account.open_count(market.id)
    if order.is_waiting and count >= CONDITIONAL_MAX:
        stops = sum(each.is_waiting and each.stop_order_type == "Stop" for each in account.open_in(market.id))
        if stops >= CONDITIONAL_MAX:
            raise Refused(TOO_MANY_CONDITIONAL, "The number of stop orders exceeds the maximum allowable limit")
    elif count >= OPEN_ORDERS_MAX:
        active = sum(each.is_resting for each in account.open_in(market.id))
        if active >= OPEN_ORDERS_MAX and not order.is_waiting:
            raise Refused(TOO_MANY_ORDERS, "Not allowed to have more than 500 active orders")
