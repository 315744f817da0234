"""Which resting orders a quoting strategy's wishes come to, and what has to change on the book for that."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from bot.domain.instrument import Instrument
from bot.domain.messages import LadderStep, Quote
from bot.domain.values import Side


class WantedOrder(NamedTuple):
    """A limit order on the tick grid and on the quantity step."""

    side: Side
    price: Decimal
    qty: Decimal


class Changes[K](NamedTuple):
    """Orders to withdraw, by their keys, and orders that are missing on the book."""

    withdraw: Sequence[K]
    missing: Sequence[WantedOrder]


def orders_of(quotes: Iterable[Quote], rules: Instrument) -> Sequence[WantedOrder]:
    """Quotes as orders; those too small to trade, or at no real price, are left out.

    Prices are rounded away from the market and quantities down. Quotes that meet at one price become one order.
    """
    sizes: dict[tuple[Side, Decimal], Decimal] = {}
    for quote in quotes:
        try:
            price = rules.limit_price(quote.price, quote.side)
            value = rules.exact_value(quote.amount_quote)
        except ValueError:
            continue
        if price > 0:
            key = (quote.side, price)
            sizes[key] = sizes.get(key, Decimal(0)) + value
    orders = (
        WantedOrder(side, price, rules.floor_qty(rules.qty_worth(value, price)))
        for (side, price), value in sizes.items()
    )
    return [order for order in orders if _is_tradable(order, rules)]


def ladder_orders(side: Side, steps: Iterable[LadderStep], qty: Decimal, rules: Instrument) -> Sequence[WantedOrder]:
    """An entry of ``qty`` spread over the steps of a ladder; never more than ``qty``, steps too small left out.

    If every step would be too small the whole goes to the first one.
    """
    wanted = [(rules.limit_price(step.price, side), Decimal(repr(step.share))) for step in steps]
    orders = [WantedOrder(side, price, rules.floor_qty(qty * share)) for price, share in wanted]
    tradable = [order for order in orders if _is_tradable(order, rules)]
    if tradable or not wanted:
        return tradable
    whole = WantedOrder(side, wanted[0][0], qty)
    return [whole] if _is_tradable(whole, rules) else []


def changes[K](wanted: Iterable[WantedOrder], working: Iterable[tuple[K, WantedOrder]]) -> Changes[K]:
    """What to withdraw of ``working`` and what is missing; an order that is wanted exactly as it is stays."""
    missing = list(wanted)
    withdraw: list[K] = []
    for key, order in working:
        if order in missing:
            missing.remove(order)
        else:
            withdraw.append(key)
    return Changes(withdraw, missing)


def _is_tradable(order: WantedOrder, rules: Instrument) -> bool:
    fits = rules.min_order_qty <= order.qty <= rules.max_order_qty
    return fits and order.price > 0 and rules.is_worth_enough(order.qty, order.price)
