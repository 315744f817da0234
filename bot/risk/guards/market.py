"""Guards that look at the signal and at the clock."""

import math
from decimal import Decimal
from typing import ClassVar

import msgspec

from bot.config.fields import utc_ms
from bot.config.guards import WindowsConfig
from bot.domain.messages import EntryWanted
from bot.domain.minutes import MinuteRule
from bot.domain.values import TimeMs
from bot.risk.guards.values import PastTrades, Stopped, utc


class SignalAge(msgspec.Struct, frozen=True):
    """A signal that is too old may be about a market that is gone."""

    age_max_ms: int
    needs_trades: ClassVar[bool] = False

    def stops(self, wanted: EntryWanted, _past: PastTrades, now_ms: TimeMs) -> Stopped | None:
        """See EntryGuard.stops."""
        age_ms = now_ms - wanted.time_ms
        if age_ms <= self.age_max_ms:
            return None
        return Stopped(f"stale data: the signal is {age_ms} ms old, at most {self.age_max_ms} ms are allowed")


class Spread(msgspec.Struct, frozen=True):
    """A wide spread is paid at the entry; one that is not known may be any. Quotes live on it: they are let through."""

    spread_max: Decimal
    needs_trades: ClassVar[bool] = False

    def stops(self, wanted: EntryWanted, _past: PastTrades, _now_ms: TimeMs) -> Stopped | None:
        """See EntryGuard.stops."""
        if wanted.for_quotes:
            return None
        spread = wanted.spread_fraction
        if spread is None or not math.isfinite(spread) or spread < 0:
            return Stopped("spread: it is not known")
        if spread <= float(self.spread_max):
            return None
        return Stopped(f"spread: {spread:.4%} of the price, at most {self.spread_max:.4%} is allowed")


class Windows:
    """Times of the day and the week, and spans of news."""

    needs_trades = False

    def __init__(self, config: WindowsConfig) -> None:
        self._allow = [MinuteRule.parse(text) for text in config.allow]
        self._block = [MinuteRule.parse(text) for text in config.block]
        self._news = [(utc_ms(each.since), utc_ms(each.until), each.why) for each in config.news]

    def stops(self, _wanted: EntryWanted, _past: PastTrades, now_ms: TimeMs) -> Stopped | None:
        """See EntryGuard.stops."""
        for since_ms, until_ms, why in self._news:
            if since_ms <= now_ms < until_ms:
                return Stopped(f"news window: {why}", TimeMs(until_ms))
        for rule in self._block:
            if rule.matches(now_ms):
                return Stopped(f'session window: {utc(now_ms)} is in "{rule.text}"')
        if self._allow and not any(rule.matches(now_ms) for rule in self._allow):
            rules = ", ".join(f'"{rule.text}"' for rule in self._allow)
            return Stopped(f"session window: {utc(now_ms)} is not in {rules}")
        return None
