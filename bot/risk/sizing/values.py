"""What a size is made from, and what comes out: with its reasons."""

from decimal import Decimal

import msgspec

from bot.domain.contract import Contract
from bot.domain.instrument import Instrument

MARGIN_HEADROOM = Decimal("0.9")
"""Part of the free margin that an entry may use: Bybit checks a market order at its price bound, some percent away."""


class Bound(msgspec.Struct, frozen=True):
    """One thing that limits a size: to ``qty``, by ``name``; ``text`` has the numbers."""

    qty: Decimal
    name: str
    text: str


class Cap(msgspec.Struct, frozen=True):
    """What a limit of the portfolio leaves for an entry: its value, or what its stop may cost, in the settle coin."""

    name: str
    text: str
    notional: Decimal | None = None
    risk: Decimal | None = None


class Sized(msgspec.Struct, frozen=True):
    """A quantity with what it costs: margin and loss at the stop, in the settle coin.

    ``limit`` is the bound that decided, ``bounds`` are all that were looked at.
    """

    qty: Decimal
    margin: Decimal
    risk: Decimal
    limit: Bound
    bounds: tuple[Bound, ...]

    @property
    def reason(self) -> str:
        """Why it is not larger."""
        return f"{self.limit.name}: {self.limit.text}"


class Unsized(msgspec.Struct, frozen=True):
    """No tradable quantity, and why."""

    reason: str


class SizingInput(msgspec.Struct, frozen=True):
    """What a size depends on. Prices in quote per base, money in the settle coin except
    ``amount_quote``, ``risk_per_trade`` a fraction of equity.

    ``volatility`` is ATR over price of one bar; ``level`` counts the entries that the position has already;
    ``bars_per_year`` belongs to the interval that the symbol is traded on.
    """

    equity: Decimal
    available_margin: Decimal
    risk_per_trade: Decimal
    price: Decimal
    stop_price: Decimal
    leverage: Decimal
    taker_fee_rate: Decimal
    instrument: Instrument
    amount_quote: Decimal | None = None
    volatility: float | None = None
    level: int = 0
    bars_per_year: float = 0.0
    caps: tuple[Cap, ...] = ()

    @property
    def contract(self) -> Contract:
        """The arithmetic of what is entered."""
        return self.instrument.contract

    def text(self, money: Decimal) -> str:
        """Money for people."""
        return self.contract.text(money)
