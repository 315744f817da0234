"""What calls take and give: Bybit's words as enumerations, and the shapes that all answers share.

Names follow Bybit's with two changes: words are separated (``orderLinkId`` is ``order_link_id``), and times end in
``_ms``, milliseconds since 1970 (``createdTime`` is ``created_time_ms``).
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import msgspec

from bot.domain.values import plain


class Category(StrEnum):
    """Kinds of markets. Quantities are in base coin, of ``inverse`` in USD; a spot market buy is in quote coin."""

    LINEAR = "linear"
    INVERSE = "inverse"
    SPOT = "spot"
    OPTION = "option"


class TriggerBy(StrEnum):
    """The price that triggers."""

    LAST = "LastPrice"
    MARK = "MarkPrice"
    INDEX = "IndexPrice"


class TriggerDirection(IntEnum):
    """Which way the price comes to the trigger."""

    RISES = 1
    FALLS = 2


class PositionIdx(IntEnum):
    """Which position of a symbol is meant: the only one, or a side in hedge mode."""

    ONE_WAY = 0
    HEDGE_BUY = 1
    HEDGE_SELL = 2


class PositionMode(IntEnum):
    """One position per symbol, or one on each side."""

    ONE_WAY = 0
    HEDGE = 3


class StopMode(StrEnum):
    """Bybit ``tpslMode``: stops and targets for the whole position, or for parts of it."""

    FULL = "Full"
    PARTIAL = "Partial"


class SlippageType(StrEnum):
    """How ``slippage_tolerance`` is meant: 1 to 10000 ticks, or 0.01 to 10 per cent."""

    TICKS = "TickSize"
    PERCENT = "Percent"


class OrderFilter(StrEnum):
    """Which orders a query or a cancel means."""

    ORDER = "Order"
    STOP_ORDER = "StopOrder"
    TPSL_ORDER = "tpslOrder"


class MarginMode(StrEnum):
    """The margin mode of the whole account."""

    ISOLATED = "ISOLATED_MARGIN"
    CROSS = "REGULAR_MARGIN"
    PORTFOLIO = "PORTFOLIO_MARGIN"


class AccountType(StrEnum):
    """The two accounts between which money can be moved."""

    UNIFIED = "UNIFIED"
    FUND = "FUND"


class DcpProduct(StrEnum):
    """What is cancelled when the connection is lost (institutional clients only)."""

    DERIVATIVES = "DERIVATIVES"
    SPOT = "SPOT"
    OPTIONS = "OPTIONS"


def bybit_name(name: str) -> str:
    """Bybit's name of a parameter or field: ``start_time_ms`` is ``startTime``."""
    first, *others = name.removesuffix("_ms").split("_")
    return first + "".join(word.capitalize() for word in others)


class Row(msgspec.Struct, frozen=True, rename=bybit_name):
    """An object of an answer. A field that Bybit left empty has its default, which is None for numbers."""


class Page[Item](Row, frozen=True):
    """One page of rows; ``next_page_cursor`` leads to the next and is empty on the last."""

    rows: tuple[Item, ...] = msgspec.field(name="list")
    category: str = ""
    next_page_cursor: str = ""


def wire(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """A parameter as Bybit takes it: numbers as plain text, words and whole numbers as they are."""
    match value:
        case Decimal():
            return plain(value)
        case Enum():
            return value.value
        case tuple():
            return [wire(item) for item in value]
        case msgspec.Struct():
            return wire_params({name: getattr(value, name) for name in value.__struct_fields__})
        case _:
            return value


def wire_params(params: Mapping[str, object]) -> dict[str, Any]:
    """Parameters under Bybit's names, without those that are None."""
    return {bybit_name(name): wire(value) for name, value in params.items() if value is not None}


def without_blanks(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """An answer without its empty texts, which is how Bybit writes that there is no value."""
    match value:
        case dict():
            return {name: without_blanks(item) for name, item in value.items() if item not in ("", None)}
        case list():
            return [without_blanks(item) for item in value]
        case _:
            return value


def read[Value](kind: type[Value], result: Mapping[str, Any]) -> Value:
    """An answer as a value. msgspec.ValidationError names the field that is not as documented."""
    return msgspec.convert(without_blanks(dict(result)), kind, strict=False)
