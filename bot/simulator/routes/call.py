"""One request on its way to the function that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from bot.simulator.instruments import CATEGORIES, Category
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.routes.params import Params, Refused, invalid
from bot.simulator.state import ExchangeState
from bot.simulator.trading.account import Account
from bot.simulator.trading.position import HEDGE_BUY, HEDGE_SELL, ONE_WAY, Position

CATEGORY = "linear"
CONTRACTS: tuple[Category, ...] = ("linear", "inverse")


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

    def category(self, default: Category | None = None, choices: tuple[Category, ...] = CATEGORIES) -> Category:
        """The category asked for; there are no options here."""
        return cast("Category", self.params.choice("category", choices, default))

    def listed_category(self) -> str:
        """The category of a list; that of options is always empty, but clients ask for it."""
        return self.params.choice("category", (*CATEGORIES, "option"))

    def check_category(self, default: Category | None = None) -> None:
        """Refuse a request that names no category, or one there is none of."""
        self.category(default)

    def market(self) -> SymbolMarket:
        """The market named by `category` and `symbol`, which must be given."""
        market = self.state.market(self.params.text("category") or "linear", self.params.text("symbol"))
        if market is None:
            raise invalid("Not supported symbols" if self.params.has("symbol") else "symbol params err")
        return market

    def markets(self) -> list[SymbolMarket]:
        """The market named by `symbol`, or all of the category."""
        if self.params.has("symbol"):
            return [self.market()]
        category = self.params.text("category") or "linear"
        return [each for each in self.state.markets.values() if each.category == category]

    def chosen(self, *, needed: bool) -> dict[str, SymbolMarket]:
        """Markets of the category by id, chosen by symbol, baseCoin or settleCoin, in that order of priority.

        Raises:
            Refused: none of them is given although one is `needed`.
        """
        base_coin, settle_coin = self.params.text("baseCoin"), self.params.text("settleCoin")
        by_symbol = self.params.has("symbol")
        if needed and not (by_symbol or base_coin or settle_coin):
            raise invalid("Missing some parameters that must be filled in, symbol or settleCoin or baseCoin")
        markets = self.markets()
        if base_coin and not by_symbol:
            markets = [each for each in markets if each.instrument.base_coin == base_coin]
        elif settle_coin and not by_symbol:
            markets = [each for each in markets if each.instrument.settle_coin == settle_coin]
        return {each.id: each for each in markets}

    def position(self, market: SymbolMarket) -> Position:
        """The position of the caller that `positionIdx` names; it must fit the mode of the symbol."""
        idx = self.params.integer("positionIdx") or ONE_WAY
        hedged = market.id in self.account.hedged
        if idx not in ((HEDGE_BUY, HEDGE_SELL) if hedged else (ONE_WAY,)):
            raise invalid("position idx not match position mode")
        return self.account.position(market.instrument, idx)


class Answer(NamedTuple):
    """What an endpoint answers that fills `retExtInfo` too."""

    result: dict[str, Any]
    ext_info: dict[str, Any]


type Handler = Callable[[Call], dict[str, Any] | Answer]
