"""Cross margin of a unified account (Bybit help centre, margin rules since September 2025).

Notation of the formulas: q size, E entry, M mark, P order price, L leverage, t taker fee rate, s +1 long or -1
short. All amounts in USDT.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account
from bot.simulator.trading.order import Order, sign
from bot.simulator.trading.position import Position


def fee_to_close(position: Position, taker_rate: Decimal) -> Decimal:
    """F = q·E·(1 - s/L)·t"""
    value = abs(position.size) * position.entry_price
    return value * (1 - position.direction / position.leverage) * taker_rate


def position_im(position: Position, mark_price: Decimal, taker_rate: Decimal) -> Decimal:
    """IM = q·M/L + F"""
    value = abs(position.size) * mark_price
    return value / position.leverage + fee_to_close(position, taker_rate)


def position_mm(position: Position, mark_price: Decimal, taker_rate: Decimal, maintenance_rate: Decimal) -> Decimal:
    """MM = q·M·MMR + F, in the lowest risk tier."""
    value = abs(position.size) * mark_price
    return value * maintenance_rate + fee_to_close(position, taker_rate)


def order_im(side: Side, qty: Decimal, price: Decimal, leverage: Decimal, taker_rate: Decimal) -> Decimal:
    """q·P/L + q·P·t + q·P·(1 - s/L)·t: the margin and the fees to open and to close."""
    value = qty * price
    return value / leverage + value * taker_rate + value * (1 - sign(side) / leverage) * taker_rate


@dataclass(frozen=True, slots=True)
class MarginSummary:
    """An account's money at one moment, USDT."""

    wallet: Decimal
    unrealised: Decimal
    position_im: Decimal
    position_mm: Decimal
    order_im: Decimal

    @property
    def equity(self) -> Decimal:
        return self.wallet + self.unrealised

    @property
    def initial_margin(self) -> Decimal:
        return self.position_im + self.order_im

    @property
    def available(self) -> Decimal:
        return max(self.equity - self.initial_margin, ZERO)

    def rate_of(self, margin: Decimal) -> Decimal:
        """A margin as a fraction of equity."""
        return margin / self.equity if self.equity > 0 else ZERO


class Margin:
    """Works out margins from an account's positions and orders at current prices."""

    def __init__(self, markets: Mapping[str, SymbolMarket], taker_rate: Decimal) -> None:
        self._markets = markets
        self.taker_rate = taker_rate

    def summary(self, account: Account) -> MarginSummary:
        unrealised = im = mm = ZERO
        for position in account.held():
            market = self._markets[position.symbol]
            mark_price = market.last_price
            unrealised += position.unrealised(mark_price)
            im += position_im(position, mark_price, self.taker_rate)
            rate = market.instrument.maintenance_rate
            mm += position_mm(position, mark_price, self.taker_rate, rate)
        orders = sum((self._symbol_order_im(account, symbol) for symbol in _working(account)), ZERO)
        return MarginSummary(account.wallet, unrealised, im, mm, orders)

    def cost(self, account: Account, symbol: str, side: Side, qty: Decimal, price: Decimal) -> Decimal:
        """What a new order would reserve: only what it opens costs, not what it closes."""
        position = account.position(symbol)
        spoken_for = sum((each.open_qty for each in _opening(account, symbol, side)), ZERO)
        closing = max(position.closable_by(side) - spoken_for, ZERO)
        opening = max(qty - closing, ZERO)
        return order_im(side, opening, price, position.leverage, self.taker_rate)

    def liquidation_price(self, account: Account, position: Position) -> Decimal | None:
        """Estimate with other positions frozen; None = it cannot be reached."""
        market = self._markets[position.symbol]
        summary, mark_price = self.summary(account), market.last_price
        rate = market.instrument.maintenance_rate
        size = abs(position.size)
        own_mm = position_mm(position, mark_price, self.taker_rate, rate)
        spare = summary.equity - position.unrealised(mark_price) - (summary.position_mm - own_mm)
        spare -= fee_to_close(position, self.taker_rate)
        s = position.direction
        price = (position.entry_price - s * spare / size) / (1 - s * rate)
        tick = market.instrument.tick_size
        return price if tick < price < market.instrument.max_price else None

    def _symbol_order_im(self, account: Account, symbol: str) -> Decimal:
        position, total = account.position(symbol), ZERO
        sides: tuple[Side, Side] = ("Buy", "Sell")
        for side in sides:
            closing = position.closable_by(side)
            for order in _opening(account, symbol, side):
                opening = max(order.open_qty - closing, ZERO)
                closing = max(closing - order.open_qty, ZERO)
                total += order_im(side, opening, order.price, position.leverage, self.taker_rate)
        return total


def break_even(position: Position, taker_rate: Decimal) -> Decimal | None:
    """(E·q - realised) / (q - |q|·t) with signed q; None when flat."""
    if not position.size:
        return None
    floor_rate = max(taker_rate, Decimal("0.00055"))
    paid = position.size * position.entry_price - position.cur_realised
    return paid / (position.size - abs(position.size) * floor_rate)


def _opening(account: Account, symbol: str, side: Side) -> list[Order]:
    """Resting orders of a side that may open something."""
    return [
        order for order in account.open_in(symbol) if order.is_resting and order.side == side and not order.reduce_only
    ]


def _working(account: Account) -> set[str]:
    return {order.symbol for order in account.open_orders.values() if order.is_resting}
