"""The open profit of positions that are not the bot's: the exchange counts it into the equity that it reports."""

from collections.abc import Collection
from decimal import Decimal

from bot.domain.contract import contract_of
from bot.domain.messages import PositionsLoaded
from bot.domain.values import ZERO, Side, Symbol, TimeMs

NEWS_WITHIN_MS = 3_000
"""A position of the bot's own may be seen for so long before, or after, its fill is in the books."""


class ForeignPositions:
    """What the account holds in symbols in which the bot has nothing, as the regular look at all positions shows it."""

    def __init__(self, held: Collection[Symbol]) -> None:
        """``held`` is a live view of the symbols in which the bot has a position."""
        self._held = held
        self._filled_ms: dict[Symbol, TimeMs] = {}
        self._open_pnl: dict[Symbol, Decimal] = {}
        self.are_known = False

    @property
    def open_pnl(self) -> Decimal:
        """In the settle coin, at the mark prices of the last look."""
        return sum((pnl for symbol, pnl in self._open_pnl.items() if symbol not in self._held), ZERO)

    def filled(self, symbol: Symbol, now_ms: TimeMs) -> None:
        """The bot itself has traded there."""
        self._filled_ms[symbol] = now_ms
        self._open_pnl.pop(symbol, None)

    def see(self, loaded: PositionsLoaded) -> None:
        """Take in all positions of the account."""
        self.are_known = True
        self._open_pnl.clear()
        for each in loaded.positions:
            filled_ms = self._filled_ms.get(each.symbol)
            is_own = each.symbol in self._held or (
                filled_ms is not None and loaded.asked_ms - filled_ms <= NEWS_WITHIN_MS
            )
            if is_own or each.side is None or not each.mark_price or not each.entry_price:
                continue
            size = each.size if each.side is Side.BUY else -each.size
            pnl = contract_of(each.symbol).profit(size, each.entry_price, each.mark_price)
            self._open_pnl[each.symbol] = self._open_pnl.get(each.symbol, ZERO) + pnl
