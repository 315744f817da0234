"""The part of a position manager that knows what a symbol still needs before it may trade."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    ActorReady,
    BotHalted,
    FetchBestPrices,
    FetchInstrument,
    FetchOrder,
    InstrumentLoaded,
    LeverageAnswered,
    Message,
    Request,
    RequestFailed,
    SetLeverage,
    SymbolUnusable,
    WakeAt,
)
from bot.domain.values import Symbol, TimeMs

RETRY_AFTER_MS = 2_000
REFRESH_RULES_MS = 900_000
"""Trading rules are read again this often, and after a refusal that suggests that they have changed."""
LEVERAGE_SUCCESS = frozenset({0, 110043})
TRADING = "Trading"

RULES_MAY_HAVE_CHANGED = frozenset({10001, 110003, 110017, 110020, 110092, 110093, 110094, 110095, 110103, 110109})
"""Refusals of price, quantity, value or trigger (Bybit V5 docs, error codes)."""

ONCE = frozenset({"ledger", "instrument", "leverage"})
AFTER_EVERY_GAP = frozenset({"executions", "position", "open orders"})


class SymbolSetup:
    """Rules and leverage of a symbol, what is not known yet, and what has to be asked again."""

    def __init__(self, symbol: Symbol, leverage: Decimal, *, may_be_given_up: bool, refreshes: bool) -> None:
        self._symbol = symbol
        self._address = address_of(Role.POSITION_MANAGER, symbol)
        self._wanted_leverage = leverage
        self._may_be_given_up = may_be_given_up
        self._refreshes = refreshes
        self._refresh_ms: TimeMs | None = None
        self._missing = set(ONCE | AFTER_EVERY_GAP)
        self._to_retry: dict[Request, None] = {}
        self._announced = False
        self.rules: Instrument | None = None
        self.leverage = leverage

    def is_known(self, what: str) -> bool:
        """Whether something that was missing is known."""
        return what not in self._missing

    @property
    def news_is_missing(self) -> bool:
        """Whether books, position or orders may not be what they seem."""
        return bool(self._missing - {"instrument", "leverage"})

    @property
    def not_ready_because(self) -> str | None:
        """Why the symbol may not trade yet, None if it may."""
        if self._missing:
            return f"not known yet: {', '.join(sorted(self._missing))}"
        if self.rules is not None and self.rules.status != TRADING:
            return f"the exchange says that the contract is in the state {self.rules.status}"
        return self._leverage_is_wrong()

    def _leverage_is_wrong(self) -> str | None:
        """Why the leverage that is wanted can not be had. Another one than that would be another risk: none is set."""
        rules, wanted = self.rules, self._wanted_leverage
        if rules is None or rules.min_leverage <= wanted <= rules.max_leverage:
            return None
        return (
            f"leverage {wanted:f} is not from {rules.min_leverage:f} to {rules.max_leverage:f}, as the exchange allows"
        )

    def gap(self) -> None:
        """News may have been missed: it must be read again."""
        self._missing |= AFTER_EVERY_GAP

    def known(self, what: str) -> Iterable[Message]:
        """Something that was missing is known; the first time that nothing is missing any more, say so."""
        self._missing.discard(what)
        if self._missing or self._announced:
            return NOTHING
        self._announced = True
        return (ActorReady(self._address),)

    def missing_settings(self) -> Sequence[Message]:
        """Ask again for what may have been lost with a connection."""
        if "instrument" in self._missing:
            return (FetchInstrument(self._symbol),)
        return (SetLeverage(self._symbol, self.leverage),) if "leverage" in self._missing else NOTHING

    def instrument(self, loaded: InstrumentLoaded, now_ms: TimeMs) -> Sequence[Message]:
        """Take over the rules; the leverage is set when they first come, and when they have made it another one.

        With a leverage that the rules do not allow, a symbol is not begun; where they have changed, nothing more is
        opened.
        """
        known, before = self.rules, self.leverage
        self.rules = loaded.instrument
        wrong = self._leverage_is_wrong()
        if wrong is not None:
            alarm = self._refresh_at(TimeMs(now_ms + REFRESH_RULES_MS))
            return alarm if known is not None else (self._unusable(wrong, now_ms), *alarm)
        self.leverage = loaded.instrument.clamp_leverage(self._wanted_leverage)
        alarm = self._refresh_at(TimeMs(now_ms + REFRESH_RULES_MS))
        if known is not None and before == self.leverage and "leverage" not in self._missing:
            return alarm
        return (*self.known("instrument"), SetLeverage(self._symbol, self.leverage), *alarm)

    def leverage_set(self, answer: LeverageAnswered, now_ms: TimeMs) -> Sequence[Message]:
        """The answer to the setting of the leverage; "not modified" is success."""
        if answer.code in LEVERAGE_SUCCESS:
            return tuple(self.known("leverage"))
        return (self._unusable(f"leverage could not be set: {answer.code} {answer.text}", now_ms),)

    def refused(self, code: int) -> Sequence[Message]:
        """An order was refused: the rules may not be what they were."""
        asks = self._refreshes and code in RULES_MAY_HAVE_CHANGED
        return (FetchInstrument(self._symbol),) if asks else NOTHING

    def failed(self, failed: RequestFailed, now_ms: TimeMs) -> Sequence[Message]:
        """A question or a setting failed: try again after a while, or give the symbol up where that is no use."""
        if not failed.transient and isinstance(failed.request, FetchInstrument):
            return (self._unusable(f"{failed.code} {failed.text}", now_ms),)
        if isinstance(failed.request, FetchOrder | FetchBestPrices):
            return NOTHING  # it is asked again anyway for as long as the order is followed or the entry goes on
        self._to_retry[failed.request] = None
        return (WakeAt(self._address, TimeMs(now_ms + RETRY_AFTER_MS)),)

    def on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        """Ask again what failed, and for the rules when it is time."""
        retry, self._to_retry = tuple(self._to_retry), {}
        if self._refresh_ms is None or now_ms < self._refresh_ms:
            return retry
        return (*retry, FetchInstrument(self._symbol), *self._refresh_at(TimeMs(now_ms + REFRESH_RULES_MS)))

    def wake_again(self) -> Sequence[Message]:
        """Ask for the alarm once more: the clock may have been replaced."""
        return NOTHING if self._refresh_ms is None else (WakeAt(self._address, self._refresh_ms),)

    def _refresh_at(self, at_ms: TimeMs) -> Sequence[Message]:
        if not self._refreshes:
            return NOTHING
        self._refresh_ms = at_ms
        return (WakeAt(self._address, at_ms),)

    def _unusable(self, reason: str, now_ms: TimeMs) -> Message:
        if self._may_be_given_up:
            return SymbolUnusable(self._symbol, reason)
        return BotHalted(now_ms, f"{self._symbol}: {reason}")
