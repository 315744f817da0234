"""Setting the stops of a position."""

from decimal import Decimal
from typing import Any

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO, is_multiple
from bot.simulator.routes.call import CONTRACTS, Call
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.routes.stop_prices import check_stop_prices, read_stops
from bot.simulator.trading.order import Order, Stops
from bot.simulator.trading.position import Position
from bot.simulator.trading.stops import KINDS, guards

STOPS_UNCHANGED = 34040
TOO_MANY_PARTS = 110061
PARTS_MAX = 20


def trading_stop(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, position/trading-stop.

    In full mode it sets, moves or clears the take-profit and the stop-loss of the whole position, in partial mode
    it adds stops for a part of it; both ways a trailing stop of the whole position.
    """
    call.category(choices=CONTRACTS)
    market, params = call.market(), call.params
    stops = read_stops(params, market)
    distance, active = _read_trail(call, market)
    if not stops and distance is None:
        raise invalid("takeProfit, stopLoss or trailingStop must be given")
    position = call.position(market)
    if position.side is None:
        raise invalid("can not set tp/sl/ts for zero position")
    check_stop_prices(stops, position.side, market.last_price)
    _check_active(market, position, active)
    trails = distance is not None and not _trails_so(market, position.trailing_stop, distance, active)
    if stops.mode == "Partial" and stops:
        _add_parts(call, market, position, stops)
    elif stops and _changes(position, stops):
        for kind in KINDS:
            call.state.desk.stops.place(call.account, position, market, kind, stops)
    elif not trails:
        raise Refused(STOPS_UNCHANGED, "not modified")
    if trails and distance is not None:
        call.state.desk.stops.trail(call.account, position, market, distance, active)
    position.updated_ms = call.now_ms
    call.state.outbox.position(call.account, position, market)
    call.state.desk.rewatch(market)
    return {}


def _read_trail(call: Call, market: SymbolMarket) -> tuple[Decimal | None, Decimal | None]:
    """How far the trailing stop stays behind (None = not mentioned, 0 = none wanted), and from which price on."""
    distance, active = call.params.number("trailingStop"), call.params.number("activePrice")
    for name, price in (("trailingStop", distance), ("activePrice", active)):
        if price and not is_multiple(price, market.instrument.tick_size):
            raise invalid(f"{name} invalid")
    if distance and distance >= market.last_price:
        raise invalid("trailingStop invalid: it must be less than the price")
    return distance, active or None


def _check_active(market: SymbolMarket, position: Position, active: Decimal | None) -> None:
    """A trailing stop begins where the position has won more than now."""
    if active is None:
        return
    if (active - market.last_price) * position.direction <= 0 or active > market.instrument.max_price:
        raise invalid("activePrice invalid: it must be on the winning side of the last price")


def _trails_so(market: SymbolMarket, stop: Order | None, distance: Decimal, active: Decimal | None) -> bool:
    """Whether there is such a trailing stop already."""
    if stop is None:
        return not distance
    active_ticks = None if active is None else market.ticks_of(active)
    return stop.trail_ticks == market.ticks_of(distance) and stop.active_ticks == active_ticks


def _add_parts(call: Call, market: SymbolMarket, position: Position, stops: Stops) -> None:
    """Partial mode only ever adds; both legs of a pair have the same size."""
    sizes = {call.params.number(name) for name in ("tpSize", "slSize") if call.params.has(name)}
    if not (stops.take_profit or stops.stop_loss):
        raise invalid("takeProfit or stopLoss must be given")
    if len(sizes) != 1:
        raise invalid("tpSize and slSize must be given and equal")
    size = sizes.pop() or ZERO
    if not size or size > abs(position.size) or not is_multiple(size, market.instrument.qty_step):
        raise invalid("tpSize or slSize invalid")
    parts = sum(each.stop_order_type.startswith("Partial") for each in guards(call.account, position))
    if parts + bool(stops.take_profit) + bool(stops.stop_loss) > PARTS_MAX:
        raise Refused(TOO_MANY_PARTS, f"Not allowed to have more than {PARTS_MAX} TP/SLs under Partial tpSlMode")
    call.state.desk.stops.add_part(call.account, position, market, size, stops)


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
