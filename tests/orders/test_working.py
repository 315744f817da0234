"""What working orders may come to, told to the account."""

from decimal import Decimal

import msgspec

from bot.domain.messages import PlaceOrder
from bot.domain.values import ZERO, OrderType, Side
from bot.orders.working import working_entries
from tests.core.samples import BTC, intent


def order(side: Side, price: str | None, stop: str | None = None) -> PlaceOrder:
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    limit = None if price is None else Decimal(price)
    loss = None if stop is None else Decimal(stop)
    return msgspec.structs.replace(intent(), side=side, order_type=kind, price=limit, stop_loss=loss)


def told(
    *openers: tuple[PlaceOrder, str], size: str = "0"
) -> tuple[Side, Decimal, Decimal | None, Decimal | None, bool]:
    listed = [(each, Decimal(left)) for each, left in openers]
    answer = working_entries(BTC, listed, Decimal(size), Decimal(5))
    return answer.side, answer.qty, answer.price, answer.stop_price, answer.both_sides


def test_nothing_works() -> None:
    assert told() == (Side.BUY, ZERO, None, None, False)
    assert told((order(Side.BUY, "100", "98"), "0"))[1] == ZERO


def test_steps_of_one_entry_add_up_at_the_worst_price_and_stop() -> None:
    steps = (order(Side.SELL, "100", "104"), "2"), (order(Side.SELL, "102", "105"), "3")
    assert told(*steps) == (Side.SELL, Decimal(5), Decimal(102), Decimal(105), False)
    longs = (order(Side.BUY, "100", "98"), "2"), (order(Side.BUY, "99", "97"), "1")
    assert told(*longs) == (Side.BUY, Decimal(3), Decimal(100), Decimal(97), False)


def test_a_market_order_has_no_price_and_an_order_without_a_stop_no_stop() -> None:
    assert told((order(Side.BUY, None, "98"), "1")) == (Side.BUY, Decimal(1), None, Decimal(98), False)
    assert told((order(Side.BUY, "100", "98"), "1"), (order(Side.BUY, "99"), "1"))[3] is None


def test_quotes_come_to_the_largest_position_that_they_may_lead_to() -> None:
    quotes = (order(Side.BUY, "99", "90"), "4"), (order(Side.SELL, "101", "110"), "4")
    assert told(*quotes) == (Side.BUY, Decimal(4), Decimal(101), Decimal(90), True)
    assert told(*quotes, size="3")[1] == Decimal(7)
    assert told(*quotes, size="-3")[1] == Decimal(7)
