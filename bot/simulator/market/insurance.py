"""The insurance fund as everybody sees it: one pool per settle coin."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO

PNL_RATIO, ADL_STOP_RATIO, ADL_THRESHOLD = -0.3, -0.25, 10_000
"""Bybit's rule (help centre, auto-deleveraging): begin below the first, stop above the second."""
INVERSE = "inverse"


class InsurancePools:
    """Pools by settle coin; the topics call those of all inverse contracts together "inverse".

    `funds` is the house's own account of them; nothing here changes it.
    """

    def __init__(self, markets: Iterable[SymbolMarket], funds: Mapping[str, Decimal]) -> None:
        self._funds = funds
        self._symbols: dict[str, list[str]] = {}
        self._inverse: set[str] = set()
        self._highest: dict[str, Decimal] = {}
        for market in markets:
            if market.category == "spot":
                continue
            coin = market.instrument.settle_coin
            self._symbols.setdefault(coin, []).append(market.symbol)
            if market.category == INVERSE:
                self._inverse.add(coin)

    def coins(self, name: str = "") -> list[str]:
        """The settle coins that a name stands for: "USDT", "inverse", a coin; "" = all."""
        if name == INVERSE:
            return sorted(self._inverse)
        return [coin for coin in self._symbols if name in {"", coin}]

    def balances(self, name: str = "") -> dict[str, Decimal]:
        """What the pools of a name hold."""
        return {coin: self._balance(coin) for coin in self.coins(name)}

    def symbols(self, coin: str) -> list[str]:
        """The contracts that a pool stands in for."""
        return self._symbols[coin]

    def highest(self, coin: str) -> Decimal:
        """The most that a pool has held when somebody looked."""
        self._balance(coin)
        return self._highest[coin]

    def drawdown(self, coin: str) -> float:
        """How far a pool is below its highest, as a fraction (0 or negative)."""
        highest = self.highest(coin)
        return round(float((self._balance(coin) - highest) / highest), 6) if highest > 0 else 0.0

    def _balance(self, coin: str) -> Decimal:
        amount = self._funds.get(coin, ZERO)
        self._highest[coin] = max(self._highest.get(coin, amount), amount)
        return amount
