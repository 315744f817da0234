"""Whether a configured venue can be traded on, found out without trading."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from actors.venue import CLOSE_S, Venue, open_venue
from bot.bybit.outcomes import QueryFailedError
from bot.bybit.pybit_session import PybitSession
from bot.bybit.queries import Queries
from bot.config.models import Config
from bot.core.make import SETTLE_COIN, CoreMaker
from bot.domain.errors import UserError
from bot.domain.messages import FetchInstrument, FetchWallet
from bot.domain.values import TimeMs


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
    queries = Queries(session)
    kind = config.venue.kind
    yield f"{kind}: answers"
    try:
        for symbol in config.symbol_names:
            rules = queries.instrument(FetchInstrument(symbol)).instrument
            yield f"{symbol}: {rules.status}, tick {rules.tick_size}, smallest order {rules.min_order_qty}"
        wallet = queries.wallet(FetchWallet(SETTLE_COIN), TimeMs(0))
    except QueryFailedError as error:
        raise UserError(f"{kind}: {error.text} (code {error.code})") from None
    finally:
        session.close()
    yield f"keys: accepted; wallet {wallet.wallet_balance} {SETTLE_COIN}"
