"""The trading rules of one symbol, and the only place where prices and quantities are rounded."""

import math
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import msgspec

from bot.domain.values import Side, Symbol


class Instrument(msgspec.Struct, frozen=True):
    """Bybit ``instruments-info`` of one linear perpetual, as far as an order depends on it.

    Prices are in quote per base; quantities in base coin; ``min_notional`` in quote.
    """

    symbol: Symbol
    settle_coin: str
    status: str
    tick_size: Decimal
    qty_step: Decimal
    min_order_qty: Decimal
    max_order_qty: Decimal
    max_market_order_qty: Decimal
    min_notional: Decimal
    min_leverage: Decimal
    max_leverage: Decimal
    leverage_step: Decimal

    def floor_qty(self, qty: Decimal) -> Decimal:
        """The largest tradable quantity that is not above ``qty`` (may be below ``min_order_qty``)."""
        return _to_multiple(qty, self.qty_step, ROUND_DOWN)

    def nearest_price(self, price: float) -> Decimal:
        """``price`` on the tick grid. Raises ValueError unless it is finite and positive."""
        return _to_multiple(_exact(price), self.tick_size, ROUND_HALF_EVEN)

    def stop_price(self, price: float, position_side: Side) -> Decimal:
        """A stop of a position on ``position_side``, rounded towards the entry so that risk never grows."""
        rounding = ROUND_CEILING if position_side is Side.BUY else ROUND_FLOOR
        return _to_multiple(_exact(price), self.tick_size, rounding)

    def limit_price(self, price: float, side: Side) -> Decimal:
        """The price of a limit order, rounded away from the market: it never pays more, nor sells for less."""
        return _to_multiple(_exact(price), self.tick_size, ROUND_FLOOR if side is Side.BUY else ROUND_CEILING)

    @staticmethod
    def exact_value(amount: float) -> Decimal:
        """A value in quote coin. Raises ValueError unless it is finite and positive."""
        return _exact(amount)

    def clamp_leverage(self, leverage: Decimal) -> Decimal:
        """``leverage`` on the instrument's step and inside its bounds."""
        bounded = min(max(leverage, self.min_leverage), self.max_leverage)
        return _to_multiple(bounded, self.leverage_step, ROUND_DOWN)


def _exact(price: float) -> Decimal:
    if not math.isfinite(price) or price <= 0:
        raise ValueError(f"a price or value must be finite and positive, not {price}")
    return Decimal(repr(price))


def _to_multiple(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding=rounding) * step
