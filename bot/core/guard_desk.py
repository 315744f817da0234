"""The part of the account that may close it: the operator's mode, and the guards with what they have latched."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.config.guards import GuardsConfig
from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    AccountState,
    AlertRaised,
    CancelEntriesWanted,
    EntryWanted,
    FetchWallet,
    FlattenWanted,
    GuardReleaseWanted,
    GuardState,
    KeepNote,
    LoadNotes,
    LoadTrades,
    Message,
    NotesLoaded,
    Severity,
    TradingMode,
    TradingModeWanted,
    WakeAt,
)
from bot.domain.values import Symbol, TimeMs
from bot.risk.guards import EquityGuard, PastTrades, Step, entry_guards, equity_guards
from bot.risk.guards.values import TRADES_KEPT

MODE = "mode"
SETTLES_AFTER_MS = 3_000
"""News of one fill comes in several messages: so long after the last one the bot's own equity may be half of it."""
ASK_EVERY_MS = 5_000
KEEP_EVERY_MS = 60_000
"""A peak that moves with every bar is written down this often; what has latched is written at once."""
TITLES = {"daily_loss": "Daily loss limit", "drawdown": "Drawdown"}


class _Mode(msgspec.Struct, frozen=True):
    mode: TradingMode
    reason: str


class GuardDesk:
    """Closes the account and opens it again; everything that must outlive the bot is kept as a note.

    A guard of the equity latches on the equity that the exchange reports. Where the bot's own marks say so first, the
    exchange is asked, and there are no entries until it has answered.
    """

    def __init__(self, config: GuardsConfig, coin: str, *, needs_trades: bool) -> None:
        self._address = address_of(Role.ACCOUNT)
        self._coin = coin
        self.past = PastTrades()
        self.revise(config, needs_trades=needs_trades)
        self._equity: dict[str, EquityGuard] = {guard.name: guard for guard in equity_guards(config)}
        self._mode = _Mode(TradingMode.RUNNING, "")
        self._knows_notes = False
        self._unreadable: str | None = None
        self._suspicion: str | None = None
        self._asked_ms: TimeMs | None = None
        self._disturbed_ms: TimeMs | None = None
        self._alarm_ms: TimeMs | None = None
        self._kept: dict[str, str] = {}
        self._kept_ms: dict[str, TimeMs] = {}
        self._told: AccountState | None = None

    def revise(self, config: GuardsConfig, *, needs_trades: bool) -> None:
        """Other guards of entries count from now on. Those of the equity stay: what they have latched is theirs."""
        self._entry = entry_guards(config)
        self._needs_trades = needs_trades or any(guard.needs_trades for guard in self._entry)

    @property
    def knows_notes(self) -> bool:
        """Whether what earlier lives have kept was read."""
        return self._knows_notes

    # --- what is known at the start ----------------------------------------------------------------------------

    def start(self) -> Sequence[Message]:
        """Ask for what earlier lives have kept, unless it is known."""
        trades = self._needs_trades and not self.past.are_known
        out: list[Message] = [] if self._knows_notes else [LoadNotes(self._address)]
        return (*out, LoadTrades(self._address, TRADES_KEPT)) if trades else out

    def restore(self, loaded: NotesLoaded) -> None:
        """Take up the mode, and what guards have latched. What can not be read keeps the account closed."""
        self._knows_notes = True
        for key, text in loaded.notes:
            if key in self._kept:  # somebody has wanted another mode in the meantime
                continue
            try:
                if key == MODE:
                    self._mode = msgspec.json.decode(text, type=_Mode)
                elif key in self._equity:
                    self._equity[key].restore(text)
            except msgspec.MsgspecError as error:
                self._unreadable = f"what the guard {key} has kept can not be read: {error}"
            self._kept[key] = text

    def begin(self, now_ms: TimeMs) -> Sequence[Message]:
        """Everything is ready: what an earlier life wanted done may not have been done."""
        out: list[Message] = []
        flattening = [TITLES[guard.name] for guard in self._equity.values() if guard.flattens(now_ms)]
        if self._mode.mode is TradingMode.HALTED or flattening:
            out.append(FlattenWanted(now_ms, flattening[0].lower() if flattening else "halted"))
        elif self._mode.mode is TradingMode.REDUCE_ONLY:
            out.append(CancelEntriesWanted(now_ms, self._mode.reason))
        return (*out, *self._tell(now_ms))

    # --- entries -----------------------------------------------------------------------------------------------

    def refusal(self, wanted: EntryWanted, unmarked: Sequence[Symbol], now_ms: TimeMs) -> str | None:
        """Why there is no entry; None if nothing here is against it.

        ``unmarked`` are positions whose open profit nobody knows: with them the equity is not known either.
        """
        if not self._knows_notes:
            return "what guards have latched is not known yet"
        if self._mode.mode is not TradingMode.RUNNING:
            return f"the bot is {self._mode.mode.replace('_', ' ')}: {self._mode.reason}"
        if self._unreadable is not None:
            return self._unreadable
        if self._needs_trades and not self.past.are_known:
            return "past trades are not known yet"
        for latching in self._equity.values():
            stopped = latching.stopped(now_ms)
            if stopped is not None:
                return stopped.text
        if self._suspicion is not None:
            return self._suspicion
        if self._equity and unmarked:
            return f"the equity is not known: nobody has marked {', '.join(unmarked)} yet"
        for guard in self._entry:
            stopped = guard.stops(wanted, self.past, now_ms)
            if stopped is not None:
                return stopped.text
        return None

    # --- equity ------------------------------------------------------------------------------------------------

    def disturbed(self, now_ms: TimeMs) -> Sequence[Message]:
        """A position or the wallet has changed: the bot's own equity is not to be trusted for a moment."""
        if not self._equity:
            return NOTHING
        self._disturbed_ms = now_ms
        return (WakeAt(self._address, TimeMs(now_ms + SETTLES_AFTER_MS)),)

    def look(self, equity: Decimal | None, now_ms: TimeMs) -> Sequence[Message]:
        """The bot's own equity at the newest marks; None while it is not all known."""
        if not self._equity or not self._knows_notes or equity is None or not equity.is_finite():
            return NOTHING
        settled = self._disturbed_ms is None or now_ms - self._disturbed_ms >= SETTLES_AFTER_MS
        if settled and equity > 0:
            for guard in self._equity.values():
                guard.observe(equity, now_ms)
        return (*self._suspect(equity, now_ms), *self._keep(now_ms), *self._alarm(now_ms), *self._tell(now_ms))

    def _suspect(self, equity: Decimal, now_ms: TimeMs) -> Sequence[Message]:
        steps = {name: guard.suspects(equity) for name, guard in self._equity.items()}
        closing = [TITLES[name].lower() for name, step in steps.items() if step in {Step.STOP, Step.FLATTEN}]
        self._suspicion = None
        if closing:
            self._suspicion = f"{closing[0]}: the exchange is asked whether the equity is {equity:,.2f}"
        asked_ms = self._asked_ms
        if all(step is Step.NOTHING for step in steps.values()):
            return NOTHING
        if asked_ms is not None and now_ms - asked_ms < ASK_EVERY_MS:
            return NOTHING
        self._asked_ms = now_ms
        return (FetchWallet(self._coin), WakeAt(self._address, TimeMs(now_ms + ASK_EVERY_MS)))

    def confirm(self, equity: Decimal, now_ms: TimeMs) -> Sequence[Message]:
        """The equity as the exchange reports it."""
        if not self._equity or not self._knows_notes or not equity.is_finite():
            return NOTHING
        out: list[Message] = []
        for guard in self._equity.values():
            step, text = guard.confirm(equity, now_ms)
            out.extend(self._act(guard, step, text, now_ms))
        return (*self._keep(now_ms), *out, *self._tell(now_ms))

    def _act(self, guard: EquityGuard, step: Step, text: str, now_ms: TimeMs) -> Sequence[Message]:
        title = TITLES[guard.name]
        if step is Step.NOTHING:
            return NOTHING
        if step is Step.WARN:
            return (AlertRaised(Severity.WARNING, now_ms, f"{title}: warning", text),)
        stopped = guard.stopped(now_ms)
        full = text if stopped is None else stopped.text
        if step is Step.STOP:
            alert = AlertRaised(Severity.ERROR, now_ms, f"{title}: no more entries", full)
            return (alert, CancelEntriesWanted(now_ms, title.lower()))
        alert = AlertRaised(Severity.ERROR, now_ms, f"{title}: everything is closed", full)
        return (alert, FlattenWanted(now_ms, title.lower()))

    # --- the operator ------------------------------------------------------------------------------------------

    def set_mode(self, wanted: TradingModeWanted, now_ms: TimeMs) -> Sequence[Message]:
        """A person wants another mode. Out of ``halted`` only a release leads."""
        name = wanted.mode.replace("_", " ")
        if self._mode.mode is TradingMode.HALTED and wanted.mode is not TradingMode.HALTED:
            text = f"{name} was asked for, but the bot is halted ({self._mode.reason}) until that is released"
            return (AlertRaised(Severity.WARNING, now_ms, "The bot stays halted", text),)
        self._mode = _Mode(wanted.mode, wanted.reason)
        severity = Severity.ERROR if wanted.mode is TradingMode.HALTED else Severity.WARNING
        out: list[Message] = [AlertRaised(severity, now_ms, f"The bot is {name}", wanted.reason)]
        if wanted.mode is TradingMode.HALTED:
            out.append(FlattenWanted(now_ms, "halted"))
        elif wanted.mode is TradingMode.REDUCE_ONLY:
            out.append(CancelEntriesWanted(now_ms, wanted.reason))
        return (*self._keep(now_ms), *out, *self._tell(now_ms))

    def release(self, wanted: GuardReleaseWanted, now_ms: TimeMs) -> Sequence[Message]:
        """A person lets one guard go, or all; a guard of the equity begins anew with the equity of now."""
        released: list[str] = []
        if self._mode.mode is TradingMode.HALTED and wanted.guard in {"", "halted"}:
            self._mode = _Mode(TradingMode.RUNNING, wanted.reason)
            released.append("halted")
        for name, guard in self._equity.items():
            if wanted.guard in {"", name}:
                guard.release()
                released.append(name)
        if wanted.guard in {"", *released}:
            self._unreadable = None
        text = f"{', '.join(released) or 'nothing'} was released: {wanted.reason}"
        self._suspicion = None
        alert = AlertRaised(Severity.WARNING, now_ms, "Guards are released", text)
        return (*self._keep(now_ms), alert, *self._tell(now_ms))

    # --- what outlives the bot, and what people see ------------------------------------------------------------

    def _keep(self, now_ms: TimeMs) -> Sequence[Message]:
        """Write down what has changed. A number that moves with every bar waits; a latch does not."""
        texts = {name: guard.state() for name, guard in self._equity.items()}
        if self._mode.mode is not TradingMode.RUNNING or MODE in self._kept:
            texts[MODE] = msgspec.json.encode(self._mode).decode()
        out: list[Message] = []
        for key, text in texts.items():
            known = self._kept.get(key)
            if text == known:
                continue
            latches = key == MODE or known is None or text is None or self._is_latched(key, now_ms)
            if not latches and now_ms - self._kept_ms.get(key, TimeMs(0)) < KEEP_EVERY_MS:
                continue
            self._kept_ms[key] = now_ms
            if text is None:
                self._kept.pop(key)
            else:
                self._kept[key] = text
            out.append(KeepNote(self._address, key, text))
        return out

    def _is_latched(self, name: str, now_ms: TimeMs) -> bool:
        stopped = self._equity[name].stopped(now_ms)
        return stopped is not None and stopped.is_latch

    def _alarm(self, now_ms: TimeMs) -> Sequence[Message]:
        """Be awake when a day begins."""
        times = [guard.next_ms(now_ms) for guard in self._equity.values()]
        next_ms = min((time for time in times if time is not None), default=None)
        if next_ms is None or next_ms == self._alarm_ms:
            return NOTHING
        self._alarm_ms = next_ms
        return (WakeAt(self._address, next_ms),)

    def wake_again(self, now_ms: TimeMs) -> Sequence[Message]:
        """Ask for the alarms once more: the clock may have been replaced."""
        self._alarm_ms = None
        return self._alarm(now_ms)

    def _tell(self, now_ms: TimeMs) -> Sequence[Message]:
        """Say in which state the account is, if it is another one than before; and that a latch has gone."""
        stopped = {name: guard.stopped(now_ms) for name, guard in self._equity.items()}
        latched = tuple(
            GuardState(name, each.reason, each.until_ms)
            for name, each in stopped.items()
            if each is not None and each.is_latch
        )
        before = self._told
        state = AccountState(now_ms, self._mode.mode, self._mode.reason, latched)
        if before is not None and msgspec.structs.replace(before, time_ms=now_ms) == state:
            return NOTHING
        self._told = state
        gone = {each.name for each in before.guards} - {each.name for each in latched} if before is not None else ()
        alerts = [
            AlertRaised(Severity.WARNING, now_ms, f"{TITLES[name]}: entries resume", "the guard is open again")
            for name in sorted(gone)
        ]
        return (state, *alerts)
