"""Setting the stops of a position."""

from typing import Any

from bot.simulator.routes.call import Call
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.routes.stop_prices import check_stop_prices, read_stops
from bot.simulator.trading.order import Stops
from bot.simulator.trading.position import Position

STOPS_UNCHANGED = 34040


def trading_stop(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/trading-stop in full mode: sets, moves or clears take-profit and stop-loss."""
    call.check_category()
    market, params = call.market(), call.params
    _refuse_unsupported(call)
    stops = read_stops(params, market)
    if not stops:
        raise invalid("takeProfit or stopLoss must be given")
    position = call.position(market)
    side = position.side
    if side is None:
        raise invalid("can not set tp/sl/ts for zero position")
    if not _changes(position, stops):
        raise Refused(STOPS_UNCHANGED, "not modified")
    check_stop_prices(stops, side, market.last_price)
    keeper = call.state.desk.stops
    keeper.place(call.account, position, market, "TakeProfit", stops)
    keeper.place(call.account, position, market, "StopLoss", stops)
    position.updated_ms = call.now_ms
    call.state.outbox.position(call.account, position, market)
    call.state.desk.rewatch(market)
    return {}


def _refuse_unsupported(call: Call) -> None:
    params = call.params
    params.choice("tpslMode", ("Full",), "Full")
    for name in ("tpOrderType", "slOrderType"):
        params.choice(name, ("Market",), "Market")
    for name in ("trailingStop", "activePrice", "tpSize", "slSize", "tpLimitPrice", "slLimitPrice"):
        if params.number(name):
            raise invalid(f"{name} is not supported")


def _changes(position: Position, stops: Stops) -> bool:
    """Whether the wanted stops differ from those in place. 0 stands for none."""
    pairs = (
        (stops.take_profit, stops.tp_trigger_by, position.take_profit),
        (stops.stop_loss, stops.sl_trigger_by, position.stop_loss),
    )
    for wanted, trigger_by, order in pairs:
        if wanted is None:
            continue
        if order is None:
            if wanted:
                return True
        elif order.trigger_price != wanted or order.trigger_by != trigger_by:
            return True
    return False
