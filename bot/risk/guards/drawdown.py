"""The drawdown guard."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.config.guards import DrawdownConfig
from bot.domain.contract import amount_text
from bot.domain.values import ZERO, TimeMs
from bot.risk.guards.values import Step, Stopped, Transfer, moved_after, utc

REARM = Decimal("0.5")
"""The warning is given again only after half of that drawdown was made up for."""


class _Peak(msgspec.Struct, frozen=True):
    """The highest equity, when that was, and what was done since: ``level`` is a key of the configuration or empty.

    Transfers up to ``counted_ms`` are in the highest equity.
    """

    equity: Decimal
    at_ms: TimeMs
    warned: bool = False
    level: str = ""
    latched: str = ""
    counted_ms: TimeMs | None = None


class Drawdown:
    """Warns, stops entries, or flattens, each at its own distance from the highest equity; the last two until released.

    The peak is of marked equity: open profit that was given back counts. What is moved in or out of the account moves
    the peak as well.
    """

    name = "drawdown"

    def __init__(self, config: DrawdownConfig, coin: str = "USDT") -> None:
        """``coin`` is that of the equity."""
        self._coin = coin
        self._config = config
        self._peak: _Peak | None = None

    def restore(self, text: str) -> None:
        """See EquityGuard.restore."""
        self._peak = msgspec.json.decode(text, type=_Peak)

    def state(self) -> str | None:
        """See EquityGuard.state."""
        return None if self._peak is None else msgspec.json.encode(self._peak).decode()

    def observe(self, equity: Decimal, now_ms: TimeMs, wallet_ms: TimeMs) -> None:
        """See EquityGuard.observe."""
        peak, warn = self._peak, self._config.warn
        if peak is None or (equity > peak.equity and not peak.level):
            self._peak = _Peak(equity, now_ms, counted_ms=wallet_ms)
        elif peak.warned and warn is not None and equity > peak.equity * (1 - warn * REARM):
            self._peak = msgspec.structs.replace(peak, warned=False)

    @property
    def counted_ms(self) -> TimeMs | None:
        """See EquityGuard.counted_ms."""
        return None if self._peak is None else self._peak.counted_ms or self._peak.at_ms

    def moved(self, transfers: Sequence[Transfer]) -> None:
        """See EquityGuard.moved."""
        peak, counted_ms = self._peak, self.counted_ms
        if peak is None or counted_ms is None:
            return
        amount, counted_ms = moved_after(counted_ms, transfers)
        equity = max(peak.equity + amount, ZERO)
        self._peak = msgspec.structs.replace(peak, equity=equity, counted_ms=counted_ms)

    def suspects(self, equity: Decimal) -> Step:
        """See EquityGuard.suspects."""
        peak, config = self._peak, self._config
        if peak is None or peak.equity <= 0:
            return Step.NOTHING
        drawdown = (peak.equity - equity) / peak.equity
        if config.flatten is not None and drawdown >= config.flatten and peak.level != "flatten":
            return Step.FLATTEN
        if config.stop_entries is not None and drawdown >= config.stop_entries and not peak.level:
            return Step.STOP
        if config.warn is not None and drawdown >= config.warn and not peak.warned and not peak.level:
            return Step.WARN
        return Step.NOTHING

    def confirm(self, equity: Decimal, now_ms: TimeMs) -> tuple[Step, str]:  # noqa: ARG002 - EquityGuard.confirm
        """See EquityGuard.confirm."""
        step, peak = self.suspects(equity), self._peak
        if step is Step.NOTHING or peak is None:
            return Step.NOTHING, ""
        lost = (peak.equity - equity) / peak.equity
        now, before = amount_text(equity, self._coin), amount_text(peak.equity, self._coin)
        text = f"equity {now} is {lost:.1%} below its peak of {before}, {utc(peak.at_ms)}"
        if step is Step.WARN:
            self._peak = msgspec.structs.replace(peak, warned=True)
            return step, text
        level = "flatten" if step is Step.FLATTEN else "stop_entries"
        self._peak = msgspec.structs.replace(peak, level=level, latched=text)
        return step, text

    def stopped(self, now_ms: TimeMs) -> Stopped | None:  # noqa: ARG002 - EquityGuard.stopped
        """See EquityGuard.stopped."""
        peak = self._peak
        if peak is None:
            return Stopped("drawdown: the equity is not known yet")
        if not peak.level:
            return None
        return Stopped(f"drawdown: {peak.latched}; entries resume when released by hand", is_latch=True)

    def flattens(self, now_ms: TimeMs) -> bool:  # noqa: ARG002 - EquityGuard.flattens
        """See EquityGuard.flattens."""
        return self._peak is not None and self._peak.level == "flatten"

    def release(self) -> None:
        """See EquityGuard.release."""
        self._peak = None

    def next_ms(self, now_ms: TimeMs) -> TimeMs | None:  # noqa: ARG002 - EquityGuard.next_ms
        """See EquityGuard.next_ms."""
        return None
