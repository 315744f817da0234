"""One request on its way to the function that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.routes.params import Params, invalid
from bot.simulator.state import ExchangeState

CATEGORY = "linear"


@dataclass(frozen=True, slots=True)
class Call:
    """A request: the exchange it is for and its parameters."""

    state: ExchangeState
    params: Params

    def check_category(self, default: str | None = None) -> None:
        """Only linear contracts are traded here."""
        self.params.choice("category", (CATEGORY,), default)

    def market(self) -> SymbolMarket:
        """The market named by `symbol`, which must be given."""
        market = self.state.markets.get(self.params.text("symbol"))
        if market is None:
            raise invalid("Not supported symbols" if self.params.has("symbol") else "symbol params err")
        return market

    def markets(self) -> list[SymbolMarket]:
        """The market named by `symbol`, or all."""
        return [self.market()] if self.params.has("symbol") else list(self.state.markets.values())


type Handler = Callable[[Call], dict[str, Any]]
