"""Take-profit and stop-loss of positions (full mode): internal orders that follow the position."""

from decimal import Decimal
from typing import Literal, Protocol

from bot.simulator.ids import Ids
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account
from bot.simulator.trading.order import FALL, RISE, Order, opposite
from bot.simulator.trading.outbox import Outbox
from bot.simulator.trading.position import Position

StopKind = Literal["TakeProfit", "StopLoss"]
CLEARED = "CancelByTpSlTsClear"


class EndOrder(Protocol):
    """Closes an open order and tells of it."""

    def __call__(self, account: Account, order: Order, *, cancel_type: str) -> None: ...


class StopKeeper:
    """Creates, moves, resizes and clears the stop orders of positions."""

    def __init__(self, ids: Ids, outbox: Outbox, end: EndOrder) -> None:
        self._ids = ids
        self._outbox = outbox
        self._end = end

    def follow(self, account: Account, order: Order, position: Position, market: SymbolMarket) -> None:
        """After `order` has changed something: give the position its stops, or adjust those it has."""
        for stop in (position.take_profit, position.stop_loss):
            if stop is not None and position.side != opposite(stop.side):
                self._end(account, stop, cancel_type=CLEARED)
        if order.stops and order.filled_qty and not order.stops_applied:
            order.stops_applied = True
            if position.side == order.side:
                stops = order.stops
                self.place(account, market, "TakeProfit", stops.take_profit, stops.tp_trigger_by, order.link_id)
                self.place(account, market, "StopLoss", stops.stop_loss, stops.sl_trigger_by, order.link_id)
        for stop in (position.take_profit, position.stop_loss):
            if stop is not None and stop.qty != abs(position.size):
                stop.qty = abs(position.size)
                stop.updated_ms = market.clock.now_ms
                self._outbox.order(stop)

    def place(
        self, account: Account, market: SymbolMarket, kind: StopKind, price: Decimal | None,
        trigger_by: str, parent_link_id: str = "",
    ) -> None:  # fmt: skip
        """Set one stop of a position that is not flat.

        Args:
            account: whose position.
            market: in which symbol.
            kind: which of the two stops.
            price: what triggers it; None leaves it as it is, 0 takes it away.
            trigger_by: which price triggers it.
            parent_link_id: link id of the order that brought it along.
        """
        position = account.position(market.instrument)
        stop = position.take_profit if kind == "TakeProfit" else position.stop_loss
        if price is None:
            return
        if price == 0:
            if stop is not None:
                self._end(account, stop, cancel_type=CLEARED)
            return
        if stop is None:
            stop = self._make(account, market, position, kind)
            if kind == "TakeProfit":
                position.take_profit = stop
            else:
                position.stop_loss = stop
            account.add_order(stop)
            stop.parent_link_id = parent_link_id
        stop.trigger_price = price
        stop.trigger_ticks = market.ticks_of(price)
        stop.trigger_by = trigger_by
        stop.updated_ms = market.clock.now_ms
        self._outbox.order(stop)

    def _make(self, account: Account, market: SymbolMarket, position: Position, kind: StopKind) -> Order:
        rising = (position.size > 0) == (kind == "TakeProfit")
        now_ms = market.clock.now_ms
        return Order(
            sequence=self._ids.next_sequence(), order_id=self._ids.order_id(), link_id="", account=account.id,
            market_id=market.instrument.id, symbol=market.symbol, category=market.instrument.category,
            side="Sell" if position.size > 0 else "Buy", order_type="Market",
            time_in_force="IOC", qty=abs(position.size), price=ZERO, limit_ticks=0, created_ms=now_ms,
            updated_ms=now_ms, last_price_on_created=market.last_price, status="Untriggered", reduce_only=True,
            close_on_trigger=True, create_type=f"CreateBy{kind}", stop_order_type=kind,
            trigger_direction=RISE if rising else FALL,
        )  # fmt: skip


def forget(position: Position, order: Order) -> None:
    """A stop that has been triggered or closed guards the position no longer."""
    if position.take_profit is order:
        position.take_profit = None
    if position.stop_loss is order:
        position.stop_loss = None
