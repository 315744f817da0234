"""Kline intervals of Bybit V5 and the calendar they follow (UTC)."""

from datetime import UTC, datetime

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
FIRST_MONDAY_MS = 4 * DAY_MS  # 1970-01-05
MONTH = "M"
DECEMBER = 12

FIXED_INTERVAL_MS: dict[str, int] = {
    **{str(minutes): minutes * MINUTE_MS for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)},
    "D": DAY_MS,
    "W": WEEK_MS,
}
INTERVALS = (*FIXED_INTERVAL_MS, MONTH)


def can_build(interval: str, base_ms: int) -> bool:
    """Whether candles of `interval` can be put together from bars of `base_ms`."""
    return interval == MONTH or FIXED_INTERVAL_MS.get(interval, 1) % base_ms == 0


def interval_name(length_ms: int) -> str | None:
    """The Bybit name of a length, None if there is none."""
    return next((name for name, each_ms in FIXED_INTERVAL_MS.items() if each_ms == length_ms), None)


def candle_start_ms(interval: str, at_ms: int) -> int:
    """When the candle that contains `at_ms` began."""
    if interval == MONTH:
        moment = datetime.fromtimestamp(at_ms / 1000, UTC)
        return _month_ms(moment.year, moment.month)
    if interval == "W":
        return at_ms - (at_ms - FIRST_MONDAY_MS) % WEEK_MS
    return at_ms - at_ms % FIXED_INTERVAL_MS[interval]


def candle_end_ms(interval: str, start_ms: int) -> int:
    """When the candle that began at `start_ms` ends: the start of the next one."""
    if interval != MONTH:
        return start_ms + FIXED_INTERVAL_MS[interval]
    moment = datetime.fromtimestamp(start_ms / 1000, UTC)
    if moment.month == DECEMBER:
        return _month_ms(moment.year + 1, 1)
    return _month_ms(moment.year, moment.month + 1)


def _month_ms(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1000
