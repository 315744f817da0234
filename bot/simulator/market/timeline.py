"""The order in which the bars of all symbols close."""

from collections.abc import Sequence

import numpy as np

from bot.simulator.feeds.contract import MarketFeed
from bot.simulator.market.symbol_market import SymbolMarket

KEPT_BARS = 7 * 1440
"""Closed bars of a feed without end that candle queries can still see."""


class Timeline:
    """Bar closes of all symbols merged by (time, symbol index), worked out a chunk at a time.

    Merging ahead costs nothing per bar later: the next close is the next entry of two lists.
    """

    __slots__ = ("_feed", "_markets", "_merged", "close_ms", "position", "symbol_index")

    def __init__(self, feed: MarketFeed, markets: Sequence[SymbolMarket]) -> None:
        self._feed = feed
        self._markets = markets
        self._merged = [market.bar for market in markets]
        self.close_ms: list[int] = []
        self.symbol_index: list[int] = []
        self.position = 0
        self._merge()

    def extend(self) -> bool:
        """Fetch more bars from the feed; False if there are none. What was played a week ago is dropped."""
        if not self._feed.extend():
            return False
        for index, market in enumerate(self._markets):
            market.take_in()
            self._merged[index] -= market.forget_bars(KEPT_BARS)
        self._merge()
        return True

    def _merge(self) -> None:
        times, indices = [], []
        for index, market in enumerate(self._markets):
            starts = market.bars.start[self._merged[index] :]
            self._merged[index] += len(starts)
            times.append(np.array(starts, dtype=np.int64) + market.interval_ms)
            indices.append(np.full(len(starts), index, dtype=np.int64))
        all_times, all_indices = np.concatenate(times), np.concatenate(indices)
        order = np.lexsort((all_indices, all_times))
        self.close_ms = self.close_ms[self.position :] + all_times[order].tolist()
        self.symbol_index = self.symbol_index[self.position :] + all_indices[order].tolist()
        self.position = 0
