"""The part of the account that watches its equity: the guards that latch, and what must be certain before they do."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from bot.config.guards import GuardsConfig
from bot.core.contract import NOTHING
from bot.core.foreign_positions import ForeignPositions
from bot.domain.address import Role, address_of
from bot.domain.contract import amount_text
from bot.domain.messages import (
    AlertRaised,
    CancelEntriesWanted,
    FetchPositions,
    FetchTransfers,
    FetchWallet,
    FlattenWanted,
    GuardState,
    Message,
    PositionsLoaded,
    Severity,
    TransfersLoaded,
    WakeAt,
)
from bot.domain.values import ZERO, Symbol, TimeMs
from bot.risk.guards import EquityGuard, Step, Transfer, equity_guards

SETTLES_AFTER_MS = 3_000
"""News of one fill comes in several messages: so long after the last one the bot's own equity may be half of it."""
ASK_EVERY_MS = 5_000
ASK_REFUSED_EVERY_MS = 60_000
TITLES = {"daily_loss": "Daily loss limit", "drawdown": "Drawdown"}
CLOSING = frozenset({Step.STOP, Step.FLATTEN})


class EquityWatch:
    """A guard latches on the equity that the exchange reports, once it is certain that nothing was withdrawn.

    Where the bot's own marks say so first, the exchange is asked. Until all of it has answered there are no entries.
    """

    def __init__(self, config: GuardsConfig, coin: str, foreign: ForeignPositions | None = None) -> None:
        self._address = address_of(Role.ACCOUNT)
        self._coin = coin
        self._guards: dict[str, EquityGuard] = {guard.name: guard for guard in equity_guards(config, coin)}
        self._foreign = foreign if self._guards else None
        self._suspicion: str | None = None
        self._wallet_after_ms = TimeMs(0)
        self._disturbed_ms: TimeMs | None = None
        self._filled_ms: TimeMs | None = None
        self._unexplained_ms: TimeMs | None = None
        self._transfers_wanted = True
        """Also at the start: money may have been moved while nobody was there."""
        self._transfers_after_ms = TimeMs(0)
        self._transfers_refused: str | None = None
        self._reported: Decimal | None = None
        self._report = 0
        self._report_asked_for = 0
        self._report_covered = 0
        self._alarm_ms: TimeMs | None = None

    # --- what is kept, and what follows from it ----------------------------------------------------------------

    @property
    def names(self) -> Iterable[str]:
        """The guards there are."""
        return self._guards.keys()

    def restore(self, name: str, text: str) -> None:
        """Take up what an earlier life has kept. MsgspecError if it can not be read."""
        self._guards[name].restore(text)

    def states(self) -> Mapping[str, str | None]:
        """What must be kept of each guard; None for nothing."""
        return {name: guard.state() for name, guard in self._guards.items()}

    def latched(self, now_ms: TimeMs) -> tuple[GuardState, ...]:
        """The guards that keep the account closed, whatever comes, until a time or until they are released."""
        stopped = ((name, guard.stopped(now_ms)) for name, guard in self._guards.items())
        return tuple(
            GuardState(name, each.reason, each.until_ms) for name, each in stopped if each is not None and each.is_latch
        )

    def flattening(self, now_ms: TimeMs) -> str | None:
        """The title of a guard that has latched with all positions to be closed."""
        return next((TITLES[name] for name, guard in self._guards.items() if guard.flattens(now_ms)), None)

    def refusal(self, now_ms: TimeMs, unmarked: Sequence[str]) -> str | None:
        """Why there is no entry; ``unmarked`` are positions whose open profit, and so the equity, nobody knows."""
        for guard in self._guards.values():
            stopped = guard.stopped(now_ms)
            if stopped is not None:
                return stopped.text
        if self._suspicion is not None:
            return self._suspicion
        return (
            f"the equity is not known: nobody has marked {', '.join(unmarked)} yet"
            if unmarked and self._guards
            else None
        )

    def release(self, guard: str) -> Sequence[str]:
        """A person lets one guard go, or all (empty): it begins anew with the equity of now."""
        released = [name for name in self._guards if guard in {"", name}]
        for name in released:
            self._guards[name].release()
        self._suspicion = None
        return released

    # --- the bot's own equity ----------------------------------------------------------------------------------

    def filled(self, symbol: Symbol, now_ms: TimeMs) -> Sequence[Message]:
        """A fill is in the books: for a moment the bot's own equity is not to be trusted."""
        self._filled_ms = now_ms
        if self._foreign is not None:
            self._foreign.filled(symbol, now_ms)
        return self._disturb(now_ms)

    def wallet_changed(self, now_ms: TimeMs) -> Sequence[Message]:
        """The balance is another one; the fill that explains it has come, or comes soon, or there is none."""
        if not self._is_explained(now_ms):
            self._unexplained_ms = now_ms
        return self._disturb(now_ms)

    def _disturb(self, now_ms: TimeMs) -> Sequence[Message]:
        if not self._guards:
            return NOTHING
        self._disturbed_ms = now_ms
        return (WakeAt(self._address, TimeMs(now_ms + SETTLES_AFTER_MS)),)

    def _is_explained(self, changed_ms: TimeMs) -> bool:
        return self._filled_ms is not None and abs(changed_ms - self._filled_ms) <= SETTLES_AFTER_MS

    def look(self, equity: Decimal, wallet_ms: TimeMs, now_ms: TimeMs) -> Sequence[Message]:
        """The bot's own equity at the newest marks, with all that was moved up to ``wallet_ms``."""
        if not self._guards or not equity.is_finite() or not (self._foreign is None or self._foreign.are_known):
            return NOTHING
        equity += ZERO if self._foreign is None else self._foreign.open_pnl
        out: list[Message] = []
        if self._disturbed_ms is None or now_ms - self._disturbed_ms >= SETTLES_AFTER_MS:
            if self._unexplained_ms is not None:
                self._transfers_wanted = self._transfers_wanted or not self._is_explained(self._unexplained_ms)
                self._unexplained_ms = None
            if self._transfers_wanted:
                out += self._ask_transfers(now_ms)
            if equity > 0 and not self._transfers_wanted:
                for guard in self._guards.values():
                    guard.observe(equity, now_ms, wallet_ms)
        return (*out, *self._suspect(equity, now_ms), *self.alarm(now_ms))

    def _suspect(self, equity: Decimal, now_ms: TimeMs) -> Sequence[Message]:
        steps = {name: guard.suspects(equity) for name, guard in self._guards.items()}
        closing = [TITLES[name].lower() for name, step in steps.items() if step in CLOSING]
        self._suspicion = None
        if closing and self._transfers_refused is not None:
            self._suspicion = f"{closing[0]}: {self._transfers_refused}"
        elif closing:
            shown = amount_text(equity, self._coin)
            self._suspicion = f"{closing[0]}: the exchange is asked whether the equity is {shown}"
        if all(step is Step.NOTHING for step in steps.values()) or now_ms < self._wallet_after_ms:
            return NOTHING
        self._wallet_after_ms = TimeMs(now_ms + ASK_EVERY_MS)
        return (FetchWallet(self._coin), WakeAt(self._address, self._wallet_after_ms))

    def positions(self, loaded: PositionsLoaded) -> None:
        """All positions of the account, also what is not the bot's."""
        if self._foreign is not None:
            self._foreign.see(loaded)

    # --- the exchange's equity ---------------------------------------------------------------------------------

    def confirm(self, equity: Decimal, now_ms: TimeMs) -> Sequence[Message]:
        """The equity as the exchange reports it."""
        if not self._guards or not equity.is_finite():
            return NOTHING
        self._reported = equity
        self._report += 1
        return self._judge(now_ms)

    def transfers(self, loaded: TransfersLoaded, now_ms: TimeMs) -> Sequence[Message]:
        """What was moved in and out: neither is a gain or a loss."""
        self._transfers_wanted, self._transfers_refused = False, None
        self._transfers_after_ms = now_ms
        self._report_covered = self._report_asked_for
        moved = [Transfer(time_ms, amount) for time_ms, amount in loaded.transfers]
        for guard in self._guards.values():
            guard.moved(moved)
        return self._judge(now_ms)

    def transfers_refused(self, text: str, now_ms: TimeMs) -> Sequence[Message]:
        """The exchange does not tell. What looks like a loss keeps entries away; nothing is closed on a guess."""
        self._transfers_wanted = False
        self._transfers_after_ms = TimeMs(now_ms + ASK_REFUSED_EVERY_MS)
        told, self._transfers_refused = self._transfers_refused, f"it can not be read what was withdrawn: {text}"
        closing = self._closing
        if closing is None or told is not None:
            return NOTHING
        why = f"the equity looks like a loss, but {self._transfers_refused}; nothing is closed on a guess"
        alert = AlertRaised(Severity.ERROR, now_ms, f"{TITLES[closing]}: no more entries", why)
        return (alert, CancelEntriesWanted(now_ms, TITLES[closing].lower()))

    @property
    def _closing(self) -> str | None:
        """A guard that would close the account, were it certain that the equity reported last is a loss."""
        equity = self._reported
        if equity is None:
            return None
        return next((name for name, guard in self._guards.items() if guard.suspects(equity) in CLOSING), None)

    def _judge(self, now_ms: TimeMs) -> Sequence[Message]:
        equity = self._reported
        if equity is None or all(guard.suspects(equity) is Step.NOTHING for guard in self._guards.values()):
            return NOTHING
        if self._report_covered != self._report:
            closing = self._closing
            if closing is not None:
                why = self._transfers_refused or "the exchange is asked whether anything was withdrawn"
                self._suspicion = f"{TITLES[closing].lower()}: {why}"
            self._transfers_wanted = True
            return self._ask_transfers(now_ms)
        out: list[Message] = []
        for guard in self._guards.values():
            step, text = guard.confirm(equity, now_ms)
            out.extend(self._act(guard, step, text, now_ms))
        return out

    def _ask_transfers(self, now_ms: TimeMs) -> Sequence[Message]:
        counted = [guard.counted_ms for guard in self._guards.values()]
        since_ms = min((each for each in counted if each is not None), default=None)
        if since_ms is None:  # nothing is compared with anything yet
            self._transfers_wanted = False
            return NOTHING
        if now_ms < self._transfers_after_ms:
            return NOTHING
        self._report_asked_for = self._report
        self._transfers_after_ms = TimeMs(now_ms + ASK_EVERY_MS)
        return (FetchTransfers(self._coin, since_ms), WakeAt(self._address, self._transfers_after_ms))

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

    # --- time --------------------------------------------------------------------------------------------------

    def alarm(self, now_ms: TimeMs) -> Sequence[Message]:
        """Be awake when a day begins."""
        times = [guard.next_ms(now_ms) for guard in self._guards.values()]
        next_ms = min((time for time in times if time is not None), default=None)
        if next_ms is None or next_ms == self._alarm_ms:
            return NOTHING
        self._alarm_ms = next_ms
        return (WakeAt(self._address, next_ms),)

    def wake_again(self, now_ms: TimeMs) -> Sequence[Message]:
        """Ask for the alarm once more: the clock may have been replaced."""
        self._alarm_ms = None
        return self.alarm(now_ms)

    def missing(self) -> Sequence[Message]:
        """What must be known of the account before its equity is."""
        return (FetchPositions(self._coin),) if self._foreign is not None and not self._foreign.are_known else NOTHING
