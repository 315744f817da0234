"""The part of the account that knows its money: the wallet, and the open profit of all positions."""

from collections.abc import Sequence
from decimal import Decimal

from bot.core.contract import NOTHING
from bot.core.guard_desk import GuardDesk
from bot.domain.address import Role, address_of
from bot.domain.contract import contract_of
from bot.domain.messages import EquityChanged, Message, PositionMarked, PositionsLoaded, WakeAt, WalletUpdate
from bot.domain.values import ZERO, TimeMs
from bot.risk.portfolio import Portfolio

EQUITY_EVERY_MS = 60_000
SETTLED_AFTER_MS = 1_000
"""News of one fill comes in several messages in any order: only together do wallet and open profit make sense."""


class AccountEquity:
    """Equity marked to the latest closed bars. Guards are told of it; they decide what it means.

    It is told with the time of what changed it, but only when nothing more can belong to that: told between the news of
    a wallet and that of its position it would count a profit twice or not at all.
    """

    def __init__(self, coin: str, portfolio: Portfolio, guards: GuardDesk, *, wakes: bool) -> None:
        """With ``wakes`` it asks to be woken to tell; without, it tells when the next news come."""
        self._coin = coin
        self._portfolio = portfolio
        self._guards = guards
        self._wakes = wakes
        self._marked_ms = TimeMs(0)
        self._untold: tuple[TimeMs, TimeMs] | None = None
        """The time that will be told, and when that became known."""
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
        if marked.time_ms - self._marked_ms < EQUITY_EVERY_MS:
            return looked
        self._marked_ms = marked.time_ms
        return (*looked, *self._changed(marked.time_ms, now_ms))

    def _changed(self, time_ms: TimeMs, now_ms: TimeMs) -> Sequence[Message]:
        self._untold = (time_ms, now_ms)
        return (WakeAt(address_of(Role.ACCOUNT), TimeMs(now_ms + SETTLED_AFTER_MS)),) if self._wakes else NOTHING

    def settled(self, now_ms: TimeMs) -> Sequence[Message]:
        """Before anything new is taken in: tell what has settled. The end of a run settles everything."""
        if self._untold is None or now_ms - self._untold[1] < SETTLED_AFTER_MS:
            return NOTHING
        return self.tell()

    def tell(self) -> Sequence[Message]:
        """Tell what is untold, settled or not."""
        if self._untold is None:
            return NOTHING
        (time_ms, _), self._untold = self._untold, None
        portfolio = self._portfolio
        return (
            EquityChanged(
                time_ms,
                self._balance,
                portfolio.unrealised_pnl,
                self.equity,
                portfolio.risk_of_positions,
                len(portfolio.holdings),
            ),
        )

    def on_positions(self, loaded: PositionsLoaded) -> None:
        """Marks of positions that no bar has marked yet."""
        for each in loaded.positions:
            holding = self._portfolio.holdings.get(each.symbol)
            if holding is not None and not holding.is_marked and each.mark_price is not None:
                open_pnl = contract_of(each.symbol).profit(holding.size, holding.entry_price, each.mark_price)
                self._portfolio.mark(each.symbol, each.mark_price, open_pnl)

    def on_wallet(self, update: WalletUpdate, now_ms: TimeMs) -> Sequence[Message] | None:
        """News of the wallet; None where they are older than what is known, or of another coin."""
        known = self.wallet
        if update.coin != self._coin or (known is not None and update.time_ms < known.time_ms):
            return None
        self.wallet = update
        self._portfolio.wallet_told()
        is_change = known is not None and known.wallet_balance != update.wallet_balance
        disturbed = self._guards.equity.wallet_changed(now_ms) if is_change else NOTHING
        untold = self._changed(update.time_ms, now_ms)
        if known is None:  # there is nothing yet that could belong to it
            untold = self.tell()
        return (*self._guards.confirm(update.equity, now_ms), *disturbed, *untold)
