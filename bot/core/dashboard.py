"""What the actor ``dashboard`` knows: the present state of everything, for people to look at."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import assert_never

import msgspec

from bot.core.contract import NOTHING
from bot.domain.contract import contract_of, settle_coin
from bot.domain.messages import (
    AccountState,
    AllReady,
    BarClosed,
    BotHalted,
    Direction,
    EntryRefused,
    EquityChanged,
    FillBooked,
    Message,
    PlanChanged,
    PlanState,
    PositionChanged,
    PositionMarked,
    PrivateStreamUp,
    PublicStreamUp,
    QuoteChanged,
    SignalRaised,
    Started,
    Stream,
    StreamLost,
    TradeClosed,
    UniverseChanged,
)
from bot.domain.values import ZERO, Symbol, TimeMs, plain
from bot.risk.open_risk import open_risk

type Accepted = (
    BarClosed
    | QuoteChanged
    | SignalRaised
    | EntryRefused
    | FillBooked
    | PlanChanged
    | PositionChanged
    | PositionMarked
    | TradeClosed
    | EquityChanged
    | AccountState
    | PublicStreamUp
    | PrivateStreamUp
    | StreamLost
    | UniverseChanged
    | AllReady
    | BotHalted
    | Started
)


class SymbolRow(msgspec.Struct, frozen=True):
    """One symbol as it is now; money in the settle coin, times of the exchange, None for what is not known yet."""

    symbol: Symbol
    price: Decimal | None
    size: Decimal  # signed: negative for short
    entry_price: Decimal
    stop_price: Decimal | None
    target_price: Decimal | None
    unrealised_pnl: Decimal
    """At the last price."""
    open_risk: Decimal
    signal: Direction | None
    signal_age_ms: int | None
    refusal: str
    """Why the last signal did not lead to an entry; empty if it did or might still."""
    last_bar_close_ms: TimeMs | None
    last_fill_ms: TimeMs | None
    feed_age_ms: int | None
    """Since the newest price or bar, by its own time."""
    entry: str = ""
    """How far an entry in several orders is; empty while none is being carried out."""


class DashboardSnapshot(msgspec.Struct, frozen=True):
    """Everything that is shown, at one moment; money in the settle coin, counts since the bot started."""

    now_ms: TimeMs
    rows: tuple[SymbolRow, ...]
    wallet_balance: Decimal | None
    equity: Decimal | None
    """Wallet and open profit at the last prices."""
    unrealised_pnl: Decimal
    open_risk: Decimal
    open_positions: int
    net_pnl: Decimal
    """Of closed trades, after fees."""
    trades: int
    wins: int
    public_is_up: bool | None
    private_is_up: bool | None
    is_trading: bool
    halted: str | None
    account_state: AccountState | None = None
    """Mode and latched guards; None until the account has told."""
    coin: str = "USDT"


class _Watched(msgspec.Struct):
    """What is known of a symbol."""

    price: float | None = None
    news_ms: TimeMs | None = None
    bar_close_ms: TimeMs | None = None
    position: PositionChanged | None = None
    signal: SignalRaised | None = None
    refusal: str = ""
    fill_ms: TimeMs | None = None
    plan: PlanChanged | None = None


class DashboardCore:
    """Keeps the newest of everything and answers with a snapshot; it never asks and never decides.

    Prices and bars come often and only replace a value; what they mean for a position is worked out when somebody
    looks.
    """

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self._watched = {symbol: _Watched() for symbol in symbols}
        self._equity: EquityChanged | None = None
        self._net_pnl = ZERO
        self._trades = self._wins = 0
        self._public_is_up: bool | None = None
        self._private_is_up: bool | None = None
        self._is_trading = False
        self._halted: str | None = None
        self._account_state: AccountState | None = None

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - messages have their times
        """See Core.handle."""
        match message:
            case QuoteChanged():
                watched = self._of(message.symbol)
                watched.price = message.last_price
                watched.news_ms = message.time_ms
            case BarClosed():
                self._on_bar(message)
            case PositionMarked():
                pass  # the last price is newer
            case SignalRaised():
                watched = self._of(message.symbol)
                watched.signal = message
                watched.refusal = ""
            case EntryRefused():
                self._of(message.symbol).refusal = message.reason
            case FillBooked():
                self._of(message.symbol).fill_ms = message.execution.time_ms
            case PlanChanged():
                self._of(message.symbol).plan = None if message.state is PlanState.OVER else message
            case PositionChanged():
                self._of(message.symbol).position = message
            case TradeClosed():
                self._trades += 1
                self._wins += message.net_pnl > 0
                self._net_pnl += message.net_pnl
            case EquityChanged():
                self._equity = message
            case AccountState():
                self._account_state = message
            case PublicStreamUp():
                self._public_is_up = True
            case PrivateStreamUp():
                self._private_is_up = True
            case StreamLost():
                self._on_loss(message.stream)
            case UniverseChanged():
                self._on_universe(message)
            case AllReady():
                self._is_trading = True
            case BotHalted():
                self._halted = self._halted or message.reason
            case Started():
                pass
            case _:
                assert_never(message)
        return NOTHING

    def _of(self, symbol: Symbol) -> _Watched:
        """What is known of a symbol; late news of one that was removed goes nowhere."""
        return self._watched.get(symbol) or _Watched()

    def _on_universe(self, changed: UniverseChanged) -> None:
        for symbol in changed.added:
            self._watched.setdefault(symbol, _Watched())
        for symbol in changed.removed:
            self._watched.pop(symbol, None)

    def _on_bar(self, bar: BarClosed) -> None:
        watched = self._of(bar.symbol)
        watched.bar_close_ms = bar.close_ms
        if watched.news_ms is None or bar.close_ms >= watched.news_ms:
            watched.news_ms = bar.close_ms
            watched.price = bar.candle.close

    def _on_loss(self, stream: Stream) -> None:
        match stream:
            case Stream.PUBLIC:
                self._public_is_up = False
            case Stream.PRIVATE:
                self._private_is_up = False
            case _:
                assert_never(stream)

    def snapshot(self, now_ms: TimeMs) -> DashboardSnapshot:
        """Everything as it is known at ``now_ms``; rows in the order of the configuration, or in which they came."""
        rows = tuple(_row(symbol, watched, now_ms) for symbol, watched in self._watched.items())
        wallet_balance = None if self._equity is None else self._equity.wallet_balance
        unrealised_pnl = sum((row.unrealised_pnl for row in rows), ZERO)
        return DashboardSnapshot(
            now_ms=now_ms,
            rows=rows,
            wallet_balance=wallet_balance,
            equity=None if wallet_balance is None else wallet_balance + unrealised_pnl,
            unrealised_pnl=unrealised_pnl,
            open_risk=sum((row.open_risk for row in rows), ZERO),
            open_positions=sum(row.size != 0 for row in rows),
            net_pnl=self._net_pnl,
            trades=self._trades,
            wins=self._wins,
            public_is_up=self._public_is_up,
            private_is_up=self._private_is_up,
            is_trading=self._is_trading,
            halted=self._halted,
            account_state=self._account_state,
            coin=next(map(settle_coin, self._watched), "USDT"),
        )


def _row(symbol: Symbol, watched: _Watched, now_ms: TimeMs) -> SymbolRow:
    position, signal = watched.position, watched.signal
    price = None if watched.price is None else Decimal(repr(watched.price))
    size = ZERO if position is None else position.size
    entry_price, stop_price, target_price = ZERO, None, None
    if position is not None and size:
        entry_price, stop_price, target_price = position.entry_price, position.stop_price, position.target_price
    contract = contract_of(symbol)
    return SymbolRow(
        symbol=symbol,
        price=price,
        size=size,
        entry_price=entry_price,
        stop_price=stop_price,
        target_price=target_price,
        unrealised_pnl=ZERO if price is None or not size else contract.profit(size, entry_price, price),
        open_risk=open_risk(contract, size, entry_price, stop_price),
        signal=None if signal is None else signal.direction,
        signal_age_ms=None if signal is None else max(0, now_ms - signal.time_ms),
        refusal=watched.refusal,
        last_bar_close_ms=watched.bar_close_ms,
        last_fill_ms=watched.fill_ms,
        feed_age_ms=None if watched.news_ms is None else max(0, now_ms - watched.news_ms),
        entry="" if watched.plan is None else _progress(watched.plan),
    )


def _progress(plan: PlanChanged) -> str:
    ending = ", ending" if plan.state is PlanState.ENDING else ""
    return f"{plan.kind} {plain(plan.filled_qty)} of {plain(plan.qty)}{ending}"
