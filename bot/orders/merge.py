"""Order news may repeat and overtake each other; this decides what is news."""

from collections import OrderedDict

from bot.domain.messages import OrderUpdate

REMEMBERED_AT_MOST = 500


class NewestOrders:
    """The newest state of each order of one symbol, by the exchange's order id.

    An order never goes back: a final state stays, filled quantity never falls, and of two equal ones the later wins.
    """

    def __init__(self) -> None:
        self._latest: OrderedDict[str, OrderUpdate] = OrderedDict()

    def is_news(self, update: OrderUpdate) -> bool:
        """Whether ``update`` moves its order forward; if so it is remembered."""
        known = self._latest.get(update.order_id)
        if known is not None and _rank(update) <= _rank(known):
            return False
        self._latest[update.order_id] = update
        self._latest.move_to_end(update.order_id)
        if len(self._latest) > REMEMBERED_AT_MOST:
            self._latest.popitem(last=False)
        return True


def _rank(order: OrderUpdate) -> tuple[bool, object, int]:
    return (order.status.is_final, order.cum_exec_qty, order.updated_ms)
