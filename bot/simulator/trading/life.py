"""What every change of an order goes through: its status, its place in line, what it locks, who is told."""

from collections.abc import Mapping
from decimal import Decimal

from bot.simulator.exchange_settings import ExchangeSettings
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.counter import Counter
from bot.simulator.trading.ledger import Fill, Ledger
from bot.simulator.trading.order import NO_ERROR, OPEN_STATUSES, Order, Status
from bot.simulator.trading.outbox import Outbox
from bot.simulator.trading.position import Position


class OrderLife:
    """Sets statuses and books fills. It decides nothing."""

    def __init__(
        self, counters: Mapping[str, Counter], accounts: Mapping[str, Account], settings: ExchangeSettings,
        ledger: Ledger, outbox: Outbox,
    ) -> None:  # fmt: skip
        self.counters = counters
        self.accounts = accounts
        self.outbox = outbox
        self._ledger = ledger
        self._rates = {
            (category, is_maker): rate
            for category, rates in {
                "linear": (settings.taker_fee_rate, settings.maker_fee_rate),
                "inverse": (settings.taker_fee_rate, settings.maker_fee_rate),
                "spot": (settings.spot_taker_fee_rate, settings.spot_maker_fee_rate),
            }.items()
            for is_maker, rate in zip((False, True), rates, strict=True)
        }

    def end(self, account: Account, order: Order, *, reason: str = NO_ERROR, cancel_type: str = "UNKNOWN") -> None:
        """Close an order that is not filled and tell of it."""
        status: Status = "Cancelled"
        if order.is_waiting:
            status = "Deactivated"
        elif order.category == "spot" and order.filled_qty:
            status = "PartiallyFilledCanceled"
        order.reject_reason, order.cancel_type = reason, cancel_type
        self.set(account, order, status)
        self.outbox.order(order)

    def set(self, account: Account, order: Order, status: Status) -> None:
        """Give an order a status; one that is open no longer leaves its place."""
        counter = self.counters[order.market_id]
        order.status = status
        account.version += 1
        order.updated_ms = counter.market.clock.now_ms
        if status not in OPEN_STATUSES:
            counter.remove(order)
            account.close_order(order)
            if order.is_guard:
                forget(account.position(counter.market.instrument, order.position_idx), order)
            self.lock(account, order)

    def fill(
        self, account: Account, order: Order, ticks: int, qty: Decimal, *, is_maker: bool, with_street: bool = True
    ) -> Execution:
        """Trade `qty` at a price and enter it in the ledger; telling of it is up to the caller."""
        market = self.counters[order.market_id].market
        rate = self._rates[order.category, is_maker]
        fill = Fill(market.price_of(ticks), qty, is_maker, rate, with_street)
        execution = self._ledger.fill(account, order, market, fill)
        order.filled_qty += qty
        order.filled_value += execution.value
        order.fee += execution.fee
        order.fee_coin = execution.fee_coin
        order.closed_pnl += execution.realised
        self.set(account, order, "PartiallyFilled" if order.left else "Filled")
        if order.place is not None:
            self.counters[order.market_id].show(order)
            self.lock(account, order)
        return execution

    def lock(self, account: Account, order: Order) -> None:
        """Reserve what an order of a pair may still spend; contracts reserve margin instead."""
        if order.category != "spot":
            return
        rules = self.counters[order.market_id].market.instrument
        purse = account.purse(rules.quote_coin if order.side == "Buy" else rules.base_coin)
        needed = spot_cost(order) if order.place is not None else ZERO
        purse.locked += needed - order.locked
        order.locked = needed


def spot_cost(order: Order) -> Decimal:
    """What an open order of a pair spends at most: quote coin of a purchase, base coin of a sale.

    A conditional order reserves nothing before it is triggered, a TP/SL order does.
    """
    if not order.is_open or (order.is_waiting and order.stop_order_type == "Stop"):
        return ZERO
    if order.side == "Sell" or order.by_quote:
        return order.left
    return order.left * order.price


def forget(position: Position, order: Order) -> None:
    """A stop that has been triggered or closed guards the position no longer."""
    if position.take_profit is order:
        position.take_profit = None
    if position.stop_loss is order:
        position.stop_loss = None
    if position.trailing_stop is order:
        position.trailing_stop = None
