"""The arithmetic of contracts: what a quantity is worth and what closing it earns, in the coin that it settles in.

The one place that knows how linear and inverse contracts differ. A Bybit symbol says which it is: inverse ones are
quoted in USD (BTCUSD, BTCUSDH26), linear ones and spot pairs in a stablecoin.
"""

import re
from decimal import Decimal
from functools import cache
from typing import Final, Literal, Protocol

from bot.domain.values import ZERO

Category = Literal["linear", "inverse"]
"""Bybit's word for a kind of market (Bybit V5 docs, enums: category)."""

_INVERSE: Final = re.compile(r"([A-Z0-9]+?)USD([FGHJKMNQUVXZ][0-9]{2})?")
_QUOTES: Final = ("USDT", "USDC", "USD")
_PERP: Final = "PERP"
"""How perpetuals in USDC end."""
_CENT: Final = Decimal("0.01")
_SATOSHI: Final = Decimal("0.00000001")


class Contract(Protocol):
    """Money is in the settle coin throughout. ``qty`` may be signed; then what comes out has its sign."""

    is_inverse: bool

    def value(self, qty: Decimal, price: Decimal) -> Decimal:
        """What ``qty`` is worth."""
        ...

    def qty(self, value: Decimal, price: Decimal) -> Decimal:
        """How much is worth ``value``. ``price`` must be above 0."""
        ...

    def money(self, amount_quote: Decimal, price: Decimal) -> Decimal:
        """An amount in the quote coin (USDT; USD of an inverse contract), in the settle coin."""
        ...

    def in_quote(self, money: Decimal, price: Decimal) -> Decimal:
        """Money in the quote coin."""
        ...

    def value_quote(self, qty: Decimal, price: Decimal) -> Decimal:
        """What ``qty`` is worth in the quote coin."""
        ...

    def profit(self, qty: Decimal, entry_price: Decimal, exit_price: Decimal) -> Decimal:
        """What a position of ``qty`` (negative: short) earns from one price to another, before fees."""
        ...

    def average(self, qty: Decimal, value: Decimal) -> Decimal:
        """The price at which ``qty`` is worth ``value``: the average entry of what cost that much. Neither may be 0."""
        ...

    def gain(self, worth_more: Decimal) -> Decimal:
        """What a long position earned whose value grew by ``worth_more``: in an inverse contract it loses that."""
        ...

    def text(self, money: Decimal) -> str:
        """Money for people."""
        ...


class Linear:
    """Quantity in base coin, money in quote coin; the value is ``q * P``. Spot pairs are worth the same."""

    is_inverse = False

    def value(self, qty: Decimal, price: Decimal) -> Decimal:
        """See Contract."""
        return qty * price

    def qty(self, value: Decimal, price: Decimal) -> Decimal:
        """See Contract."""
        return value / price

    def money(self, amount_quote: Decimal, price: Decimal) -> Decimal:  # noqa: ARG002 - it is the settle coin already
        """See Contract."""
        return amount_quote

    def in_quote(self, money: Decimal, price: Decimal) -> Decimal:  # noqa: ARG002 - it is the quote coin already
        """See Contract."""
        return money

    def value_quote(self, qty: Decimal, price: Decimal) -> Decimal:
        """See Contract."""
        return qty * price

    def profit(self, qty: Decimal, entry_price: Decimal, exit_price: Decimal) -> Decimal:
        """See Contract."""
        return qty * (exit_price - entry_price)

    def average(self, qty: Decimal, value: Decimal) -> Decimal:
        """See Contract."""
        return value / qty

    def gain(self, worth_more: Decimal) -> Decimal:
        """See Contract."""
        return worth_more

    def text(self, money: Decimal) -> str:
        """See Contract."""
        return f"{money:.2f}"


class Inverse:
    """Quantity in USD, money in the base coin; the value is ``q / P``, nothing where no price is known (0).

    A long gains ``q * (1 / E - 1 / P)``; the average entry is ``sum(q) / sum(q / P)`` (Bybit help centre, "P&L
    calculations, inverse contract").
    """

    is_inverse = True

    def value(self, qty: Decimal, price: Decimal) -> Decimal:
        """See Contract."""
        return qty / price if price else ZERO

    def qty(self, value: Decimal, price: Decimal) -> Decimal:
        """See Contract."""
        return value * price

    def money(self, amount_quote: Decimal, price: Decimal) -> Decimal:
        """See Contract."""
        return amount_quote / price

    def in_quote(self, money: Decimal, price: Decimal) -> Decimal:
        """See Contract."""
        return money * price

    def value_quote(self, qty: Decimal, price: Decimal) -> Decimal:  # noqa: ARG002 - a contract is one dollar
        """See Contract."""
        return qty

    def profit(self, qty: Decimal, entry_price: Decimal, exit_price: Decimal) -> Decimal:
        """See Contract."""
        return qty * (exit_price - entry_price) / (entry_price * exit_price)

    def average(self, qty: Decimal, value: Decimal) -> Decimal:
        """See Contract."""
        return qty / value

    def gain(self, worth_more: Decimal) -> Decimal:
        """See Contract."""
        return -worth_more

    def text(self, money: Decimal) -> str:
        """See Contract."""
        return f"{money:.8f}"


_LINEAR: Final[Contract] = Linear()
_INVERSE_CONTRACT: Final[Contract] = Inverse()


def is_stable(coin: str) -> bool:
    """Whether a coin is worth a dollar, nearly."""
    return coin in _QUOTES


def smallest_shown(coin: str) -> Decimal:
    """The step to which amounts of a coin are rounded for people."""
    return _CENT if is_stable(coin) else _SATOSHI


def amount_text(amount: Decimal, coin: str) -> str:
    """An amount of a coin for people: 1,234.50 of USDT, 0.01234500 of BTC."""
    return f"{amount.quantize(smallest_shown(coin)):,f}"


@cache
def contract_of(symbol: str) -> Contract:
    """The arithmetic of a symbol."""
    return _INVERSE_CONTRACT if is_inverse(symbol) else _LINEAR


@cache
def is_inverse(symbol: str) -> bool:
    """Whether a symbol is quoted in USD and settles in its base coin."""
    return _INVERSE.fullmatch(symbol) is not None


@cache
def base_coin(symbol: str) -> str:
    """The coin that a symbol is about: BTC of BTCUSDT and BTCUSD, PEPE of 1000PEPEUSDT. Empty if it can not be told."""
    inverse = _INVERSE.fullmatch(symbol)
    if inverse is not None:
        return inverse[1]
    for quote in (*_QUOTES, _PERP):
        if symbol.endswith(quote):
            return symbol.removesuffix(quote).lstrip("0123456789")
    return ""


@cache
def settle_coin(symbol: str) -> str:
    """The coin that a position in a symbol earns and costs; of a spot pair that in which it is paid."""
    if is_inverse(symbol):
        return base_coin(symbol)
    if symbol.endswith(_PERP):
        return "USDC"
    return next((quote for quote in _QUOTES if symbol.endswith(quote)), _QUOTES[0])
