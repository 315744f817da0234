"""New orders in pairs."""

from decimal import Decimal

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import is_multiple
from bot.simulator.routes.call import Call
from bot.simulator.routes.limit_price import read_limit
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.routes.stop_prices import NAMES as STOP_NAMES
from bot.simulator.routes.trigger_price import read_trigger
from bot.simulator.trading.account import Account
from bot.simulator.trading.life import spot_cost
from bot.simulator.trading.order import Order, opposite

OPEN_ORDERS_MAX, CONDITIONAL_MAX = 500, 30
TOO_LARGE, TOO_LARGE_FOR_MARKET, TOO_LARGE_FOR_LIMIT = 170124, 170381, 170382
NOT_ENOUGH_COINS = 170131
TOO_SMALL, VALUE_TOO_SMALL = 170136, 170140
TOO_MANY_DECIMALS = 170137
PAIR_CLOSED = 170151
TOO_MANY_ORDERS = 170810
FILTERS = ("Order", "tpslOrder", "StopOrder")


def complete_spot_order(call: Call, market: SymbolMarket, order: Order) -> None:
    """Fill a draft in from the request; what concerns positions only is not looked at, as on Bybit.

    Raises:
        Refused: with the retCode of the first rule it breaks.
    """
    params = call.params
    if market.status != "Trading":
        raise Refused(PAIR_CLOSED, "Trading is not available for this trading pair")
    if any(params.number(name) for name in ("takeProfit", "stopLoss") if params.has_any(STOP_NAMES)):
        raise invalid("takeProfit and stopLoss of spot orders are not supported here: use orderFilter tpslOrder")
    order.is_leverage = str(params.integer("isLeverage") or 0)
    _read_condition(call, market, order)
    read_limit(call, market, order)
    _read_unit(call, order)
    order.qty = _read_qty(call, market, order)
    check_spot_value(call, market, order)
    check_balance(call, market, order)
    _check_count(call.account, order)


def check_spot_qty(market: SymbolMarket, order: Order, qty: Decimal) -> None:
    """Raises Refused if a quantity does not fit the pair's rules."""
    rules = market.instrument
    if not is_multiple(qty, rules.quote_precision if order.by_quote else rules.qty_step):
        raise Refused(TOO_MANY_DECIMALS, "Order quantity has too many decimals.")
    if order.by_quote:
        return
    if qty < rules.min_qty:
        raise Refused(TOO_SMALL, "Order quantity exceeded lower limit.")
    if order.order_type == "Market" and qty > rules.max_market_qty:
        raise Refused(TOO_LARGE_FOR_MARKET, "The order quantity exceeds the limit of market orders.")
    if qty > rules.max_qty:
        raise Refused(TOO_LARGE_FOR_LIMIT, "The order quantity exceeds the limit of limit orders.")


def check_spot_value(call: Call, market: SymbolMarket, order: Order) -> None:
    """Raises Refused if an order is worth too little or too much."""
    rules = market.instrument
    value = order.qty if order.by_quote else order.qty * _expected_price(call, market, order)
    if value < rules.min_notional:
        raise Refused(VALUE_TOO_SMALL, "Order value exceeded lower limit.")
    if value > rules.max_notional:
        raise Refused(TOO_LARGE, "Order amount too large.")


def check_balance(call: Call, market: SymbolMarket, order: Order) -> None:
    """Raises Refused if the account does not have what the order would spend at worst."""
    rules = market.instrument
    coin = rules.quote_coin if order.side == "Buy" else rules.base_coin
    needed = spot_cost(order)
    if order.by_quote and order.side == "Sell":
        needed = order.left / order.price
    if needed > call.state.margin.spendable(call.account, coin) + order.locked:
        raise Refused(NOT_ENOUGH_COINS, "Insufficient balance.")


def _read_condition(call: Call, market: SymbolMarket, order: Order) -> None:
    """A TP/SL order reserves its coins while it waits, a conditional order does not."""
    kind = call.params.choice("orderFilter", FILTERS, "Order")
    if kind == "Order":
        if call.params.number("triggerPrice"):
            raise invalid("triggerPrice needs orderFilter tpslOrder or StopOrder")
        return
    if not read_trigger(call, market, order):
        raise invalid("triggerPrice invalid")
    order.stop_order_type = "tpslOrder" if kind == "tpslOrder" else "Stop"


def _read_unit(call: Call, order: Order) -> None:
    """Market orders: a purchase is given in quote coin, a sale in base coin, unless `marketUnit` says otherwise."""
    if order.order_type == "Limit":
        return
    default = "quoteCoin" if order.side == "Buy" else "baseCoin"
    order.market_unit = call.params.choice("marketUnit", ("baseCoin", "quoteCoin"), default)
    order.by_quote = order.market_unit == "quoteCoin"
    if order.by_quote and order.side == "Sell" and order.is_waiting:
        raise invalid("marketUnit quoteCoin is not for conditional sales")


def _read_qty(call: Call, market: SymbolMarket, order: Order) -> Decimal:
    qty = call.params.number("qty")
    if not qty:
        raise invalid("qty invalid")
    check_spot_qty(market, order, qty)
    return qty


def _expected_price(call: Call, market: SymbolMarket, order: Order) -> Decimal:
    if order.order_type == "Limit":
        return order.price
    if order.trigger_price is not None:
        return order.trigger_price
    return market.price_of(call.state.desk.counters[market.id].best_of_all(opposite(order.side)))


def _check_count(account: Account, order: Order) -> None:
    """500 orders of all pairs, of which 30 TP/SL and 30 conditional orders of each."""
    if len(account.open_orders) < CONDITIONAL_MAX:
        return
    pairs = [each for each in account.open_orders.values() if each.category == "spot"]
    alike = [each for each in pairs if each.is_waiting and each.stop_order_type == order.stop_order_type]
    waiting = sum(each.market_id == order.market_id for each in alike)
    if len(pairs) >= OPEN_ORDERS_MAX or (order.is_waiting and waiting >= CONDITIONAL_MAX):
        raise Refused(TOO_MANY_ORDERS, "The number of open orders exceeds the limit.")
