"""What the actor ``account`` decides: which entries the one account can afford."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import assert_never

from bot.config.models import Config
from bot.config.risk import RiskConfig
from bot.core.account_entries import EntryJudge
from bot.core.account_equity import AccountEquity
from bot.core.account_modes import AS_USUAL, AccountModes, WantedModes
from bot.core.contract import NOTHING
from bot.core.foreign_positions import ForeignPositions
from bot.core.guard_desk import GuardDesk
from bot.core.regular_checks import RegularChecks
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    ActorReady,
    ActorReplaced,
    AllReady,
    BotHalted,
    ClosesSeen,
    ConfigRevised,
    DrainWanted,
    EntryEnded,
    EntryWanted,
    FeeRatesLoaded,
    FetchFeeRates,
    FetchPositions,
    FetchTransfers,
    FetchWallet,
    FetchWorkingOrders,
    FillBooked,
    GuardReleaseWanted,
    MarginModeAnswered,
    Message,
    NotesLoaded,
    PositionChanged,
    PositionMarked,
    PositionModeAnswered,
    PositionsLoaded,
    PrivateStreamUp,
    RequestFailed,
    Started,
    SymbolsChanged,
    TimePassed,
    TradeClosed,
    TradesLoaded,
    TradingModeWanted,
    TransfersLoaded,
    WakeAt,
    WalletUpdate,
    WorkingEntriesTold,
)
from bot.domain.values import Address, Symbol, TimeMs
from bot.risk.margin_watch import MarginWatch
from bot.risk.portfolio import Portfolio, Reservation

RETRY_AFTER_MS = 2_000

type Accepted = (
    EntryWanted
    | EntryEnded
    | WorkingEntriesTold
    | ClosesSeen
    | ConfigRevised
    | FillBooked
    | PositionChanged
    | PositionMarked
    | WalletUpdate
    | FeeRatesLoaded
    | PositionModeAnswered
    | PositionsLoaded
    | TradeClosed
    | TradesLoaded
    | TradingModeWanted
    | GuardReleaseWanted
    | TransfersLoaded
    | MarginModeAnswered
    | NotesLoaded
    | ActorReplaced
    | PrivateStreamUp
    | SymbolsChanged
    | RequestFailed
    | AllReady
    | BotHalted
    | DrainWanted
    | Started
    | TimePassed
)


class AccountCore:
    """Wallet, equity and the limits that all symbols share.

    Every entry is approved here, one after the other, and what it may cost stays reserved until its order is over: two
    symbols can never spend the same margin, nor the same risk. After this actor was replaced it approves nothing until
    every position manager has said what works.
    """

    def __init__(
        self,
        coin: str,
        risk: RiskConfig,
        checks: RegularChecks | None = None,
        bars_per_year: Callable[[Symbol], float] | None = None,
        modes: WantedModes = AS_USUAL,
        revision: int = 0,
    ) -> None:
        """``bars_per_year`` knows the interval of every symbol, for a volatility target per year."""
        self._coin = coin
        self._checks = checks
        self._address = address_of(Role.ACCOUNT)
        self._portfolio = Portfolio()
        self._watch = MarginWatch(risk.limits)
        foreign = None if checks is None else ForeignPositions(self._portfolio.holdings.keys())
        needs_trades = risk.sizing.kind == "kelly"
        self._guards = GuardDesk(risk.guards, coin, needs_trades=needs_trades, foreign=foreign)
        self._money = AccountEquity(coin, self._portfolio, self._guards, wakes=checks is not None)
        self._judge = EntryJudge(risk, self._portfolio, self._guards, bars_per_year, revision)
        self._told: set[Symbol] = set()
        self._untold: set[Symbol] = set()
        self._replaced: set[Address] = set()
        self._modes = AccountModes(coin, modes)
        self._closed_for: str | None = None
        self._may_trade = False
        self._announced = False
        self._to_retry: list[Message] = []

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        settled = self._money.settled(now_ms)
        out = self._react(message, now_ms)
        return (*settled, *out) if settled else out

    def _react(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        match message:
            case PositionMarked():
                return self._money.on_mark(message, now_ms, is_open=self._closed_because() is None)
            case ClosesSeen():
                if self._judge.limits.closes is not None:
                    self._judge.limits.closes.see(message)
                return NOTHING
            case EntryWanted():
                closed = self._closed_because()
                return (self._judge.answer(message, closed, self.equity, self._money.wallet, now_ms),)
            case EntryEnded():
                self._portfolio.end(message.symbol)
                return NOTHING
            case WorkingEntriesTold():
                return self._on_working(message, now_ms)
            case FillBooked(symbol=symbol, execution=execution, purpose=purpose):
                self._portfolio.filled(symbol, execution.qty, of_entry=purpose == "entry")
                return self._guards.equity.filled(symbol, now_ms)
            case PositionChanged():
                self._portfolio.position(message)
                return NOTHING
            case WalletUpdate():
                told = self._money.on_wallet(message, now_ms)
                return NOTHING if told is None else (*told, *self._watch.wallet(message), *self._announce())
            case FeeRatesLoaded():
                self._judge.taker_fee_rates = {symbol: taker for symbol, taker, _ in message.rates}
                return self._announce()
            case PositionModeAnswered() | MarginModeAnswered():
                return (*self._modes.answered(message, now_ms), *self._announce())
            case PositionsLoaded():
                self._money.on_positions(message)
                self._guards.equity.positions(message)
                return self._watch.positions(message, now_ms)
            case PrivateStreamUp():
                checks = NOTHING if self._checks is None else self._checks.start(now_ms)
                watch = self._guards.equity
                asked = (*self._missing(), FetchWallet(self._coin), *watch.missing())
                return (*asked, *checks, *watch.wake_again(now_ms))
            case ActorReplaced(address=address):
                self._replaced.add(address)
                return self._guards.keep_again() if address == address_of(Role.DATABASE) else NOTHING
            case SymbolsChanged():
                return self._on_symbols(message)
            case RequestFailed():
                return self._on_failure(message, now_ms)
            case AllReady():
                return self._on_ready(message, now_ms)
            case BotHalted():
                self._closed_for = message.reason
                return NOTHING
            case DrainWanted():
                self._closed_for = "the bot is stopping"
                return self._money.tell()
            case TradeClosed():
                self._guards.past.add(message)
                return NOTHING
            case TradesLoaded():
                self._guards.past.load(message.trades)
                return NOTHING
            case NotesLoaded():
                return (*self._guards.restore(message, now_ms), *self._announce())
            case TradingModeWanted() | GuardReleaseWanted():
                return (*self._guards.obey(message, now_ms), *self._look(now_ms))
            case TransfersLoaded():
                return (*self._guards.transfers(message, now_ms), *self._look(now_ms))
            case ConfigRevised():
                return self._on_revision(message)
            case Started():
                return self._missing()
            case TimePassed():
                retry, self._to_retry = self._to_retry, []
                checks = NOTHING if self._checks is None else self._checks.on_time(now_ms)
                return (*retry, *checks, *self._look(now_ms))
            case _:
                assert_never(message)

    # --- what must be known ------------------------------------------------------------------------------------

    def _missing(self) -> Sequence[Message]:
        """What must be known or set once; an answer may be lost with the worker that had the request."""
        fees = () if self._judge.taker_fee_rates else (FetchFeeRates(),)
        return (*self._guards.start(), *self._modes.missing(), *fees)

    def _announce(self) -> Sequence[Message]:
        known = self._money.wallet is not None and self._modes.are_set and bool(self._judge.taker_fee_rates)
        if self._announced or not known or not self._guards.knows_notes:
            return NOTHING
        self._announced = True
        return (ActorReady(self._address),)

    def _on_ready(self, ready: AllReady, now_ms: TimeMs) -> Sequence[Message]:
        self._may_trade = True
        self._untold = set(ready.symbols) - self._told
        return (*self._guards.begin(now_ms), *self._look(now_ms))

    def _on_symbols(self, changed: SymbolsChanged) -> Sequence[Message]:
        """A symbol may have been listed after the fee rates were read."""
        for symbol in changed.removed:
            self._portfolio.forget(symbol)
            self._told.discard(symbol)
            self._untold.discard(symbol)
            if self._judge.limits.closes is not None:
                self._judge.limits.closes.forget(symbol)
        rates = self._judge.taker_fee_rates
        is_news = rates and any(symbol not in rates for symbol in changed.added)
        return (FetchFeeRates(),) if is_news else NOTHING

    def _on_working(self, told: WorkingEntriesTold, now_ms: TimeMs) -> Sequence[Message]:
        """A position manager has synchronised: what it said of its position and says of its orders is all there is.

        One that was replaced has not heard that everything is to be closed, or cancelled.
        """
        self._told.add(told.symbol)
        self._untold.discard(told.symbol)
        self._portfolio.told(told.symbol, Reservation.of(told) if told.qty else None)
        who = address_of(Role.POSITION_MANAGER, told.symbol)
        must_hear = who in self._replaced and (told.qty or self._portfolio.size(told.symbol))
        self._replaced.discard(who)
        return self._guards.insist(now_ms) if must_hear and self._may_trade else NOTHING

    def _on_revision(self, revised: ConfigRevised) -> Sequence[Message]:
        if isinstance(revised.config, Config):
            risk = revised.config.risk
            self._judge.revise(risk, revised.revision)
            self._watch.revise(risk.limits)
            self._guards.revise(risk.guards, needs_trades=risk.sizing.kind == "kelly")
        return self._missing()

    def _on_failure(self, failed: RequestFailed, now_ms: TimeMs) -> Sequence[Message]:
        if isinstance(failed.request, FetchPositions | FetchWorkingOrders):
            return NOTHING  # the next look will do
        if isinstance(failed.request, FetchTransfers) and not failed.transient:
            return self._guards.equity.transfers_refused(failed.text, now_ms)
        if failed.request not in self._to_retry:  # of several that failed alike one is enough
            self._to_retry.append(failed.request)
        return (WakeAt(self._address, TimeMs(now_ms + RETRY_AFTER_MS)),)

    # --- entries -----------------------------------------------------------------------------------------------

    def _closed_because(self) -> str | None:
        if self._closed_for is not None:
            return self._closed_for
        if self._money.wallet is None or not self._may_trade:
            return "wallet and positions are not all known yet"
        if self._untold:
            return f"it is not known yet what works of {', '.join(sorted(self._untold))}"
        return None

    @property
    def equity(self) -> Decimal:
        """Wallet balance and open profit at the latest closed bars, in the settle coin."""
        return self._money.equity

    def _look(self, now_ms: TimeMs) -> Sequence[Message]:
        return self._money.look(now_ms, is_open=self._closed_because() is None)
