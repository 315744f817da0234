"""Everything the exchange is made of, as the endpoints see it."""

from dataclasses import dataclass

from bot.simulator.exchange_settings import ExchangeSettings
from bot.simulator.ids import Ids
from bot.simulator.instruments import market_id
from bot.simulator.market.book import Book
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.trading.account import Account
from bot.simulator.trading.desk import Counter, Desk
from bot.simulator.trading.forced_close import ForcedClose
from bot.simulator.trading.house import House
from bot.simulator.trading.ledger import Ledger
from bot.simulator.trading.liquidation import Liquidator
from bot.simulator.trading.margin import Margin
from bot.simulator.trading.outbox import Outbox

FIRST_UID = 100_000_001


@dataclass(frozen=True, slots=True)
class ExchangeState:
    """The parts of one exchange; they change, their arrangement does not."""

    settings: ExchangeSettings
    clock: MarketClock
    markets: dict[str, SymbolMarket]
    books: dict[str, Book]
    accounts: dict[str, Account]
    margin: Margin
    ids: Ids
    outbox: Outbox
    ledger: Ledger
    desk: Desk
    liquidator: Liquidator

    def market(self, category: str, symbol: str) -> SymbolMarket | None:
        """The market of a V5 category and symbol; None = there is none."""
        market = self.markets.get(market_id(category, symbol))
        return market if market is not None and market.instrument.category == category else None


def make_state(
    settings: ExchangeSettings,
    clock: MarketClock,
    markets: dict[str, SymbolMarket],
    books: dict[str, Book] | None = None,
) -> ExchangeState:
    """Put an exchange together around its markets; without `books` they get one that is made up."""
    if books is None:
        books = {symbol: Book(market, settings.seed) for symbol, market in markets.items()}
    counters = {symbol: Counter(market, books[symbol]) for symbol, market in markets.items()}
    accounts = {
        seed.id: Account.with_coins(
            seed.id, FIRST_UID + number, {"USDT": seed.starting_balance, **seed.coins}, clock.now_ms
        )
        for number, seed in enumerate(settings.accounts)
    }
    margin = Margin(markets, settings.taker_fee_rate)
    ids = Ids(settings.seed)
    outbox = Outbox(clock, ids, margin)
    ledger = Ledger(House(), ids, accounts)
    for coin in sorted({market.instrument.settle_coin for market in markets.values()}):
        ledger.house.insurance[coin] += settings.insurance
        ledger.house.deposits[coin] += settings.insurance
    desk = Desk(counters, accounts, settings, ids, outbox, ledger, margin)
    force = ForcedClose(accounts, books, margin, ledger, ids, outbox, desk)
    liquidator = Liquidator(markets, margin, ledger, outbox, desk, force)
    desk.guard = liquidator
    return ExchangeState(settings, clock, markets, books, accounts, margin, ids, outbox, ledger, desk, liquidator)
