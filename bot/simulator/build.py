"""The exchange that settings ask for."""

import logging
from datetime import UTC, datetime
from itertools import pairwise, takewhile
from pathlib import Path

from bot.simulator.core import ExchangeCore
from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.feeds.candles import CandleFeed
from bot.simulator.feeds.contract import MarketFeed
from bot.simulator.feeds.synthetic import SyntheticFeed
from bot.simulator.frames.capture import CaptureFeed
from bot.simulator.frames.frame_exchange import FrameExchange
from bot.simulator.frames.mirror_feed import MirrorFeed
from bot.simulator.frames.upstream_rest import UpstreamRest
from bot.simulator.numbers import ZERO
from bot.simulator.settings import SimulatorSettings

log = logging.getLogger(__name__)


def make_exchange(settings: SimulatorSettings) -> ExchangeCore:
    """An exchange at the start of its market. FeedError tells why its files can not be played."""
    match settings.feed:
        case "capture":
            return make_capture_exchange(settings)
        case "mirror":
            feed = MirrorFeed(UpstreamRest(settings.upstream.rest), settings.symbols)
            return FrameExchange(feed, _exchange_settings(settings))
        case _:
            return make_bar_exchange(settings)


def make_bar_exchange(settings: SimulatorSettings) -> Exchange:
    """An exchange whose market is made of bars: feed "synthetic" or "candles"."""
    exchange = Exchange(make_feed(settings), _exchange_settings(settings))
    exchange.detail = not settings.lockstep if settings.detail is None else settings.detail
    return exchange


def make_capture_exchange(settings: SimulatorSettings) -> FrameExchange:
    """An exchange that plays recorded frames: those before the start silently, none after the end."""
    feed, end_ms = CaptureFeed(Path(settings.folder or "."), settings.symbols), settings.end_ms
    frames = feed.frames()
    if end_ms is not None:
        frames = takewhile(lambda sent: sent.frame.ts_ms <= end_ms, frames)
    exchange = FrameExchange(feed, _exchange_settings(settings), frames)
    if settings.start_ms is not None:
        exchange.advance(settings.start_ms)
    return exchange


def _exchange_settings(settings: SimulatorSettings) -> ExchangeSettings:
    return ExchangeSettings(
        accounts=_accounts(settings),
        taker_fee_rate=settings.taker_fee_rate,
        maker_fee_rate=settings.maker_fee_rate,
        seed=settings.seed,
        detail_step_ms=_detail_step_ms(settings),
    )


def _accounts(settings: SimulatorSettings) -> tuple[AccountSeed, ...]:
    seeds = []
    for name, balances in settings.balances().items():
        coins = dict(balances)
        seeds.append(AccountSeed(name, coins.pop("USDT", ZERO), coins))
    return tuple(seeds)


def make_feed(settings: SimulatorSettings) -> MarketFeed:
    """The bars of feed "synthetic" or "candles". FeedError tells why its files can not be played."""
    start_ms, end_ms = settings.start_ms, settings.end_ms
    if settings.feed == "synthetic":
        return SyntheticFeed(settings.symbols, settings.seed, start_ms, end_ms)
    feed = CandleFeed(Path(settings.folder or "."), settings.symbols, start_ms, end_ms)
    for symbol in feed.symbols:
        _tell_holes(feed, symbol)
    return feed


def _tell_holes(feed: CandleFeed, symbol: str) -> None:
    """Warn of candles that are missing: in that time the symbol stands still, and strategies start afresh."""
    starts = feed.bars(symbol).start
    holes = [(after, before) for before, after in pairwise(starts) if after - before > feed.interval_ms]
    missing = sum((after - before) // feed.interval_ms - 1 for after, before in holes)
    if holes:
        first = datetime.fromtimestamp(holes[0][1] / 1000, UTC)
        log.warning("%s: %s candles are missing, the first after %s", symbol, f"{missing:,}", f"{first:%Y-%m-%d %H:%M}")


def _detail_step_ms(settings: SimulatorSettings) -> int:
    """As asked, else every market second, but not more than four times in a second however fast the market runs."""
    speed = settings.speed
    if settings.detail_step_ms is not None:
        return settings.detail_step_ms
    return 1000 if isinstance(speed, str) else max(1000, int(250 * speed))
