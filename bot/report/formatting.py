"""Numbers and times as a report shows them. What is not defined is a dash."""

from datetime import UTC, datetime
from decimal import Decimal

from bot.domain.contract import amount_text, smallest_shown

DASH = "-"
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


class Money:
    """How amounts of one coin are shown."""

    def __init__(self, coin: str) -> None:
        self.coin = coin
        self._step = smallest_shown(coin)

    def plain(self, amount: Decimal | None) -> str:
        """An amount without a sign of its own, such as a balance or a cost."""
        return DASH if amount is None else amount_text(amount, self.coin)

    def signed(self, amount: Decimal | None) -> str:
        """A result: its sign is always shown, but for zero."""
        if amount is None:
            return DASH
        rounded = amount.quantize(self._step)
        return f"{rounded:+,f}" if rounded else f"{abs(rounded):f}"


def percent(fraction: float | None, *, sign: bool = False) -> str:
    """A fraction as a percentage."""
    if fraction is None:
        return DASH
    return f"{fraction:+.2%}" if sign else f"{fraction:.2%}"


def ratio(value: float | None) -> str:
    """A plain number with two decimals."""
    return DASH if value is None else f"{value:,.2f}"


def basis_points(value: float | None) -> str:
    """Hundredths of a percent."""
    return DASH if value is None else f"{round(value, 2) + 0.0:+.2f} bp"  # adding 0 takes the sign of -0


def duration(span_ms: float | None) -> str:
    """A span of time in its two largest units: 3d 4h, 12m 5s."""
    if span_ms is None:
        return DASH
    seconds = round(span_ms / 1000)
    parts = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        parts.append((count, unit))
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{count}{unit}" for count, unit in parts[:2] if count or len(parts) == 1) or "0s"


def moment(time_ms: int | None) -> str:
    """A moment, UTC, to the minute."""
    return DASH if time_ms is None else f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M}"


def date(time_ms: int) -> str:
    """A day, UTC."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d}"
