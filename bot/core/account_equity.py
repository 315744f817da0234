"""The part of the account that knows its money: the wallet, and the open profit of all positions."""

from collections.abc import Sequence
from decimal import Decimal

from bot.core.contract import NOTHING
from bot.core.guard_desk import GuardDesk
from bot.domain.contract import contract_of
from bot.domain.messages import EquityChanged, Message, PositionMarked, PositionsLoaded, WalletUpdate
from bot.domain.values import ZERO, TimeMs
from bot.risk.portfolio import Portfolio

EQUITY_EVERY_MS = 60_000


class AccountEquity:
    """Equity marked to the latest closed bars. Guards are told of it; they decide what it means."""

    def __init__(self, coin: str, portfolio: Portfolio, guards: GuardDesk) -> None:
        self._coin = coin
        self._portfolio = portfolio
        self._guards = guards
        self._told_ms = TimeMs(0)
        self.wallet: WalletUpdate | None = None

    @property
    def equity(self) -> Decimal:
        """Wallet balance and open profit, in the settle coin; 0 before the wallet is known."""
        return self._balance + self._portfolio.unrealised_pnl

    @property
    def _balance(self) -> Decimal:
        return ZERO if self.wallet is None else self.wallet.wallet_balance

    def look(self, now_ms: TimeMs, *, is_open: bool) -> Sequence[Message]:
        """Let guards look at the equity, if the account is open and all of it is known."""
        if self.wallet is None or not is_open or self._portfolio.unmarked:
            return NOTHING
        return self._guards.look(self.equity, self.wallet.time_ms, now_ms)

    def on_mark(self, marked: PositionMarked, now_ms: TimeMs, *, is_open: bool) -> Sequence[Message]:
        """The close of a bar of a symbol with a position."""
        if not self._portfolio.mark(marked.symbol, marked.price, marked.unrealised_pnl):
            return NOTHING
        looked = self.look(now_ms, is_open=is_open)
        if marked.time_ms - self._told_ms < EQUITY_EVERY_MS:
            return looked
        return (*looked, self._tell(marked.time_ms))

    def on_positions(self, loaded: PositionsLoaded) -> None:
        """Marks of positions that no bar has marked yet."""
        for each in loaded.positions:
            holding = self._portfolio.holdings.get(each.symbol)
            if holding is not None and not holding.is_marked and each.mark_price is not None:
                open_pnl = contract_of(each.symbol).profit(holding.size, holding.entry_price, each.mark_price)
                self._portfolio.mark(each.symbol, each.mark_price, open_pnl)

    def on_wallet(self, update: WalletUpdate, now_ms: TimeMs) -> Sequence[Message]:
        """News of the wallet; nothing where they are older than what is known, or of another coin."""
        known = self.wallet
        if update.coin != self._coin or (known is not None and update.time_ms < known.time_ms):
            return NOTHING
        self.wallet = update
        self._portfolio.wallet_told()
        is_change = known is not None and known.wallet_balance != update.wallet_balance
        disturbed = self._guards.equity.wallet_changed(now_ms) if is_change else NOTHING
        return (*self._guards.confirm(update.equity, now_ms), *disturbed, self._tell(update.time_ms))

    def _tell(self, time_ms: TimeMs) -> EquityChanged:
        self._told_ms = time_ms
        portfolio = self._portfolio
        return EquityChanged(
            time_ms,
            self._balance,
            portfolio.unrealised_pnl,
            self.equity,
            portfolio.risk_of_positions,
            len(portfolio.holdings),
        )
