"""Reading single fields of a V5 row.

Bybit writes decimals and times as strings, and "no value" as an empty string, sometimes as 0 (Bybit V5 docs). Every
reader names the field when it complains.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import isfinite
from typing import Any

from bot.domain.contract import Category
from bot.domain.values import ZERO, TimeMs

type Row = Mapping[str, Any]

LARGEST_EXPONENT = 30
"""No price, size or amount has more digits before the point; a number with more would choke what comes after."""


class ParseError(ValueError):
    """A payload is not what Bybit documents; the text names the field."""


def text(row: Row, name: str) -> str:
    """A string that must be there and not empty."""
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise ParseError(f"{name}: {value!r} is no text")
    return value


def text_or_empty(row: Row, name: str) -> str:
    """A string that may be missing. Bybit's word UNKNOWN is left as it is."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def decimal(row: Row, name: str) -> Decimal:
    """A finite number that must be there."""
    value = row.get(name)
    if isinstance(value, float):
        value = repr(value)  # it was a JSON number, and its shortest form is the number that was written
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ParseError(f"{name}: {value!r} is no number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ParseError(f"{name}: {value!r} is no number") from None
    if not number.is_finite() or number.adjusted() > LARGEST_EXPONENT:
        raise ParseError(f"{name}: {value!r} is no usable number")
    return number


def is_given(row: Row, name: str) -> bool:
    """Whether the field is there and not empty."""
    value: object = row.get(name)
    return value is not None and value != ""


def decimal_or_zero(row: Row, name: str) -> Decimal:
    """A number; 0 where Bybit left it out."""
    return decimal(row, name) if is_given(row, name) else ZERO


def decimal_or_none(row: Row, name: str) -> Decimal | None:
    """A number; None where Bybit left it out."""
    return decimal(row, name) if is_given(row, name) else None


def integer_or_zero(row: Row, name: str) -> int:
    """A whole number, written as a number or as a string; 0 where Bybit left it out."""
    number = decimal_or_zero(row, name)
    if number != int(number):
        raise ParseError(f"{name}: {row.get(name)!r} is no whole number")
    return int(number)


def level(row: Row, name: str) -> Decimal | None:
    """A price that need not be set: missing, empty and 0 all mean that it is not."""
    return decimal_or_zero(row, name) or None


def price_or_none(row: Row, name: str) -> float | None:
    """A market price for people and indicators; None where the frame does not carry it or there is no such price."""
    price = number_or_none(row, name)
    return price if price is not None and price > 0 else None


def number_or_none(row: Row, name: str) -> float | None:
    """A number for indicators, of any sign; None where the frame does not carry it."""
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ParseError(f"{name}: {value!r} is no number") from None
    if not isfinite(number):
        raise ParseError(f"{name}: {value!r} is no usable number")
    return number


def time_ms(row: Row, name: str) -> TimeMs:
    """A time that must be there, written as a number or as a string."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ParseError(f"{name}: {value!r} is no time")
    try:
        return TimeMs(int(value))
    except ValueError:
        raise ParseError(f"{name}: {value!r} is no time") from None


def time_ms_or(row: Row, name: str, otherwise: TimeMs) -> TimeMs:
    """A time, or ``otherwise`` where Bybit left it out."""
    return time_ms(row, name) if is_given(row, name) else otherwise


def choice[Kind: StrEnum](row: Row, name: str, kind: type[Kind]) -> Kind:
    """One of the words of ``kind``."""
    value: Any = row.get(name)
    try:
        return kind(value)
    except ValueError:
        raise ParseError(f"{name}: {value!r} is none of {', '.join(kind)}") from None


def flag(row: Row, name: str) -> bool:
    """A truth value; False where it is missing."""
    value = row.get(name, False)
    if not isinstance(value, bool):
        raise ParseError(f"{name}: {value!r} is neither true nor false")
    return value


def section(row: Row, name: str) -> Row:
    """An object that must be there."""
    value = row.get(name)
    if not isinstance(value, Mapping):
        raise ParseError(f"{name}: no object")
    return value


def items(row: Row, name: str) -> Sequence[Any]:
    """A list that must be there."""
    value = row.get(name)
    if not isinstance(value, list):
        raise ParseError(f"{name}: no list")
    return value


def objects(result: Row) -> Sequence[Row]:
    """The rows of an answer, each an object."""
    rows = items(result, "list")
    for row in rows:
        if not isinstance(row, Mapping):
            raise ParseError(f"list: {row!r:.80} is no object")
    return rows


def is_of(row: Row, category: Category) -> bool:
    """Whether a row is about a category. Only rows that say something else are not: a spot BTCUSDT, say."""
    said: object = row.get("category", category)
    return said == category
