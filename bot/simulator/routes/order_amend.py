"""Reading and checking the amendment of an order."""

from dataclasses import replace
from decimal import Decimal

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.routes.call import Call
from bot.simulator.routes.contract_entry import (
    NOT_ENOUGH_MARGIN,
    check_notional,
    check_order_stops,
    check_qty,
    expected_price,
)
from bot.simulator.routes.limit_price import keep_in_bounds, read_amended_price
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.routes.spot_entry import check_balance, check_spot_qty, check_spot_value
from bot.simulator.routes.stop_prices import NAMES as STOP_NAMES
from bot.simulator.routes.stop_prices import read_stops
from bot.simulator.routes.trigger_price import check_trigger, read_trigger_ticks
from bot.simulator.trading.amending import Amendment
from bot.simulator.trading.order import Order, Stops

FILLED_ALREADY, SPOT_FILLED_ALREADY = 110064, 170313
NOTHING = Amendment()


def read_amendment(call: Call, market: SymbolMarket, order: Order) -> Amendment:
    """What of an open order shall change.

    Raises:
        Refused: with the retCode of the first rule it breaks; if nothing would change, too.
    """
    if order.is_guard:
        wanted = Amendment(trigger_ticks=_read_trigger(call, market, order))
    else:
        wanted = Amendment(
            _read_qty(call, market, order), _read_price(call, market, order), _read_trigger(call, market, order),
            _read_stops(call, market, order),
        )  # fmt: skip
    if wanted == NOTHING:
        raise invalid("The order remains unchanged as the parameters entered match the existing ones: not modified")
    _check_outcome(call, market, order, wanted)
    return wanted


def _read_qty(call: Call, market: SymbolMarket, order: Order) -> Decimal | None:
    qty = call.params.number("qty")
    if not qty or qty == order.qty:
        return None
    if qty <= order.filled_qty:
        code = SPOT_FILLED_ALREADY if market.category == "spot" else FILLED_ALREADY
        raise Refused(code, "The quantity must be larger than what is filled already")
    if market.category == "spot":
        check_spot_qty(market, order, qty)
    else:
        check_qty(market, order, qty)
    if order.reduce_only and not order.is_waiting:
        closable = call.account.position(market.instrument, order.position_idx).closable_by(order.side)
        qty = min(qty, order.filled_qty + closable)
    return None if qty == order.qty else qty


def _read_price(call: Call, market: SymbolMarket, order: Order) -> int | None:
    if order.order_type == "Market":
        return None
    ticks = read_amended_price(call.params, market)
    if ticks is None:
        return None
    ticks = keep_in_bounds(call, market, order, ticks)
    return None if ticks == order.limit_ticks else ticks


def _read_trigger(call: Call, market: SymbolMarket, order: Order) -> int | None:
    if not order.is_waiting or order.trail_ticks:
        return None
    ticks = read_trigger_ticks(call.params, market)
    if not ticks or ticks == order.trigger_ticks:
        return None
    now = call.state.desk.counters[market.id].ticks(order.trigger_by or "LastPrice")
    check_trigger(market, order, ticks, now)
    return ticks


def _read_stops(call: Call, market: SymbolMarket, order: Order) -> Stops | None:
    """Stops that come along: a price of 0 removes one, one that is not mentioned stays."""
    if not call.params.has_any(STOP_NAMES) or market.category == "spot":
        return None
    asked, before = read_stops(call.params, market), order.stops
    stops = asked
    if asked.take_profit is None:
        stops = replace(
            stops, take_profit=before.take_profit, tp_trigger_by=before.tp_trigger_by,
            tp_limit_price=before.tp_limit_price,
        )  # fmt: skip
    if asked.stop_loss is None:
        stops = replace(
            stops, stop_loss=before.stop_loss, sl_trigger_by=before.sl_trigger_by, sl_limit_price=before.sl_limit_price
        )
    if not call.params.has("tpslMode"):
        stops = replace(stops, mode=before.mode)
    stops = check_order_stops(market, order, stops)
    return None if stops == before else stops


def _check_outcome(call: Call, market: SymbolMarket, order: Order, wanted: Amendment) -> None:
    """The amended order is tried on: it must be worth enough, and paid for if it costs more than before."""
    if wanted.qty is None and wanted.limit_ticks is None:
        return
    before = Amendment(order.qty, order.limit_ticks)
    updated_ms = order.updated_ms
    desk, account, margin = call.state.desk, call.account, call.state.margin
    reserved = margin.reserved(account, market.id)
    desk.write(account, order, Amendment(wanted.qty, wanted.limit_ticks))
    try:
        if market.category == "spot":
            check_spot_value(call, market, order)
            check_balance(call, market, order)
        else:
            check_notional(call, market, order, expected_price(call, market, order))
            dearer = margin.reserved(account, market.id) > reserved
            if dearer and margin.over_committed(account):
                raise Refused(NOT_ENOUGH_MARGIN, "ab not enough for new order")
    finally:
        desk.write(account, order, before)
        order.updated_ms = updated_ms
