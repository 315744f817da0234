"""What only the venue can do to accounts: a test or an operator asks for it through the control port."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.simulator.errors import SimulatorError
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.trading.account import Account
from bot.simulator.trading.ledger import Ledger
from bot.simulator.trading.liquidation import Liquidator
from bot.simulator.trading.outbox import Outbox
from bot.simulator.trading.position import Position

BY_SETTLEMENT = "CancelBySettle"


@dataclass(frozen=True, slots=True)
class Interventions:
    """Each raises SimulatorError, with nothing changed, if it makes no sense; each is told to the outbox."""

    accounts: Mapping[str, Account]
    markets: Mapping[str, SymbolMarket]
    ledger: Ledger
    liquidator: Liquidator
    outbox: Outbox

    def deposit(self, account_id: str, coin: str, amount: Decimal) -> None:
        """Put money into the unified wallet from outside, or take it out (negative)."""
        account = self._account(account_id)
        held = account.coins.get(coin)
        if not amount or not amount.is_finite():
            raise SimulatorError(f"amount: {amount} is nothing to move")
        if amount < 0 and (held is None or held.wallet + amount < 0):
            raise SimulatorError(f"amount: {account_id} does not have {-amount} {coin}")
        kind = "TRANSFER_IN" if amount > 0 else "TRANSFER_OUT"
        self.ledger.move(account, coin, amount, kind, self._now_ms())
        self.liquidator.desk.watch_margins(account)
        self.outbox.wallet(account, coin)

    def liquidate(self, account_id: str, market_id: str | None = None, idx: int = 0) -> None:
        """Take over a position at its bankruptcy price, or all of the account's, however well they are covered."""
        account = self._account(account_id)
        if market_id is None:
            if not any(account.held()):
                raise SimulatorError(f"account: {account_id} holds nothing")
            self.liquidator.liquidate(account, forced=True)
            return
        self.liquidator.liquidate(account, self._held(account, market_id, idx), forced=True)

    def deleverage(self, account_id: str, market_id: str, idx: int = 0, qty: Decimal | None = None) -> None:
        """Close a position or a part of it at the mark price, as automatic deleveraging does."""
        account = self._account(account_id)
        position = self._held(account, market_id, idx)
        market = self.markets[market_id]
        wanted = abs(position.size) if qty is None else qty
        if not 0 < wanted <= abs(position.size) or wanted % market.instrument.qty_step:
            raise SimulatorError(f"qty: {wanted} is no part of a position of {abs(position.size)}")
        price = max(market.mark_ticks, 1) * market.instrument.tick_size
        self.liquidator.force.deleverage(account, position, market, wanted, price, with_street=True)

    def settle_market(self, market_id: str) -> None:
        """End a market: its orders are cancelled and its positions are settled at the index price."""
        market = self._market(market_id)
        desk = self.liquidator.desk
        price = max(market.index_ticks, 1) * market.instrument.tick_size
        for account in self.accounts.values():
            for order in account.open_in(market_id):
                if order.is_open and not order.is_guard:
                    desk.end(account, order, cancel_type=BY_SETTLEMENT)
                    desk.settle(account, order)
            if market.category != "spot":
                for position in account.positions_in(market.instrument):
                    if position.size:
                        self.liquidator.force.settle(account, position, market, price)

    def cancel_orders(self, account_id: str, category: str, cancel_type: str) -> None:
        """Cancel every open order of an account in a category."""
        self.liquidator.desk.cancel_everything(self._account(account_id), cancel_type, category)

    def set_insurance(self, coin: str, amount: Decimal) -> None:
        """Fill or drain the insurance fund: an empty one makes liquidations deleverage others."""
        house = self.ledger.house
        house.deposits[coin] += amount - house.insurance[coin]
        house.insurance[coin] = amount

    def _account(self, account_id: str) -> Account:
        account = self.accounts.get(account_id)
        if account is None:
            raise SimulatorError(f"account: there is no {account_id!r}")
        return account

    def _market(self, market_id: str) -> SymbolMarket:
        market = self.markets.get(market_id)
        if market is None:
            raise SimulatorError(f"market: there is no {market_id!r}")
        return market

    def _held(self, account: Account, market_id: str, idx: int) -> Position:
        self._market(market_id)
        position = account.positions.get((market_id, idx))
        if position is None or not position.size:
            raise SimulatorError(f"market: {account.id} holds nothing in {market_id} (position {idx})")
        return position

    def _now_ms(self) -> int:
        return next(iter(self.markets.values())).clock.now_ms
