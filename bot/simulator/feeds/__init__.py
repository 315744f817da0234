"""Where the simulated market's prices come from."""

from bot.simulator.feeds.bars import Bars
from bot.simulator.feeds.candles import CandleFeed
from bot.simulator.feeds.contract import FeedError, MarketFeed
from bot.simulator.feeds.synthetic import SyntheticFeed

__all__ = ["Bars", "CandleFeed", "FeedError", "MarketFeed", "SyntheticFeed"]
