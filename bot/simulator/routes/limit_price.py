"""The worst price that a new order may trade at."""

from decimal import Decimal
from itertools import islice

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import is_multiple, plain
from bot.simulator.routes.call import Call
from bot.simulator.routes.params import Params, Refused, invalid
from bot.simulator.trading.order import Order, opposite
from bot.simulator.trading.price_limit import bound_ticks, market_order_ticks

PRICE_OUT_OF_RANGE = 110003
SPOT_TOO_HIGH, SPOT_TOO_LOW = 170132, 170133
SPOT_TOO_MANY_DECIMALS = 170134
SPOT_BUY_ABOVE_BOUND, SPOT_SELL_BELOW_BOUND = 170193, 170194
TICKS_TOLERANCE, PERCENT_TOLERANCE = 110108, 110109
TICKS_MAX = 10_000
PERCENT_MIN, PERCENT_MAX, PERCENT_STEP = Decimal("0.01"), Decimal(10), Decimal("0.01")
BBO_LEVELS = 5


def read_limit(call: Call, market: SymbolMarket, order: Order) -> None:
    """Set the limit of an order: the price bound for market orders, and for limits of contracts beyond it."""
    params = call.params
    if order.order_type == "Market":
        if params.has("slippageToleranceType"):
            _read_slippage(params, order)
        if order.category == "spot" or not order.is_waiting:  # a contract's has no price before its trigger
            set_limit(market, order, market_order_ticks(order, call.state.desk.counters[market.id]))
    else:
        ticks = _best_bid_or_offer(call, market, order) if params.has("bboSideType") else _read_price(params, market)
        set_limit(market, order, keep_in_bounds(call, market, order, ticks))


def read_amended_price(params: Params, market: SymbolMarket) -> int | None:
    """The new price of an amendment in ticks, None = as before."""
    return _read_price(params, market) if params.number("price") else None


def keep_in_bounds(call: Call, market: SymbolMarket, order: Order, ticks: int) -> int:
    """Limits beyond the bound are re-priced to it or refused, as the account has chosen (set-limit-px-action)."""
    if order.is_waiting:  # the bound of the moment of the trigger counts
        return ticks
    bound = bound_ticks(market, order.side)
    if ticks <= bound if order.side == "Buy" else ticks >= bound:
        return ticks
    account, price = call.account, plain(market.price_of(bound))
    if account.reprices_spot if market.category == "spot" else account.reprices_contracts:
        return bound
    if market.category != "spot":
        raise Refused(PRICE_OUT_OF_RANGE, "Order price exceeds the allowable range.")
    if order.side == "Buy":
        raise Refused(SPOT_BUY_ABOVE_BOUND, f"Buy order price cannot be higher than {price}.")
    raise Refused(SPOT_SELL_BELOW_BOUND, f"Sell order price cannot be lower than {price}.")


def set_limit(market: SymbolMarket, order: Order, ticks: int) -> None:
    order.limit_ticks, order.price = ticks, market.price_of(ticks)


def _read_price(params: Params, market: SymbolMarket) -> int:
    price, rules = params.number("price"), market.instrument
    spot = market.category == "spot"
    if not price:
        raise invalid("price invalid")
    if not is_multiple(price, rules.tick_size):
        raise (
            Refused(SPOT_TOO_MANY_DECIMALS, "Order price has too many decimals.") if spot else invalid("price invalid")
        )
    if price > rules.max_price:
        raise Refused(SPOT_TOO_HIGH if spot else PRICE_OUT_OF_RANGE, "Order price exceeds the allowable range.")
    return market.ticks_of(price)


def _read_slippage(params: Params, order: Order) -> None:
    """Bybit V5 docs, order/create: a market order may slip so far from the best price of the other side."""
    kind = params.choice("slippageToleranceType", ("TickSize", "Percent"))
    tolerance = params.number("slippageTolerance")
    if tolerance is None:
        raise invalid("slippageTolerance invalid")
    if kind == "TickSize":
        if tolerance != int(tolerance) or not 1 <= tolerance <= TICKS_MAX:
            raise Refused(TICKS_TOLERANCE, f"The slippage tolerance must be 1 to {TICKS_MAX} ticks")
    elif not PERCENT_MIN <= tolerance <= PERCENT_MAX or not is_multiple(tolerance, PERCENT_STEP):
        raise Refused(PERCENT_TOLERANCE, f"The slippage tolerance must be {PERCENT_MIN} to {PERCENT_MAX} %")
    order.slippage_type, order.slippage = kind, plain(tolerance)


def _best_bid_or_offer(call: Call, market: SymbolMarket, order: Order) -> int:
    """Bybit V5 docs, order/create: the price of a level of the book as it is now, instead of a given one."""
    params = call.params
    queue = params.choice("bboSideType", ("Queue", "Counterparty")) == "Queue"
    level = params.integer("bboLevel") or 1
    if not 1 <= level <= BBO_LEVELS:
        raise invalid("bboLevel invalid")
    order.create_type = "CreateByBboOrder"
    side = order.side if queue else opposite(order.side)
    levels = list(islice(call.state.books[market.id].levels(side), level))
    return levels[-1].ticks if levels else call.state.books[market.id].best(side)
