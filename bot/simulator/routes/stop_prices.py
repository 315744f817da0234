"""Take-profit and stop-loss prices of a request."""

from decimal import Decimal

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import is_multiple, plain
from bot.simulator.routes.params import Params, invalid
from bot.simulator.trading.order import Stops

TRIGGERS = ("LastPrice", "MarkPrice", "IndexPrice")


def read_stops(params: Params, market: SymbolMarket) -> Stops:
    """The stops a request asks for; None = not mentioned, 0 = none wanted."""
    prices = []
    for name in ("takeProfit", "stopLoss"):
        price = params.number(name)
        if price and not (is_multiple(price, market.instrument.tick_size) and price <= market.instrument.max_price):
            raise invalid(f"{name} price invalid")
        prices.append(price)
    tp_by = params.choice("tpTriggerBy", TRIGGERS, "LastPrice")
    sl_by = params.choice("slTriggerBy", TRIGGERS, "LastPrice")
    return Stops(prices[0], prices[1], tp_by, sl_by)


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
