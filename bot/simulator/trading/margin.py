"""Cross margin of a unified account (Bybit help centre, margin rules since September 2025).

Notation of the formulas: q size, E entry, M mark, P order price, L leverage, t taker fee rate, s +1 long or -1
short. All amounts in USDT.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account
from bot.simulator.trading.order import RESTING_STATUSES, Order, sign
from bot.simulator.trading.position import Position

BREAK_EVEN_FEE_RATE = Decimal("0.00055")
"""Bybit reckons with at least this rate, whatever the account pays."""


class Exposure(NamedTuple):
    """What one position ties up and has won at a mark price; all zero when flat.

    Attributes:
        unrealised: profit if it were closed at the mark price, before fees.
        initial: IM = q·M/L + F.
        maintenance: MM = q·M·MMR + F, in the lowest risk tier.
        fee_to_close: F = q·E·(1 - s/L)·t, which both margins contain.
    """

    mark_price: Decimal
    unrealised: Decimal = ZERO
    initial: Decimal = ZERO
    maintenance: Decimal = ZERO
    fee_to_close: Decimal = ZERO


def exposure_of(position: Position, mark_price: Decimal, taker_rate: Decimal, maintenance_rate: Decimal) -> Exposure:
    """A position valued at a mark price."""
    signed = position.size
    if not signed:
        return Exposure(mark_price)
    entry, leverage, size = position.entry_price, position.leverage, abs(signed)
    value = size * mark_price
    fee = size * entry * (1 - position.direction / leverage) * taker_rate
    unrealised = signed * (mark_price - entry)
    return Exposure(mark_price, unrealised, value / leverage + fee, value * maintenance_rate + fee, fee)


def order_im(side: Side, qty: Decimal, price: Decimal, leverage: Decimal, taker_rate: Decimal) -> Decimal:
    """q·P/L + q·P·t + q·P·(1 - s/L)·t: the margin and the fees to open and to close."""
    value = qty * price
    return value / leverage + value * taker_rate + value * (1 - sign(side) / leverage) * taker_rate


class MarginSummary(NamedTuple):
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


class Margin:
    """Works out margins from an account's positions and orders at current prices."""

    def __init__(self, markets: Mapping[str, SymbolMarket], taker_rate: Decimal) -> None:
        self._markets = markets
        self._maintenance = {symbol: market.instrument.maintenance_rate for symbol, market in markets.items()}
        self._exposures: dict[Position, tuple[_Basis, Exposure]] = {}
        self.taker_rate = taker_rate

    def summary(self, account: Account) -> MarginSummary:
        unrealised = im = mm = orders = ZERO
        for position in account.positions.values():
            if not position.size:
                continue
            exposure = self.exposure(position)
            unrealised += exposure.unrealised
            im += exposure.initial
            mm += exposure.maintenance
        for symbol in _working(account):
            orders += self._symbol_order_im(account, symbol)
        return MarginSummary(account.wallet, unrealised, im, mm, orders)

    def exposure(self, position: Position) -> Exposure:
        """A position valued at the price now."""
        symbol = position.symbol
        market = self._markets[symbol]
        ticks = market.quote.ticks
        basis = (ticks, position.size, position.entry_price, position.leverage)
        known = self._exposures.get(position)
        if known is not None and known[0] == basis:
            return known[1]
        exposure = exposure_of(position, market.price_of(ticks), self.taker_rate, self._maintenance[symbol])
        self._exposures[position] = (basis, exposure)
        return exposure

    def cost(self, account: Account, symbol: str, side: Side, qty: Decimal, price: Decimal) -> Decimal:
        """What a new order would reserve: only what it opens costs, not what it closes."""
        position, opening = account.position(symbol), qty
        closable = position.closable_by(side)
        if closable:
            spoken_for = sum((each.open_qty for each in _opening(account, symbol, side)), ZERO)
            opening = max(qty - max(closable - spoken_for, ZERO), ZERO)
        return order_im(side, opening, price, position.leverage, self.taker_rate)

    def liquidation_price(self, position: Position, exposure: Exposure, summary: MarginSummary) -> Decimal | None:
        """Estimate with other positions frozen; None = it is flat or cannot be reached.

        Args:
            position: one position of the account.
            exposure: the same position now.
            summary: the whole account now.
        """
        if not position.size:
            return None
        rules, rate = self._markets[position.symbol].instrument, self._maintenance[position.symbol]
        spare = summary.equity - exposure.unrealised - (summary.position_mm - exposure.maintenance)
        spare -= exposure.fee_to_close
        s = position.direction
        price = (position.entry_price - spare / position.size) / (1 - s * rate)
        return price if rules.tick_size < price < rules.max_price else None

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


type _Basis = tuple[int, Decimal, Decimal, Decimal]
"""All that an exposure follows from: price in ticks, size, entry price, leverage."""


def break_even(position: Position, taker_rate: Decimal) -> Decimal:
    """(E·q - realised) / (q - |q|·t) with signed q, which is not 0."""
    size = position.size
    paid = size * position.entry_price - position.cur_realised
    return paid / (size - abs(size) * max(taker_rate, BREAK_EVEN_FEE_RATE))


def _opening(account: Account, symbol: str, side: Side) -> list[Order]:
    """Resting orders of a side that may open something."""
    return [
        order for order in account.open_in(symbol) if order.is_resting and order.side == side and not order.reduce_only
    ]


def _working(account: Account) -> set[str]:
    return {order.symbol for order in account.open_orders.values() if order.status in RESTING_STATUSES}
