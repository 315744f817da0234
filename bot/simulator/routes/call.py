"""One request on its way to the function that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.routes.params import Params, Refused, invalid
from bot.simulator.state import ExchangeState
from bot.simulator.trading.account import Account

CATEGORY = "linear"
SETTLE_COIN = "USDT"


@dataclass(frozen=True, slots=True)
class Call:
    """A request: the exchange it is for, its parameters and who asks (None = not authenticated)."""

    state: ExchangeState
    params: Params
    caller: Account | None = None

    @property
    def account(self) -> Account:
        """Who asks; only private endpoints may ask this."""
        if self.caller is None:
            raise Refused(10003, "API key is invalid.")
        return self.caller

    @property
    def now_ms(self) -> int:
        return self.state.clock.now_ms

    def check_category(self, default: str | None = None) -> None:
        """Only linear contracts are traded here."""
        self.params.choice("category", (CATEGORY,), default)

    def check_position_idx(self) -> None:
        """One-way mode has one position per symbol, number 0."""
        if self.params.integer("positionIdx"):
            raise invalid("position idx not match position mode")

    def market(self) -> SymbolMarket:
        """The market named by `symbol`, which must be given."""
        market = self.state.markets.get(self.params.text("symbol"))
        if market is None:
            raise invalid("Not supported symbols" if self.params.has("symbol") else "symbol params err")
        return market

    def markets(self) -> list[SymbolMarket]:
        """The market named by `symbol`, or all."""
        return [self.market()] if self.params.has("symbol") else list(self.state.markets.values())

    def chosen_symbols(self, *, needed: bool) -> set[str]:
        """Symbols chosen by symbol, baseCoin or settleCoin, in that order of priority.

        Raises:
            Refused: none of them is given although one is `needed`.
        """
        base_coin, settle_coin = self.params.text("baseCoin"), self.params.text("settleCoin")
        if needed and not (self.params.has("symbol") or base_coin or settle_coin):
            raise invalid("Missing some parameters that must be filled in, symbol or settleCoin or baseCoin")
        markets = self.markets()
        if base_coin and not self.params.has("symbol"):
            return {each.symbol for each in markets if each.instrument.base_coin == base_coin}
        if settle_coin not in {"", SETTLE_COIN} and not self.params.has("symbol"):
            return set()
        return {each.symbol for each in markets}


type Handler = Callable[[Call], dict[str, Any]]
