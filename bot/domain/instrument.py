"""The trading rules of one symbol, and the only place where prices and quantities are rounded."""

import math
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import msgspec

from bot.domain.contract import Contract, contract_of
from bot.domain.values import ZERO, OrderType, Side, Symbol, TimeInForce


class Instrument(msgspec.Struct, frozen=True):
    """Bybit ``instruments-info`` of one contract or pair, as far as an order depends on it.

    Prices are in quote per base; quantities in base coin, of inverse contracts in USD; ``min_notional`` in quote.
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
    min_price: Decimal = ZERO
    max_price: Decimal = Decimal("Infinity")
    post_only_max_order_qty: Decimal = Decimal("Infinity")

    @property
    def contract(self) -> Contract:
        """What quantities are worth."""
        return contract_of(self.symbol)

    def qty_worth(self, amount_quote: Decimal, price: Decimal) -> Decimal:
        """The quantity that is worth an amount of the quote coin, unrounded."""
        contract = self.contract
        return contract.qty(contract.money(amount_quote, price), price)

    def is_worth_enough(self, qty: Decimal, price: Decimal) -> bool:
        """Whether an order has the least value that the exchange takes."""
        return self.contract.value_quote(qty, price) >= self.min_notional

    def floor_qty(self, qty: Decimal) -> Decimal:
        """The largest tradable quantity that is not above ``qty`` (may be below ``min_order_qty``)."""
        return _to_multiple(qty, self.qty_step, ROUND_DOWN)

    def closing_qty(self, size: Decimal) -> Decimal:
        """The smallest tradable quantity that closes a position of signed ``size`` wholly, dust and all."""
        return max(_to_multiple(abs(size), self.qty_step, ROUND_CEILING), self.min_order_qty)

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

    def largest_qty(self, order_type: OrderType, time_in_force: TimeInForce = TimeInForce.IOC) -> Decimal:
        """The largest quantity of one order of a type, on the step."""
        if order_type is OrderType.MARKET:
            return self.floor_qty(self.max_market_order_qty)
        resting = self.post_only_max_order_qty if time_in_force is TimeInForce.POST_ONLY else self.max_order_qty
        return self.floor_qty(min(resting, self.max_order_qty))

    def broken_rule(
        self,
        order_type: OrderType,
        time_in_force: TimeInForce,
        qty: Decimal,
        prices: Iterable[Decimal | None],
        *,
        reduce_only: bool,
    ) -> str | None:
        """The first rule that an order would break, in words; None if it breaks none.

        ``prices`` are its own, its trigger, its stop and its target. An order that only reduces may be smaller than the
        least quantity and value: it has to be able to close whatever there is.
        """
        given = [price for price in prices if price is not None]
        if not qty.is_finite() or not all(price.is_finite() for price in given):
            return f"quantity {qty} and prices {', '.join(map(str, given))} must be finite"
        broken = self._broken_by_qty(qty, self.largest_qty(order_type, time_in_force)) or self._broken_by_price(given)
        if broken or reduce_only:
            return broken
        if qty < self.min_order_qty:
            return f"quantity {qty} is below the least of {self.min_order_qty}"
        if order_type is OrderType.LIMIT and given and not self.is_worth_enough(qty, given[0]):
            return f"a value of {self.contract.value_quote(qty, given[0])} is below the least of {self.min_notional}"
        return None

    def _broken_by_qty(self, qty: Decimal, largest: Decimal) -> str | None:
        if qty <= 0 or qty % self.qty_step:
            return f"quantity {qty} is not a positive multiple of {self.qty_step}"
        return f"quantity {qty} is above the largest of {largest}" if qty > largest else None

    def _broken_by_price(self, prices: Iterable[Decimal]) -> str | None:
        lowest = max(self.min_price, self.tick_size)
        wrong = [price for price in prices if price % self.tick_size or not lowest <= price <= self.max_price]
        if not wrong:
            return None
        return f"price {wrong[0]} is not a multiple of {self.tick_size} from {self.min_price} to {self.max_price}"

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
