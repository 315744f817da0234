"""What the actor ``account`` decides: which entries the one account can afford."""

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

import msgspec

from bot.core.contract import NOTHING
from bot.core.regular_checks import RegularChecks
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    ActorReady,
    AllReady,
    BotHalted,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    EquityChanged,
    FeeRatesLoaded,
    FetchFeeRates,
    FetchPositions,
    FetchWallet,
    FetchWorkingOrders,
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
    SwitchPositionMode,
    SymbolsChanged,
    TimePassed,
    TradeClosed,
    WakeAt,
    WalletUpdate,
)
from bot.domain.values import ZERO, Symbol, TimeMs
from bot.risk.open_risk import open_risk
from bot.risk.sizing import Sized, SizingInput, Unsized, fixed_risk

RETRY_AFTER_MS = 2_000
EQUITY_EVERY_MS = 60_000
NOT_MODIFIED = 110025

type Accepted = (
    EntryWanted
    | EntryEnded
    | PositionChanged
    | PositionMarked
    | WalletUpdate
    | FeeRatesLoaded
    | PositionModeAnswered
    | PositionsLoaded
    | TradeClosed
    | MarginModeAnswered
    | NotesLoaded
    | PrivateStreamUp
    | SymbolsChanged
    | RequestFailed
    | AllReady
    | BotHalted
    | DrainWanted
    | Started
    | TimePassed
)


class _Holding(msgspec.Struct):
    """An open position as far as the account cares; money in quote."""

    size: Decimal
    margin: Decimal
    risk: Decimal
    unrealised_pnl: Decimal = ZERO


