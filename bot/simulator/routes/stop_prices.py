"""Take-profit and stop-loss prices of a request."""

from decimal import Decimal
from typing import cast, get_args

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import is_multiple, plain
from bot.simulator.routes.params import Params, invalid
from bot.simulator.trading.order import NO_STOPS, Stops, TpslMode, TriggerBy

TRIGGERS: tuple[TriggerBy, ...] = get_args(TriggerBy)
NAMES = (
    "takeProfit", "stopLoss", "tpTriggerBy", "slTriggerBy", "tpslMode", "tpLimitPrice", "slLimitPrice", "tpOrderType",
    "slOrderType",
)  # fmt: skip


def read_stops(params: Params, market: SymbolMarket) -> Stops:
    """The stops a request asks for; None = not mentioned, 0 = none wanted.

    Stops of the whole position are market orders; only those of a part may have a limit price.
    """
    if not params.has_any(NAMES):
        return NO_STOPS
    mode = cast("TpslMode", params.choice("tpslMode", ("Full", "Partial"), "Full"))
    return Stops(
        _read_price(params, market, "takeProfit"),
        _read_price(params, market, "stopLoss"),
        cast("TriggerBy", params.choice("tpTriggerBy", TRIGGERS, "LastPrice")),
        cast("TriggerBy", params.choice("slTriggerBy", TRIGGERS, "LastPrice")),
        mode,
        _read_limit(params, market, "tp", mode),
        _read_limit(params, market, "sl", mode),
    )


def _read_price(params: Params, market: SymbolMarket, name: str) -> Decimal | None:
    price = params.number(name)
    if price and not (is_multiple(price, market.instrument.tick_size) and price <= market.instrument.max_price):
        raise invalid(f"{name} price invalid")
    return price


def _read_limit(params: Params, market: SymbolMarket, prefix: str, mode: TpslMode) -> Decimal | None:
    """The limit price of a stop that becomes a limit order; None = it becomes a market order."""
    order_type = params.choice(f"{prefix}OrderType", ("Market", "Limit"), "Market")
    price = _read_price(params, market, f"{prefix}LimitPrice")
    if order_type == "Market":
        if price:
            raise invalid(f"{prefix}LimitPrice needs {prefix}OrderType Limit")
        return None
    if mode == "Full" and market.category != "spot":
        raise invalid(f"{prefix}OrderType can only be Market when tpslMode is Full")
    if not price:
        raise invalid(f"{prefix}LimitPrice must be given")
    return price


def check_stop_prices(stops: Stops, side: Side, base_price: Decimal) -> None:
    """A long takes profit above and stops below `base_price`, a short the other way round; 0 is no price."""
    above, below = (stops.take_profit, stops.stop_loss) if side == "Buy" else (stops.stop_loss, stops.take_profit)
    if above and above <= base_price:
        name = "TakeProfit" if side == "Buy" else "StopLoss"
        raise invalid(
            f"{name}:{plain(above)} set for {side} position should be higher than base_price:{plain(base_price)}"
        )
    if below and below >= base_price:
        name = "StopLoss" if side == "Buy" else "TakeProfit"
        raise invalid(
            f"{name}:{plain(below)} set for {side} position should be lower than base_price:{plain(base_price)}"
        )
