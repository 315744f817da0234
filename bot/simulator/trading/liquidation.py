"""Liquidation: whose margin is used up, and when (Bybit help centre, liquidation process)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.walk import Levels
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account
from bot.simulator.trading.forced_close import ForcedClose, OrderDesk
from bot.simulator.trading.ledger import Ledger
from bot.simulator.trading.margin import Margin
from bot.simulator.trading.outbox import Outbox
from bot.simulator.trading.position import Position
from bot.simulator.trading.spare import SpareWatch, spare_of

PREPARE_LIQUIDATION = "CancelAllBeforeLiq"


@dataclass(slots=True)
class Liquidator:
    """Watches the margins of accounts; all that it does is told to the outbox.

    An account in cross margin is liquidated when its maintenance margin reaches its equity, a position in isolated
    margin when the mark price reaches its liquidation price. First the open orders go. If that is not enough, the
    position that ties up most is sold into the book down to the next lower risk tier, again and again; in the
    lowest tier it is taken over at the bankruptcy price. The insurance fund gets what the market pays beyond that
    price and pays what is missing; when it is empty, positions of other accounts on the other side are closed at
    that price, the most profitable first.

    Margins are worked out exactly when the mark price has used up three quarters of what an account had to spare when
    it was last looked at, so again and again on the way to the liquidation price; and when, at the close of a bar,
    what all positions have lost together comes to a quarter. Positions of one account that fall together inside one
    bar may therefore be found at its end only.
    """

    markets: Mapping[str, SymbolMarket]
    margin: Margin
    ledger: Ledger
    outbox: Outbox
    desk: OrderDesk
    force: ForcedClose
    _watches: dict[Account | Position, SpareWatch] = field(default_factory=dict)
    _shown: dict[Position, SpareWatch] = field(default_factory=dict)
    """What the levels of a position's market, as they are watched now, were made from."""

    def mark_levels(self, market: SymbolMarket) -> Levels:
        """The nearest mark prices (ticks) at which margins in this market must be looked at."""
        falls: list[int] = []
        rises: list[int] = []
        for account, position in self.force.held_in(market):
            watch = self._shown[position] = self._watch(account, position)
            level = watch.level_of(market.id, position.idx)
            if level is not None:
                (falls if position.size > 0 else rises).append(level)
        return Levels(max(falls, default=None), min(rises, default=None))

    def check(self, market: SymbolMarket) -> bool:
        """Liquidate who must be, among those with a position in this market.

        Returns whether anybody was, or margins were worked out anew and `mark_levels` may differ.
        """
        looked = False
        for account, position in tuple(self.force.held_in(market)):
            if not position.size:  # the liquidation of another has closed it
                continue
            watch = self._watch(account, position)
            looked = looked or self._shown.get(position) is not watch
            if watch.is_safe(account.version):
                continue
            del self._watches[_watched(account, position)]
            looked = True
            if self._is_due(account, position):
                self.liquidate(account, position if account.isolated else None)
        return looked

    def liquidate(self, account: Account, only: Position | None = None, *, forced: bool = False) -> None:
        """Liquidate one isolated position, or an account in cross margin until it is covered again.

        Args:
            account: whose positions.
            only: the isolated position; None = the account.
            forced: go on until nothing is left, however well it is covered.
        """
        self._cancel_orders(account, only)
        while True:
            position = only if only is not None else self._heaviest(account)
            if position is None or not position.size:
                break
            market = self.markets[position.market_id]
            if not forced and not self._is_due(account, position):
                return
            position.status = "Liq"
            if forced or not self.force.reduce(account, position, market):
                self.force.take_over(account, position, market)
            position.status = "Normal"
        self._cover_debt(account)

    def _watch(self, account: Account, position: Position) -> SpareWatch:
        """What is known about the account (isolated: the position); worked out anew where it is out of date."""
        key = _watched(account, position)
        watch = self._watches.get(key)
        if watch is None or watch.version != account.version:
            positions = [position] if account.isolated else list(account.held())
            watch = self._watches[key] = SpareWatch.of(account, positions, self.markets, self.margin)
        return watch

    def _is_due(self, account: Account, position: Position) -> bool:
        return spare_of(account, position, self.margin) <= 0

    def _heaviest(self, account: Account) -> Position | None:
        def weight(position: Position) -> Decimal:
            exposure = self.margin.exposure(account, position)
            return exposure.maintenance * self.margin.usd_price(position.coin)

        return max(account.held(), key=weight, default=None)

    def _cancel_orders(self, account: Account, only: Position | None) -> None:
        """The open orders of the account (isolated: of the symbol), those that wait for a trigger included.

        Stops of positions go with their positions.
        """
        for order in tuple(account.open_orders.values()):
            mine = only is None or order.market_id == only.market_id
            if mine and order.is_open and not order.is_guard:
                self.desk.end(account, order, cancel_type=PREPARE_LIQUIDATION)
                self.desk.settle(account, order)

    def _cover_debt(self, account: Account) -> None:
        """What an account owes without a position left, the insurance fund pays."""
        if any(account.held()):
            return
        for coin, purse in account.coins.items():
            if purse.wallet < 0 and self.margin.summary(account).wallet < ZERO:
                self.ledger.insure(account, coin, purse.wallet)
                self.outbox.wallet(account, coin)


def _watched(account: Account, position: Position) -> Account | Position:
    return position if account.isolated else account
