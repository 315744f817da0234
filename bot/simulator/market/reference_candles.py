"""Candles of the mark price, the index price and the premium index: no volume."""

from dataclasses import dataclass

from bot.simulator.market.candles import Candle
from bot.simulator.market.price_path import PricePath
from bot.simulator.market.symbol_market import SymbolMarket

PREMIUM_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class PathCandles:
    """Bars of a price that has a path of its own."""

    market: SymbolMarket
    path: PricePath

    def forming(self) -> Candle | None:
        walk, market = self.path.walk(), self.market
        if walk is None or not market.clock.has_passed(walk.start_ms):
            return None
        now_ms = min(market.clock.now_ms, walk.legs[-1].to_ms)
        now = self.path.quote.ticks
        high, low = walk.range_until(now_ms)
        return self._candle(walk.start_ms, (walk.legs[0].to_ticks, max(high, now), min(low, now), now))

    def span(self, first: int, last: int) -> Candle:
        bars = [self.path.ohlc(bar) for bar in range(first, last)]
        high, low = max(each[1] for each in bars), min(each[2] for each in bars)
        return self._candle(self.market.bars.start[first], (bars[0][0], high, low, bars[-1][3]))

    def _candle(self, start_ms: int, ohlc: tuple[int, int, int, int]) -> Candle:
        tick, scale = self.market.tick, self.market.instrument.price_scale
        open_, high, low, close = (round(ticks * tick, scale) for ticks in ohlc)
        return Candle(start_ms, open_, high, low, close, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PremiumCandles:
    """Bars of the premium index; within a bar it moves straight."""

    market: SymbolMarket

    def forming(self) -> Candle | None:
        market = self.market
        walk, now_ms = market.walk(), market.clock.now_ms
        if walk is None or not market.clock.has_passed(walk.start_ms):
            return None
        return self._candle(walk.start_ms, (walk.start_ms, now_ms))

    def span(self, first: int, last: int) -> Candle:
        market = self.market
        starts = market.bars.start[first:last]
        return self._candle(starts[0], (*starts, starts[-1] + market.interval_ms))

    def _candle(self, start_ms: int, moments_ms: tuple[int, ...]) -> Candle:
        values = [round(each, PREMIUM_DECIMALS) for each in self.market.premiums(moments_ms)]
        return Candle(start_ms, values[0], max(values), min(values), values[-1], 0.0, 0.0)
