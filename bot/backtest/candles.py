"""The candles that a backtest was played over, made again from its configuration."""

from collections.abc import Iterable, Mapping, Sequence

from bot.backtest.run import market_settings
from bot.config.models import Config
from bot.domain.errors import UserError
from bot.domain.values import Symbol
from bot.report.candles import Candle
from bot.simulator.build import make_feed
from bot.simulator.errors import SimulatorError
from bot.simulator.feeds.contract import MarketFeed


def candles_of(
    config: Config, symbols: Iterable[Symbol], start_ms: int, end_ms: int
) -> Mapping[Symbol, Sequence[Candle]]:
    """The candles of ``config.simulator.feed`` that begin from ``start_ms`` up to ``end_ms``.

    Empty for symbols that the feed does not have. UserError if it can not be played.
    """
    try:
        feed = make_feed(market_settings(config))
        while _last_ms(feed) < end_ms and feed.extend():
            pass
    except SimulatorError as error:
        raise UserError(str(error)) from None
    found: dict[Symbol, Sequence[Candle]] = {}
    for symbol in symbols:
        if symbol in feed.symbols:
            bars = feed.bars(symbol)
            columns = zip(bars.start, bars.open, bars.high, bars.low, bars.close, strict=True)
            found[symbol] = [Candle(*row) for row in columns if start_ms <= row[0] < end_ms]
    return found


def _last_ms(feed: MarketFeed) -> int:
    return min((feed.bars(symbol).start[-1] for symbol in feed.symbols if len(feed.bars(symbol))), default=0)
