"""The daily loss limit."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.config.guards import DailyLossConfig
from bot.domain.contract import amount_text
from bot.domain.values import ZERO, TimeMs
from bot.risk.guards.values import MINUTE_MS, Step, Stopped, Transfer, moved_after, utc

DAY_MS = 1440 * MINUTE_MS


class _Day(msgspec.Struct, frozen=True):
    """A day of the guard: its first equity, when that was, when the day ends, and why it has latched (if it has).

    Transfers up to ``counted_ms`` are in the first equity.
    """

    first_equity: Decimal
    since_ms: TimeMs
    until_ms: TimeMs
    latched: str = ""
    counted_ms: TimeMs | None = None


class DailyLoss:
    """No entries until the next reset once the day's loss is reached.

    The day's first equity is that of the reset, or of the first moment after it at which all is known; open profit,
    fees and funding are in it, as they are in every equity that it is compared with. What is moved in or out of the
    account later moves it as well.
    """

    name = "daily_loss"

    def __init__(self, config: DailyLossConfig, coin: str = "USDT") -> None:
        """``coin`` is that of the equity."""
        self._coin = coin
        self._fraction = config.fraction
        self._flattens = config.action == "flatten"
        hours, minutes = config.reset_utc.split(":")
        self._reset_ms = (int(hours) * 60 + int(minutes)) * MINUTE_MS
        self._day: _Day | None = None

    def restore(self, text: str) -> None:
        """See EquityGuard.restore."""
        self._day = msgspec.json.decode(text, type=_Day)

    def state(self) -> str | None:
        """See EquityGuard.state."""
        return None if self._day is None else msgspec.json.encode(self._day).decode()

    def observe(self, equity: Decimal, now_ms: TimeMs, wallet_ms: TimeMs) -> None:
        """See EquityGuard.observe."""
        if self._day is None or now_ms >= self._day.until_ms:
            self._day = _Day(equity, now_ms, self._end_of_day(now_ms), counted_ms=wallet_ms)

    @property
    def counted_ms(self) -> TimeMs | None:
        """See EquityGuard.counted_ms."""
        return None if self._day is None else self._day.counted_ms or self._day.since_ms

    def moved(self, transfers: Sequence[Transfer]) -> None:
        """See EquityGuard.moved."""
        day, counted_ms = self._day, self.counted_ms
        if day is None or counted_ms is None:
            return
        amount, counted_ms = moved_after(counted_ms, transfers)
        first = max(day.first_equity + amount, ZERO)
        self._day = msgspec.structs.replace(day, first_equity=first, counted_ms=counted_ms)

    def suspects(self, equity: Decimal) -> Step:
        """See EquityGuard.suspects."""
        day = self._day
        if day is None or day.latched or day.first_equity <= 0 or equity > day.first_equity * (1 - self._fraction):
            return Step.NOTHING
        return Step.FLATTEN if self._flattens else Step.STOP

    def confirm(self, equity: Decimal, now_ms: TimeMs) -> tuple[Step, str]:
        """See EquityGuard.confirm."""
        step, day = self.suspects(equity), self._day
        if step is Step.NOTHING or day is None or now_ms >= day.until_ms:
            return Step.NOTHING, ""
        lost = (day.first_equity - equity) / day.first_equity
        since = utc(day.since_ms)
        now, before = amount_text(equity, self._coin), amount_text(day.first_equity, self._coin)
        text = f"equity {now} is {lost:.1%} below {before} at {since}"
        self._day = msgspec.structs.replace(day, latched=text)
        return step, text

    def stopped(self, now_ms: TimeMs) -> Stopped | None:
        """See EquityGuard.stopped."""
        day = self._day
        if day is None or now_ms >= day.until_ms:
            return Stopped("daily loss limit: the first equity of the day is not known yet")
        return Stopped(f"daily loss limit: {day.latched}", day.until_ms, is_latch=True) if day.latched else None

    def flattens(self, now_ms: TimeMs) -> bool:
        """See EquityGuard.flattens."""
        day = self._day
        return self._flattens and day is not None and bool(day.latched) and now_ms < day.until_ms

    def release(self) -> None:
        """See EquityGuard.release."""
        self._day = None

    def next_ms(self, now_ms: TimeMs) -> TimeMs | None:
        """See EquityGuard.next_ms."""
        return self._end_of_day(now_ms)

    def _end_of_day(self, now_ms: TimeMs) -> TimeMs:
        return TimeMs(now_ms - (now_ms - self._reset_ms) % DAY_MS + DAY_MS)
