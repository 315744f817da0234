"""The simulated exchange that a configuration asks for, as a child process or in the same one."""

from decimal import Decimal
from pathlib import Path

import msgspec

from bot.config.models import Config
from bot.config.simulator import CandlesFeed, SyntheticFeed
from bot.core.make import needs_detail
from bot.simulator.settings import SimulatorSettings
from bot.simulator.settings_parts import UpstreamSettings

ACCOUNT = "main"


def simulator_settings(config: Config, books: Path | None = None) -> SimulatorSettings:
    """Settings of the exchange for ``config.simulator`` and the configured symbols.

    ``books`` is the file that gets the exchange's own ledger when it ends.
    """
    wanted = config.simulator
    settings = SimulatorSettings(
        symbols=tuple(dict.fromkeys((*config.symbol_names, *wanted.symbols))),
        speed=wanted.speed,
        balance=wanted.starting_balance_quote if config.settle_coin == "USDT" else Decimal(0),
        accounts={} if config.settle_coin == "USDT" else {ACCOUNT: {config.settle_coin: _balance(config)}},
        taker_fee_rate=wanted.taker_fee_rate,
        maker_fee_rate=wanted.maker_fee_rate,
        port=wanted.port,
        control_port=wanted.control_port,
        account=ACCOUNT,
        books=None if books is None else str(books),
        ack_delay_ms=0 if wanted.speed == "lockstep" else wanted.ack_delay_ms,
    )
    if wanted.speed == "lockstep":
        settings = with_detail(config, settings)
    return _with_feed(settings, wanted.feed)


def _balance(config: Config) -> Decimal:
    wanted = config.simulator
    is_base = config.venue.category == "inverse"
    return wanted.starting_balance_base if is_base else wanted.starting_balance_quote


def with_detail(config: Config, settings: SimulatorSettings) -> SimulatorSettings:
    """A market that is replayed: what happens inside bars is played only if a strategy looks there."""
    return msgspec.structs.replace(
        settings, detail=needs_detail(config), detail_step_ms=config.simulator.detail_step_ms
    )


def paper_settings(config: Config, books: Path | None = None) -> SimulatorSettings:
    """The same exchange with the live market of ``config.simulator.upstream`` instead of a feed of its own."""
    upstream = config.simulator.upstream
    return msgspec.structs.replace(
        simulator_settings(config, books),
        feed="mirror",
        folder=None,
        start=None,
        end=None,
        speed=upstream.speed,
        upstream=UpstreamSettings(rest=upstream.rest, ws=upstream.ws),
        ack_delay_ms=config.simulator.ack_delay_ms,
    )


def _with_feed(settings: SimulatorSettings, feed: SyntheticFeed | CandlesFeed) -> SimulatorSettings:
    if isinstance(feed, SyntheticFeed):
        return msgspec.structs.replace(settings, feed="synthetic", seed=feed.seed, start=feed.start_ms)
    return msgspec.structs.replace(settings, feed="candles", folder=feed.folder, start=feed.start_ms, end=feed.end_ms)
