"""What happens when the price that an order waits for is reached."""

from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account
from bot.simulator.trading.counter import Counter
from bot.simulator.trading.life import OrderLife, forget, spot_cost
from bot.simulator.trading.margin import Margin
from bot.simulator.trading.matching import Matcher
from bot.simulator.trading.order import Order, opposite
from bot.simulator.trading.price_limit import bound_ticks, market_order_ticks

BY_REDUCE_ONLY = "CancelByReduceOnly"
TP_GONE = "CancelByOCOTpCanceledBySlTriggered"
SL_GONE = "CancelByOCOSlCanceledByTpTriggered"
NO_FUNDS = "EC_Others"


class Triggers:
    """Turns untriggered orders into orders that work."""

    def __init__(self, life: OrderLife, matcher: Matcher, margin: Margin) -> None:
        self._life = life
        self._matcher = matcher
        self._margin = margin

    def trigger(self, account: Account, order: Order, counter: Counter) -> bool:
        """Put an order to work whose price has come; returns whether it traded."""
        if order.active_ticks is not None:
            counter.start_trailing(order)
            return False
        counter.remove(order)
        if order.is_guard:
            forget(account.position(counter.market.instrument, order.position_idx), order)
        self._life.set(account, order, "Triggered")
        self._life.outbox.order(order)
        partner, order.partner = order.partner, None
        if partner is not None and partner.is_open:
            partner.partner = None
            gone = SL_GONE if order.stop_order_type == "PartialTakeProfit" else TP_GONE
            self._life.end(account, partner, cancel_type=gone)
        self._price(order, counter)
        if not self._has_room(account, order, counter):
            return False
        order.status = "New"
        account.version += 1
        return self._matcher.work(account, order, counter)

    def _price(self, order: Order, counter: Counter) -> None:
        """A market order may trade up to the bound of the moment, and so may a limit order of a contract."""
        market = counter.market
        bound = bound_ticks(market, order.side)
        if order.order_type == "Market":
            order.limit_ticks = market_order_ticks(order, counter)
        elif order.category != "spot":
            order.limit_ticks = min(order.limit_ticks, bound) if order.side == "Buy" else max(order.limit_ticks, bound)
        order.price = market.price_of(order.limit_ticks)

    def _has_room(self, account: Account, order: Order, counter: Counter) -> bool:
        """Nothing was reserved for it: now there must be a position to close, or the money to open one."""
        rules = counter.market.instrument
        if order.category == "spot":
            purse = account.purse(rules.quote_coin if order.side == "Buy" else rules.base_coin)
            purse.locked -= order.locked
            order.locked = ZERO
            if spot_cost(order) > self._margin.spendable(account, purse.coin):
                self._reject(account, order)
            return order.is_open
        if order.reduce_only or order.close_on_trigger:
            closable = account.position(rules, order.position_idx).closable_by(order.side)
            order.reduce_only = True  # from here on it follows the position, as any other that only closes
            if not closable:
                self._life.end(account, order, cancel_type=BY_REDUCE_ONLY)
                return False
            most = rules.max_market_qty if order.order_type == "Market" else rules.max_qty
            order.qty = min(order.qty or most, closable)
            return True
        price = order.price
        if order.order_type == "Market":
            price = counter.market.price_of(counter.best_of_all(opposite(order.side)))
        if not self._margin.can_afford(account, rules.settle_coin, self._margin.cost(account, order, price)):
            self._reject(account, order)
        return order.is_open

    def _reject(self, account: Account, order: Order) -> None:
        order.reject_reason = NO_FUNDS
        self._life.set(account, order, "Rejected")
        self._life.outbox.order(order)
