"""The part of the account that may close it: the operator's mode, and the guards with what they have latched."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.config.guards import GuardsConfig
from bot.core.contract import NOTHING
from bot.core.equity_watch import TITLES, EquityWatch
from bot.core.foreign_positions import ForeignPositions
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    AccountState,
    AlertRaised,
    CancelEntriesWanted,
    EntryWanted,
    FlattenWanted,
    GuardReleaseWanted,
    KeepNote,
    LoadNotes,
    LoadTrades,
    Message,
    NotesLoaded,
    Severity,
    TradingMode,
    TradingModeWanted,
    TransfersLoaded,
)
from bot.domain.values import Symbol, TimeMs
from bot.risk.guards import PastTrades, entry_guards
from bot.risk.guards.values import TRADES_KEPT

MODE = "mode"
KEEP_EVERY_MS = 60_000
"""A peak that moves with every bar is written down this often; what has latched is written at once."""


class _Mode(msgspec.Struct, frozen=True):
    mode: TradingMode
    reason: str


class GuardDesk:
    """Closes the account and opens it again; everything that must outlive the bot is kept as a note."""

    def __init__(
        self, config: GuardsConfig, coin: str, *, needs_trades: bool, foreign: ForeignPositions | None = None
    ) -> None:
        """``foreign`` where the positions of the whole account are looked at regularly."""
        self._address = address_of(Role.ACCOUNT)
        self.past = PastTrades()
        self.revise(config, needs_trades=needs_trades)
        self.equity = EquityWatch(config, coin, foreign)
        self._mode = _Mode(TradingMode.RUNNING, "")
        self._knows_notes = False
        self._wishes: list[TradingModeWanted | GuardReleaseWanted] = []
        """What a person wanted before it was known what had latched."""
        self._unreadable: dict[str, str] = {}
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

    def restore(self, loaded: NotesLoaded, now_ms: TimeMs) -> Sequence[Message]:
        """Take up the mode, and what guards have latched. What can not be read keeps the account closed."""
        if self._knows_notes:
            return NOTHING  # asked for twice
        self._knows_notes = True
        for key, text in loaded.notes:
            self._kept[key] = text
            try:
                if key == MODE:
                    before = msgspec.json.decode(text, type=_Mode)
                    self._mode = self._mode if self._mode.mode is TradingMode.HALTED else before
                elif key in self.equity.names:
                    self.equity.restore(key, text)
            except msgspec.MsgspecError as error:
                self._unreadable[key] = f"what the guard {key} has kept can not be read: {error}"
        wishes, self._wishes = self._wishes, []
        obeyed = [each for wish in wishes for each in self.obey(wish, now_ms)]
        return (*obeyed, *self._after((), now_ms))

    def begin(self, now_ms: TimeMs) -> Sequence[Message]:
        """Everything is ready: what an earlier life wanted done may not have been done."""
        return (*self.insist(now_ms), *self._tell(now_ms))

    def insist(self, now_ms: TimeMs) -> Sequence[Message]:
        """What the mode and the latches want done with positions and orders, once more."""
        flattening = self.equity.flattening(now_ms)
        if self._mode.mode is TradingMode.HALTED or flattening is not None:
            return (FlattenWanted(now_ms, "halted" if flattening is None else flattening.lower()),)
        if self._mode.mode is TradingMode.REDUCE_ONLY:
            return (CancelEntriesWanted(now_ms, self._mode.reason),)
        latched = self.equity.latched(now_ms)
        return (CancelEntriesWanted(now_ms, TITLES[latched[0].name].lower()),) if latched else NOTHING

    # --- entries -----------------------------------------------------------------------------------------------

    def refusal(self, wanted: EntryWanted, unmarked: Sequence[Symbol], now_ms: TimeMs) -> str | None:
        """Why there is no entry; None if nothing here is against it.

        ``unmarked`` are positions whose open profit nobody knows: with them the equity is not known either.
        """
        if not self._knows_notes:
            return "what guards have latched is not known yet"
        if self._mode.mode is not TradingMode.RUNNING:
            return f"the bot is {self._mode.mode.replace('_', ' ')}: {self._mode.reason}"
        if self._unreadable:
            return next(iter(self._unreadable.values()))
        if self._needs_trades and not self.past.are_known:
            return "past trades are not known yet"
        refused = self.equity.refusal(now_ms, unmarked)
        if refused is not None:
            return refused
        for guard in self._entry:
            stopped = guard.stops(wanted, self.past, now_ms)
            if stopped is not None:
                return stopped.text
        return None

    # --- equity ------------------------------------------------------------------------------------------------

    def look(self, equity: Decimal, wallet_ms: TimeMs, now_ms: TimeMs) -> Sequence[Message]:
        """The bot's own equity at the newest marks, with all that was moved up to ``wallet_ms``."""
        return self._after(self.equity.look(equity, wallet_ms, now_ms), now_ms) if self._knows_notes else NOTHING

    def confirm(self, equity: Decimal, now_ms: TimeMs) -> Sequence[Message]:
        """The equity as the exchange reports it."""
        return self._after(self.equity.confirm(equity, now_ms), now_ms) if self._knows_notes else NOTHING

    def transfers(self, loaded: TransfersLoaded, now_ms: TimeMs) -> Sequence[Message]:
        """What was moved into the account and out of it."""
        return self._after(self.equity.transfers(loaded, now_ms), now_ms)

    def _after(self, said: Sequence[Message], now_ms: TimeMs) -> Sequence[Message]:
        """What has latched is on the disk before anything is done about it."""
        return (*self._keep(now_ms), *said, *self._tell(now_ms))

    # --- the operator ------------------------------------------------------------------------------------------

    def obey(self, wish: TradingModeWanted | GuardReleaseWanted, now_ms: TimeMs) -> Sequence[Message]:
        """Do what a person wants: at once where it is to halt, the rest when it is known what had latched before."""
        halts = isinstance(wish, TradingModeWanted) and wish.mode is TradingMode.HALTED
        if not (self._knows_notes or halts):
            self._wishes.append(wish)
            return NOTHING
        return self._set_mode(wish, now_ms) if isinstance(wish, TradingModeWanted) else self._release(wish, now_ms)

    def _set_mode(self, wanted: TradingModeWanted, now_ms: TimeMs) -> Sequence[Message]:
        """Another mode. Out of ``halted`` only a release leads."""
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
        return self._after(out, now_ms)

    def _release(self, wanted: GuardReleaseWanted, now_ms: TimeMs) -> Sequence[Message]:
        """One guard, or all; a guard of the equity begins anew with the equity of now."""
        released: list[str] = []
        if self._mode.mode is TradingMode.HALTED and wanted.guard in {"", "halted"}:
            self._mode = _Mode(TradingMode.RUNNING, wanted.reason)
            released.append("halted")
        released += self.equity.release(wanted.guard)
        for key in tuple(self._unreadable):
            if wanted.guard in {"", "halted" if key == MODE else key}:
                del self._unreadable[key]
        text = f"{', '.join(released) or 'nothing'} was released: {wanted.reason}"
        return self._after((AlertRaised(Severity.WARNING, now_ms, "Guards are released", text),), now_ms)

    # --- what outlives the bot, and what people see ------------------------------------------------------------

    def _keep(self, now_ms: TimeMs) -> Sequence[Message]:
        """Write down what has changed. A number that moves with every bar waits; a latch does not."""
        texts = dict(self.equity.states())
        if self._mode.mode is not TradingMode.RUNNING or MODE in self._kept:
            texts[MODE] = msgspec.json.encode(self._mode).decode()
        latched = {each.name for each in self.equity.latched(now_ms)}
        out: list[Message] = []
        for key, text in texts.items():
            known = self._kept.get(key)
            is_new_mode = key == MODE and self._mode.mode is not TradingMode.RUNNING
            if text == known or (key in self._unreadable and not is_new_mode):
                continue
            waits = known is not None and text is not None and key != MODE and key not in latched
            if waits and now_ms - self._kept_ms.get(key, TimeMs(0)) < KEEP_EVERY_MS:
                continue
            self._kept_ms[key] = now_ms
            if text is None:
                self._kept.pop(key)
            else:
                self._kept[key] = text
            out.append(KeepNote(self._address, key, text))
        return out

    def keep_again(self) -> Sequence[Message]:
        """The database was replaced, and what it was told last may have died with it."""
        return (
            [KeepNote(self._address, key, text) for key, text in self._kept.items()] if self._knows_notes else NOTHING
        )

    def _tell(self, now_ms: TimeMs) -> Sequence[Message]:
        """Say in which state the account is, if it is another one than before; and that a latch has gone."""
        if not self._knows_notes:
            return NOTHING
        latched = self.equity.latched(now_ms)
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
