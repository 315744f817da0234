"""Everything the exchange is made of, as the endpoints see it."""

from dataclasses import dataclass

from bot.simulator.exchange_settings import ExchangeSettings
from bot.simulator.ids import Ids
from bot.simulator.market.book import Book
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.trading.account import Account
from bot.simulator.trading.desk import Counter, Desk
from bot.simulator.trading.margin import Margin
from bot.simulator.trading.outbox import Outbox


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
    desk: Desk


def make_state(settings: ExchangeSettings, clock: MarketClock, markets: dict[str, SymbolMarket]) -> ExchangeState:
    """Put an exchange together around its markets."""
    books = {symbol: Book(market, settings.seed) for symbol, market in markets.items()}
    counters = {symbol: Counter(market, books[symbol]) for symbol, market in markets.items()}
    accounts = {seed.id: Account(seed.id, seed.starting_balance, clock.now_ms) for seed in settings.accounts}
    margin = Margin(markets, settings.taker_fee_rate)
    ids = Ids(settings.seed)
    outbox = Outbox(clock, ids, margin)
    desk = Desk(counters, accounts, settings, ids, outbox)
    return ExchangeState(settings, clock, markets, books, accounts, margin, ids, outbox, desk)
