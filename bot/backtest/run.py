"""One backtest: exchange, replay, database and books."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from bot.backtest.replay import Progress, Replay
from bot.config.models import Config
from bot.domain.errors import UserError
from bot.domain.messages import RunSummary
from bot.simulator.build import make_bar_exchange
from bot.simulator.errors import SimulatorError
from bot.simulator.exchange import Exchange
from bot.simulator.settings import SimulatorSettings
from bot.storage.reading import LedgerReader
from bot.storage.store import SqliteStore
from bot.venue.simulator_settings import ACCOUNT, simulator_settings, with_detail

DAY_MS = 86_400_000
SYNTHETIC_DAYS = 7


class BacktestResult(msgspec.Struct, frozen=True):
    """What a backtest came to; ``books`` is the exchange's own ledger, ``seconds`` the time of the replay alone."""

    summary: RunSummary
    books: Mapping[str, Any]
    bars: int
    seconds: float


def backtest(config: Config, database: Path, run_id: str, tell: Progress, *, explains: bool = False) -> BacktestResult:
    """Replay the configured feed from its start to its end and write orders, fills and trades to ``database``.

    With ``explains`` what was made of every bar is written too. A synthetic market never ends: a week of it is played.
    UserError if the feed can not be played.
    """
    exchange = make_exchange(config)
    store = SqliteStore(database, run_id, run_id, durable=False)
    try:
        replay = Replay(config, exchange, ACCOUNT, store, run_id, explains=explains)
        began_s = time.perf_counter()
        replay.run(tell)
        seconds = time.perf_counter() - began_s
    finally:
        store.close()
    reader = LedgerReader(database, run_id)
    try:
        summary = reader.summary()
    finally:
        reader.close()
    return BacktestResult(summary, exchange.books(ACCOUNT), replay.bars, seconds)


def make_exchange(config: Config, end_ms: int | None = None) -> Exchange:
    """The exchange with the configured market, up to ``end_ms`` if that is given. UserError if it can not be played."""
    try:
        settings = market_settings(config)
        return make_bar_exchange(settings if end_ms is None else msgspec.structs.replace(settings, end=end_ms))
    except SimulatorError as error:
        raise UserError(str(error)) from None


def market_settings(config: Config) -> SimulatorSettings:
    """Settings of the exchange for a backtest: an invented market ends after a week."""
    settings = with_detail(config, simulator_settings(config))
    if settings.feed != "synthetic" or settings.start_ms is None:
        return settings
    return msgspec.structs.replace(settings, end=settings.start_ms + SYNTHETIC_DAYS * DAY_MS)