class AccountCore:
    """Wallet, equity and the limits that all symbols share.

    Every entry is approved here, one after the other, and what it may cost stays reserved until its order is over: two
    symbols can never spend the same margin.
    """

    def __init__(self, coin: str, max_open_positions: int, checks: RegularChecks | None = None) -> None:
        self._coin = coin
        self._checks = checks
        self._max_open_positions = max_open_positions
        self._address = address_of(Role.ACCOUNT)
        self._wallet_balance: Decimal | None = None
        self._wallet_ms = TimeMs(0)
        self._taker_fee_rates: dict[Symbol, Decimal] = {}
        self._holdings: dict[Symbol, _Holding] = {}
        self._reserved: dict[Symbol, Sized] = {}
        self._mode_is_set = False
        self._closed_for: str | None = None
        self._may_trade = False
        self._announced = False
        self._equity_told_ms = TimeMs(0)
        self._to_retry: list[Message] = []

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case PositionMarked():
                return self._on_mark(message)
            case EntryWanted():
                return (self._decide(message),)
            case EntryEnded():
                self._reserved.pop(message.symbol, None)
                return NOTHING
            case PositionChanged():
                self._on_position(message)
                return NOTHING
            case WalletUpdate():
                return self._on_wallet(message)
            case FeeRatesLoaded():
                self._taker_fee_rates = {symbol: taker for symbol, taker, _ in message.rates}
                return self._announce()
            case PositionModeAnswered():
                return self._on_mode(message, now_ms)
            case PrivateStreamUp():
                checks = NOTHING if self._checks is None else self._checks.start(now_ms)
                return (*self._missing(), FetchWallet(self._coin), *checks)
            case SymbolsChanged():
                return self._on_symbols(message)
            case RequestFailed():
                return self._on_failure(message, now_ms)
            case AllReady():
                self._may_trade = True
                return NOTHING
            case BotHalted():
                self._closed_for = message.reason
                return NOTHING
            case DrainWanted():
                self._closed_for = "the bot is stopping"
                return NOTHING
            case TradeClosed() | PositionsLoaded() | MarginModeAnswered() | NotesLoaded():
                return NOTHING
            case Started():
                return self._missing()
            case TimePassed():
                retry, self._to_retry = self._to_retry, []
                return (*retry, *(NOTHING if self._checks is None else self._checks.on_time(now_ms)))
            case _:
                assert_never(message)

    def _on_symbols(self, changed: SymbolsChanged) -> Sequence[Message]:
        """A symbol may have been listed after the fee rates were read."""
        for symbol in changed.removed:
            self._reserved.pop(symbol, None)
        rates = self._taker_fee_rates
        is_news = rates and any(symbol not in rates for symbol in changed.added)
        return (FetchFeeRates(),) if is_news else NOTHING

    def _missing(self) -> Sequence[Message]:
        """What must be known or set once; an answer may be lost with the worker that had the request."""
        mode = () if self._mode_is_set else (SwitchPositionMode(self._coin),)
        fees = () if self._taker_fee_rates else (FetchFeeRates(),)
        return (*mode, *fees)

    @property
    def equity(self) -> Decimal:
        """Wallet balance and open profit at the latest closed bars, in the settle coin."""
        return (self._wallet_balance or ZERO) + self._unrealised_pnl

    @property
    def _unrealised_pnl(self) -> Decimal:
        return sum((holding.unrealised_pnl for holding in self._holdings.values()), ZERO)

    def _decide(self, wanted: EntryWanted) -> EntryApproved | EntryRefused:
        if wanted.for_quotes:
            self._reserved.pop(wanted.symbol, None)  # the leave is asked for anew
        reason = self._closed_for or self._no_room_for(wanted)
        if reason is not None:
            return EntryRefused(wanted.symbol, wanted.time_ms, reason)
        sized = fixed_risk(self._sizing_input(wanted))
        match sized:
            case Unsized():
                return EntryRefused(wanted.symbol, wanted.time_ms, sized.reason)
            case Sized():
                self._reserved[wanted.symbol] = sized
                return EntryApproved(wanted.symbol, wanted, sized.qty)
            case _:
                assert_never(sized)

    def _no_room_for(self, wanted: EntryWanted) -> str | None:
        if self._wallet_balance is None or not self._may_trade:
            return "wallet and positions are not all known yet"
        taken = self._holdings.keys() | self._reserved.keys()
        if wanted.for_quotes:
            taken -= {wanted.symbol}  # what it holds it has quoted for, in an earlier life perhaps
        elif wanted.symbol in taken:
            return "this symbol has a position or an entry on its way"
        if len(taken) >= self._max_open_positions:
            return f"{len(taken)} of at most {self._max_open_positions} positions are open or on their way"
        return None

    def _sizing_input(self, wanted: EntryWanted) -> SizingInput:
        used = sum((holding.margin for holding in self._holdings.values()), ZERO)
        used += sum((sized.margin for sized in self._reserved.values()), ZERO)
        return SizingInput(
            equity=self.equity,
            available_margin=self.equity - used,
            risk_per_trade=wanted.risk_per_trade,
            price=wanted.price,
            stop_price=wanted.stop_price,
            leverage=wanted.leverage,
            taker_fee_rate=self._taker_fee_rates.get(wanted.symbol, ZERO),
            instrument=wanted.instrument,
            amount_quote=wanted.amount_quote,
        )

    def _on_position(self, changed: PositionChanged) -> None:
        if changed.size == 0:
            self._holdings.pop(changed.symbol, None)
            return
        notional = abs(changed.size) * changed.entry_price
        risk = open_risk(changed.size, changed.entry_price, changed.stop_price)
        known = self._holdings.get(changed.symbol)
        marked = known.unrealised_pnl if known is not None else ZERO
        self._holdings[changed.symbol] = _Holding(changed.size, notional / changed.leverage, risk, marked)

    def _on_mark(self, marked: PositionMarked) -> Sequence[Message]:
        holding = self._holdings.get(marked.symbol)
        if holding is None:
            return NOTHING
        holding.unrealised_pnl = marked.unrealised_pnl
        if marked.time_ms - self._equity_told_ms < EQUITY_EVERY_MS:
            return NOTHING
        return (self._tell_equity(marked.time_ms),)

    def _on_wallet(self, update: WalletUpdate) -> Sequence[Message]:
        if update.coin != self._coin or update.time_ms < self._wallet_ms:
            return NOTHING
        self._wallet_balance = update.wallet_balance
        self._wallet_ms = update.time_ms
        return (self._tell_equity(update.time_ms), *self._announce())

    def _tell_equity(self, time_ms: TimeMs) -> EquityChanged:
        self._equity_told_ms = time_ms
        return EquityChanged(
            time_ms,
            self._wallet_balance or ZERO,
            self._unrealised_pnl,
            self.equity,
            sum((holding.risk for holding in self._holdings.values()), ZERO),
            len(self._holdings),
        )

    def _on_mode(self, answer: PositionModeAnswered, now_ms: TimeMs) -> Sequence[Message]:
        if answer.code in {0, NOT_MODIFIED}:
            self._mode_is_set = True
            return self._announce()
        return (BotHalted(now_ms, f"one-way mode could not be set: {answer.code} {answer.text}"),)

    def _on_failure(self, failed: RequestFailed, now_ms: TimeMs) -> Sequence[Message]:
        if isinstance(failed.request, FetchPositions | FetchWorkingOrders):
            return NOTHING  # the next look will do
        self._to_retry.append(failed.request)
        return (WakeAt(self._address, TimeMs(now_ms + RETRY_AFTER_MS)),)

    def _announce(self) -> Sequence[Message]:
        known = self._wallet_balance is not None and self._mode_is_set and bool(self._taker_fee_rates)
        if self._announced or not known:
            return NOTHING
        self._announced = True
        return (ActorReady(self._address),)
