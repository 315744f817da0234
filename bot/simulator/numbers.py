"""Decimals and how they are written on the wire: plain notation, no trailing zeros."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT_OF_LEDGER = Decimal("0.00000001")
"""Every amount that touches a wallet is a multiple of this."""


def plain(value: Decimal) -> str:
    """A decimal without exponent, without trailing zeros and without a minus before zero."""
    if not value:
        return "0"
    text = str(value)  # several times quicker than format(value, "f"), and mostly plain already
    if "E" in text:
        text = format(value, "f")
    if text[-1] == "0" and "." in text:
        return text.rstrip("0").rstrip(".")
    return text


def plain_float(value: float) -> str:
    """The shortest plain text that parses back to the same float."""
    text = repr(value)
    if "e" in text:
        return plain(Decimal(text))
    return text.removesuffix(".0")


def to_ledger(value: Decimal) -> Decimal:
    """Round to 8 decimals, half up: the rule for fees, realised profit and published averages."""
    return value.quantize(CENT_OF_LEDGER, ROUND_HALF_UP)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    return value % step == 0
