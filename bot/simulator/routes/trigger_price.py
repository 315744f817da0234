"""What a conditional order waits for."""

from typing import cast

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import is_multiple, plain
from bot.simulator.routes.call import Call
from bot.simulator.routes.params import Params, Refused, invalid
from bot.simulator.routes.stop_prices import TRIGGERS
from bot.simulator.trading.order import FALL, RISE, Order, TriggerBy

EXPECT_RISING, EXPECT_FALLING = 110092, 110093


def read_trigger(call: Call, market: SymbolMarket, order: Order) -> bool:
    """Make an order wait for `triggerPrice` if there is one; returns whether it waits."""
    params = call.params
    ticks = read_trigger_ticks(params, market)
    if not ticks:
        return False
    order.trigger_by = cast("TriggerBy", params.choice("triggerBy", TRIGGERS, "LastPrice"))
    order.status, order.trigger_ticks, order.trigger_price = "Untriggered", ticks, market.price_of(ticks)
    now = call.state.desk.counters[market.id].ticks(order.trigger_by)
    if market.category == "spot":  # a pair's orders may wait on either side
        order.trigger_direction = RISE if ticks > now else FALL
        return True
    direction = params.integer("triggerDirection")
    if direction not in {RISE, FALL}:
        raise invalid("triggerDirection invalid")
    order.trigger_direction = direction
    check_trigger(market, order, ticks, now)
    order.stop_order_type, order.create_type = "Stop", "CreateByStopOrder"
    return True


def read_trigger_ticks(params: Params, market: SymbolMarket) -> int:
    """`triggerPrice` in ticks, 0 = none."""
    price, rules = params.number("triggerPrice"), market.instrument
    if not price:
        return 0
    if not is_multiple(price, rules.tick_size) or price > rules.max_price:
        raise invalid("triggerPrice invalid")
    return market.ticks_of(price)


def check_trigger(market: SymbolMarket, order: Order, ticks: int, now: int) -> None:
    """A trigger must lie where the price is said to come from.

    Raises:
        Refused: it has been passed already.
    """
    wanted, current = plain(market.price_of(ticks)), plain(market.price_of(now))
    if order.trigger_direction == RISE and ticks <= now:
        text = f"expect Rising, but trigger_price[{wanted}] <= current[{current}]??{order.trigger_by}"
        raise Refused(EXPECT_RISING, text)
    if order.trigger_direction == FALL and ticks >= now:
        text = f"expect Falling, but trigger_price[{wanted}] >= current[{current}]??{order.trigger_by}"
        raise Refused(EXPECT_FALLING, text)
