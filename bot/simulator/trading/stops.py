"""Stops of positions: internal orders that guard a position, follow its size and go with it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from bot.simulator.ids import Ids
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account
from bot.simulator.trading.life import OrderLife
from bot.simulator.trading.order import FALL, RISE, Order, StopOrderType, Stops, TriggerBy
from bot.simulator.trading.position import Position

StopKind = Literal["TakeProfit", "StopLoss"]
CLEARED = "CancelByTpSlTsClear"
KINDS: tuple[StopKind, StopKind] = ("TakeProfit", "StopLoss")


class StopKeeper:
    """Creates, moves, resizes and clears the stop orders of positions.

    In full mode a position has one take-profit and one stop-loss that close all of it; in partial mode it has any
    number of pairs, each for a part of it, of which one leg cancels the other. A stop never closes more than there
    is: when a position shrinks, its stops shrink with it.
    """

    def __init__(self, ids: Ids, life: OrderLife) -> None:
        self._ids = ids
        self._life = life
        self._outbox = life.outbox

    def follow(self, account: Account, order: Order, position: Position, market: SymbolMarket) -> None:
        """After `order` has traded: clear stops of a position that is gone, bring its own along, fit all to size."""
        if not order.stops and not account.open_count(market.id):
            return
        for stop in tuple(guards(account, position)):
            if stop.is_open and (not position.size or stop.side == position.side):
                self._life.end(account, stop, cancel_type=CLEARED)
        if order.stops and order.filled_qty and position.side == order.side:
            self._bring_along(account, order, position, market)
        for stop in tuple(guards(account, position)):
            self._fit(stop, position, market)

    def place(
        self, account: Account, position: Position, market: SymbolMarket, kind: StopKind, stops: Stops,
        parent_link_id: str = "",
    ) -> None:  # fmt: skip
        """Set one stop of a whole position that is not flat: no price leaves it as it is, 0 takes it away."""
        stop = position.take_profit if kind == "TakeProfit" else position.stop_loss
        price, trigger_by, _ = _leg(stops, kind)
        if price is None:
            return
        if price == 0:
            if stop is not None:
                self._life.end(account, stop, cancel_type=CLEARED)
            return
        if stop is None:
            stop = self._make(account, market, position, kind, kind)
            if kind == "TakeProfit":
                position.take_profit = stop
            else:
                position.stop_loss = stop
            stop.parent_link_id = parent_link_id
        self._aim(market, stop, price, trigger_by)

    def add_part(
        self, account: Account, position: Position, market: SymbolMarket, qty: Decimal, stops: Stops,
        parent_link_id: str = "",
    ) -> tuple[Order, ...]:  # fmt: skip
        """Guard a part of a position by a take-profit, a stop-loss or a pair of them."""
        made = []
        for kind in KINDS:
            price, trigger_by, limit_price = _leg(stops, kind)
            if not price:
                continue
            name: StopOrderType = "PartialTakeProfit" if kind == "TakeProfit" else "PartialStopLoss"
            stop = self._make(account, market, position, kind, name)
            stop.qty, stop.parent_link_id = min(qty, abs(position.size)), parent_link_id
            if limit_price:
                stop.order_type, stop.time_in_force = "Limit", "GTC"
                stop.price, stop.limit_ticks = limit_price, market.ticks_of(limit_price)
            self._aim(market, stop, price, trigger_by)
            made.append(stop)
        if len(made) == len(KINDS):
            made[0].partner, made[1].partner = made[1], made[0]
        return tuple(made)

    def trail(
        self, account: Account, position: Position, market: SymbolMarket, distance: Decimal, active: Decimal | None
    ) -> None:
        """Let a stop follow the best price `distance` behind, from `active` on (None = at once); 0 takes it away."""
        stop = position.trailing_stop
        if stop is not None and not distance:
            self._life.end(account, stop, cancel_type=CLEARED)
        if not distance:
            return
        if stop is None:
            stop = position.trailing_stop = self._make(account, market, position, "StopLoss", "TrailingStop")
            stop.create_type = "CreateByTrailingStop"
        counter = self._life.counters[market.id]
        counter.remove(stop)
        stop.trigger_by, stop.trail_ticks = "LastPrice", market.ticks_of(distance)
        stop.active_ticks = market.ticks_of(active) if active else None
        stop.updated_ms = market.clock.now_ms
        if stop.active_ticks is None:
            counter.start_trailing(stop)
        else:
            stop.trigger_price = None
            counter.wait(stop)
        self._outbox.order(stop)

    def _bring_along(self, account: Account, order: Order, position: Position, market: SymbolMarket) -> None:
        """A position gets the stops of an order when that is first filled; parts grow with what is filled."""
        stops = order.stops
        if stops.mode == "Full":
            if not order.stops_applied:
                for kind in KINDS:
                    self.place(account, position, market, kind, stops, order.link_id)
        elif not order.stops_applied:
            order.brought = self.add_part(account, position, market, order.filled_qty, stops, order.link_id)
        else:
            for stop in order.brought:
                if stop.is_waiting and stop.qty != order.filled_qty:
                    stop.qty, stop.updated_ms = min(order.filled_qty, abs(position.size)), market.clock.now_ms
                    self._outbox.order(stop)
        order.stops_applied = True

    def _fit(self, stop: Order, position: Position, market: SymbolMarket) -> None:
        size = abs(position.size)
        if stop.qty == size or (stop.qty < size and stop.stop_order_type.startswith("Partial")):
            return
        stop.qty, stop.updated_ms = size, market.clock.now_ms
        self._outbox.order(stop)

    def _aim(self, market: SymbolMarket, stop: Order, price: Decimal, trigger_by: TriggerBy) -> None:
        counter = self._life.counters[market.id]
        counter.remove(stop)
        stop.trigger_price, stop.trigger_ticks = price, market.ticks_of(price)
        stop.trigger_by, stop.updated_ms = trigger_by, market.clock.now_ms
        counter.wait(stop)
        self._outbox.order(stop)

    def _make(
        self, account: Account, market: SymbolMarket, position: Position, kind: StopKind, name: StopOrderType
    ) -> Order:
        rising = (position.size > 0) == (kind == "TakeProfit")
        now_ms = market.clock.now_ms
        order = Order(
            sequence=self._ids.next_sequence(), order_id=self._ids.order_id(), link_id="", account=account.id,
            market_id=market.id, symbol=market.symbol, category=market.category,
            side="Sell" if position.size > 0 else "Buy", order_type="Market", time_in_force="IOC",
            qty=abs(position.size), price=ZERO, limit_ticks=0, created_ms=now_ms, updated_ms=now_ms,
            last_price_on_created=market.last_price, status="Untriggered", position_idx=position.idx,
            reduce_only=True, close_on_trigger=True, create_type=f"CreateBy{name}", stop_order_type=name,
            trigger_direction=RISE if rising else FALL,
        )  # fmt: skip
        account.add_order(order)
        return order


def guards(account: Account, position: Position) -> Iterator[Order]:
    """The stops of a position that wait for their trigger, oldest first."""
    return (
        order
        for order in account.open_in(position.market_id)
        if order.is_waiting and order.is_guard and order.position_idx == position.idx
    )


def _leg(stops: Stops, kind: StopKind) -> tuple[Decimal | None, TriggerBy, Decimal | None]:
    if kind == "TakeProfit":
        return stops.take_profit, stops.tp_trigger_by, stops.tp_limit_price
    return stops.stop_loss, stops.sl_trigger_by, stops.sl_limit_price
