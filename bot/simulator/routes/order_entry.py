"""Reading and checking a new order: what all categories have in common."""

import re
from typing import cast, get_args

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO
from bot.simulator.routes.call import Call
from bot.simulator.routes.contract_entry import complete_contract_order
from bot.simulator.routes.params import Params, Refused, invalid
from bot.simulator.routes.spot_entry import complete_spot_order
from bot.simulator.trading.order import Order, OrderType, SmpType, TimeInForce

LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,36}", re.ASCII)
DUPLICATE_LINK_ID, DUPLICATE_LINK_ID_SPOT = 110072, 170141
TIMES_IN_FORCE: tuple[TimeInForce, ...] = get_args(TimeInForce)
SMP_TYPES: tuple[SmpType, ...] = get_args(SmpType)
OPTIONS_ONLY = ("orderIv", "mmp")


def read_order(call: Call) -> Order:
    """A checked order, not yet put to work.

    Raises:
        Refused: with the retCode of the first rule it breaks.
    """
    call.category()
    market, params = call.market(), call.params
    side = cast("Side", params.choice("side", ("Buy", "Sell")))
    order_type = cast("OrderType", params.choice("orderType", ("Limit", "Market")))
    order = _draft(call, market, side, order_type)
    if params.has_any(OPTIONS_ONLY) and (params.number("orderIv") or params.flag("mmp")):
        raise invalid("orderIv and mmp are for options only")
    if market.category == "spot":
        complete_spot_order(call, market, order)
    else:
        complete_contract_order(call, market, order)
    ids = call.state.ids
    order.sequence = ids.next_sequence()
    order.order_id = ids.spot_order_id() if market.category == "spot" else ids.order_id()
    return order


def _draft(call: Call, market: SymbolMarket, side: Side, order_type: OrderType) -> Order:
    params, now_ms = call.params, call.now_ms
    time_in_force = cast("TimeInForce", params.choice("timeInForce", TIMES_IN_FORCE, "GTC"))
    return Order(
        sequence=0, order_id="", link_id=_read_link_id(call, market), account=call.account.id, market_id=market.id,
        symbol=market.symbol, category=market.category, side=side, order_type=order_type,
        time_in_force="IOC" if order_type == "Market" else time_in_force, qty=ZERO, price=ZERO, limit_ticks=0,
        created_ms=now_ms, updated_ms=now_ms, last_price_on_created=market.last_price,
        smp_type=read_smp_type(params),
    )  # fmt: skip


def read_smp_type(params: Params) -> SmpType:
    return cast("SmpType", params.choice("smpType", SMP_TYPES, "None"))


def _read_link_id(call: Call, market: SymbolMarket) -> str:
    link_id = call.params.text("orderLinkId")
    if link_id and LINK_ID.fullmatch(link_id) is None:
        raise invalid("orderLinkId invalid: up to 36 letters, digits, - and _")
    if link_id and link_id in call.account.by_link_id:
        if market.category == "spot":
            raise Refused(DUPLICATE_LINK_ID_SPOT, "Duplicate clientOrderId")
        raise Refused(DUPLICATE_LINK_ID, "OrderLinkedID is duplicate")
    return link_id
