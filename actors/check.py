"""Whether a configured venue can be traded on, found out without trading."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from actors.venue import CLOSE_S, Venue, open_venue
from bot.bybit.outcomes import QueryFailedError
from bot.bybit.pybit_session import PybitSession
from bot.bybit.queries import Queries
from bot.config.models import Config
from bot.core.make import CoreMaker, universe_rules
from bot.domain.errors import UserError
from bot.domain.messages import FetchContracts, FetchInstrument, FetchTickers, FetchWallet
from bot.domain.values import TimeMs
from bot.market.universe import choose


def check_venue(config: Config) -> Iterator[str]:
    """Yield one line for everything that is in order. Raises UserError at the first thing that is not. Blocks."""
    CoreMaker(config, epoch=1)  # makes every strategy once, so wrong parameters show
    yield "strategies: parameters are valid"
    with tempfile.TemporaryDirectory(prefix="check-") as state_dir:
        venue = open_venue(config, "check", Path(state_dir))
        try:
            yield from _check_connection(config, venue)
        finally:
            venue.close(CLOSE_S)


def _check_connection(config: Config, venue: Venue) -> Iterator[str]:
    session = PybitSession(venue.endpoints, venue.credentials, config.execution.request_timeout_ms / 1000)
    queries = Queries(session, config.venue.category)
    kind = config.venue.kind
    yield f"{kind}: answers"
    try:
        if config.universe.kind == "rules":
            yield from _choice(config, queries, venue.clock.now_ms())
        for symbol in config.fixed_symbols:
            rules = queries.instrument(FetchInstrument(symbol)).instrument
            yield f"{symbol}: {rules.status}, tick {rules.tick_size}, smallest order {rules.min_order_qty}"
        wallet = queries.wallet(FetchWallet(config.settle_coin), TimeMs(0))
    except QueryFailedError as error:
        raise UserError(f"{kind}: {error.text} (code {error.code})") from None
    finally:
        session.close()
    yield f"keys: accepted; wallet {wallet.wallet_balance} {config.settle_coin}"


def _choice(config: Config, queries: Queries, now_ms: TimeMs) -> Iterator[str]:
    """Which symbols the rules would choose now, and of all others of the right kind why not."""
    tickers, contracts = queries.tickers(FetchTickers()), queries.contracts(FetchContracts())
    choice = choose(tickers.rows, contracts.rows, universe_rules(config.universe), (), now_ms)
    yield f"universe: {len(choice.symbols)} symbols chosen: {', '.join(choice.symbols)}"
    for symbol, reason in choice.left_out:
        yield f"universe: {symbol} {reason}"
