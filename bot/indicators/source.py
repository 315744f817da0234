"""Which number of a bar an indicator is made of."""

from bot.domain.errors import UserError
from bot.indicators.step import CLOSE, HIGH, LOW, OPEN, VOLUME, Numbers

NAMES = ("close", "open", "high", "low", "volume", "hl2", "hlc3", "ohlc4")


def source_code(owner: str, name: str) -> float:
    """The number by which a step knows the source; UserError if there is none of that name."""
    if name not in NAMES:
        raise UserError(f"{owner}: source must be one of {', '.join(NAMES)}, not {name!r}")
    return float(NAMES.index(name))


def source_of(bar: Numbers, code: float) -> float:  # noqa: PLR0911 - one line per source
    """The number of the bar: hl2 and the like are means of prices."""
    if code == 0.0:
        return bar[CLOSE]
    if code == 1.0:
        return bar[OPEN]
    if code == 2.0:  # noqa: PLR2004 - the place in NAMES, as below
        return bar[HIGH]
    if code == 3.0:  # noqa: PLR2004
        return bar[LOW]
    if code == 4.0:  # noqa: PLR2004
        return bar[VOLUME]
    if code == 5.0:  # noqa: PLR2004
        return (bar[HIGH] + bar[LOW]) / 2.0
    if code == 6.0:  # noqa: PLR2004
        return (bar[HIGH] + bar[LOW] + bar[CLOSE]) / 3.0
    return (bar[OPEN] + bar[HIGH] + bar[LOW] + bar[CLOSE]) / 4.0
