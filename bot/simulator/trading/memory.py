"""An account as it stood at a moment, for queries that lag behind."""

from copy import copy

from bot.simulator.trading.account import Account
from bot.simulator.trading.order import Order


def remembered(account: Account) -> Account:
    """A copy that nothing changes any more.

    What is over (orders that are not open, fills, log lines) never changes and is shared: a copy costs a few
    microseconds per open order, and a list of references however long the history is.
    """
    then = copy(account)
    for name in Account.__dataclass_fields__:
        value = getattr(account, name)
        if isinstance(value, dict | list | set):
            setattr(then, name, value.copy())
    open_orders = {order_id: _order(order) for order_id, order in account.open_orders.items()}
    then.open_orders = open_orders
    then.orders |= open_orders
    then.by_link_id |= {
        each.link_id: each
        for each in open_orders.values()
        if each.link_id and account.by_link_id.get(each.link_id) is account.open_orders[each.order_id]
    }
    then._open_in = {  # noqa: SLF001 (its own copy)
        market_id: {order_id: open_orders[order_id] for order_id in orders}
        for market_id, orders in account._open_in.items()  # noqa: SLF001
    }
    then.coins = {name: copy(each) for name, each in account.coins.items()}
    then.totals = {name: copy(each) for name, each in account.totals.items()}
    then.mmp = {name: dict(each) for name, each in account.mmp.items()}
    then.positions = {key: copy(each) for key, each in account.positions.items()}
    for position in then.positions.values():
        position.take_profit = _same(position.take_profit, open_orders)
        position.stop_loss = _same(position.stop_loss, open_orders)
        position.trailing_stop = _same(position.trailing_stop, open_orders)
    return then


def _order(order: Order) -> Order:
    """A copy that waits in no ladder."""
    then = copy(order)
    then.place = None
    return then


def _same(order: Order | None, copies: dict[str, Order]) -> Order | None:
    return None if order is None else copies.get(order.order_id, order)
