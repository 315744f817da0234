"""The small values that messages are made of."""

from decimal import Decimal
from enum import StrEnum
from typing import NewType

import msgspec

Symbol = NewType("Symbol", str)
"""A Bybit symbol, such as ``BTCUSDT``."""

TimeMs = NewType("TimeMs", int)
"""Milliseconds since 1970-01-01 UTC, by the exchange's clock."""

Address = NewType("Address", str)
"""The name of an actor: ``account``, or ``market_data/BTCUSDT``."""

OrderLinkId = NewType("OrderLinkId", str)
"""The id that the bot gives an order before it is sent (Bybit: ``orderLinkId``)."""


class Side(StrEnum):
    """The side of an order or of a position, as Bybit spells it."""

    BUY = "Buy"
    SELL = "Sell"

    @property
    def sign(self) -> int:
        """+1 for a buy or a long position, -1 for a sell or a short one."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The side that closes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """Bybit ``orderType``."""

    MARKET = "Market"
    LIMIT = "Limit"


class TimeInForce(StrEnum):
    """Bybit ``timeInForce``; a market order is always IOC."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    POST_ONLY = "PostOnly"


class OrderStatus(StrEnum):
    """Bybit ``orderStatus`` of derivatives."""

    NEW = "New"
    PARTIALLY_FILLED = "PartiallyFilled"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    REJECTED = "Rejected"
    UNTRIGGERED = "Untriggered"
    TRIGGERED = "Triggered"
    DEACTIVATED = "Deactivated"

    @property
    def is_final(self) -> bool:
        """Whether an order in this state can never change again."""
        return self in FINAL_STATUSES


FINAL_STATUSES = frozenset({OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.DEACTIVATED})


class Candle(msgspec.Struct, frozen=True, gc=False):
    """One bar. Prices in quote per base, ``volume`` in base coin; floats, because only indicators read them."""

    start_ms: TimeMs
    open: float
    high: float
    low: float
    close: float
    volume: float


ZERO = Decimal(0)

MINUTES_BY_INTERVAL = {
    "1": 1, "3": 3, "5": 5, "15": 15, "30": 30, "60": 60,
    "120": 120, "240": 240, "360": 360, "720": 720, "D": 1440,
}  # fmt: skip


def interval_ms(interval: str) -> int:
    """Length of a Bybit kline interval (``1`` to ``720`` minutes, or ``D``) in milliseconds."""
    return MINUTES_BY_INTERVAL[interval] * 60_000


def plain(number: Decimal) -> str:
    """``number`` as Bybit wants it: no exponent, no trailing zeros, ``0`` for zero."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
