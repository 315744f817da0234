"""What the working orders of a symbol may still do to its position, in the words of the account."""

from collections.abc import Iterable
from decimal import Decimal

from bot.domain.messages import PlaceOrder, WorkingEntriesTold
from bot.domain.values import ZERO, Side, Symbol


def working_entries(
    symbol: Symbol, openers: Iterable[tuple[PlaceOrder, Decimal]], size: Decimal, leverage: Decimal
) -> WorkingEntriesTold:
    """The worst that orders which may open or enlarge a position (each with what it can still fill) can come to.

    ``size`` is that of the position, signed. Orders on both sides are taken for quotes: what counts then is the largest
    position that they may lead to. The price is the dearest of them, the stop the one that costs most.
    """
    orders = [(intent, left) for intent, left in openers if left > 0]
    ahead = {side: sum((left for intent, left in orders if intent.side is side), ZERO) for side in Side}
    side = Side.BUY if ahead[Side.BUY] >= ahead[Side.SELL] else Side.SELL
    both = min(ahead.values()) > 0
    qty = max(size * each.sign + ahead[each] for each in Side) if both else ahead[side]
    prices = [intent.price or intent.trigger_price for intent, _ in orders]
    stops = [intent.stop_loss for intent, _ in orders if intent.stop_loss is not None and intent.side is side]
    known = [price for price in prices if price is not None]
    price = max(known) if known and len(known) == len(prices) else None
    stop = min(stops, key=lambda each: each * side.sign, default=None)
    if len(stops) < sum(intent.side is side for intent, _ in orders):
        stop = None
    return WorkingEntriesTold(symbol, side, max(qty, ZERO), price, stop, leverage, both)
