"""Candles of any interval, put together from base bars."""

from bisect import bisect_left
from typing import NamedTuple

from bot.simulator.intervals import candle_end_ms, candle_start_ms
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import KlinePush


class Candle(NamedTuple):
    """One candle: open time in ms, prices and turnover in quote coin, volume in base coin."""

    start_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float


def forming_bar(market: SymbolMarket) -> Candle | None:
    """The base bar under way as far as it has come; None if it has not begun."""
    walk, bars, bar, now_ms = market.walk(), market.bars, market.bar, market.clock.now_ms
    if walk is None or not market.clock.has_passed(walk.start_ms):
        return None
    if now_ms >= walk.start_ms + market.interval_ms - 1:
        return _bar(market, bar)
    done = (now_ms - walk.start_ms) / market.interval_ms
    quote = market.quote
    high, low = walk.range_until(now_ms)
    scale = market.instrument.price_scale
    prices = (max(high, quote.ticks), min(low, quote.ticks), quote.ticks)
    high_price, low_price, last_price = (round(ticks * market.tick, scale) for ticks in prices)
    volume, turnover = round(bars.volume[bar] * done, 8), round(bars.turnover[bar] * done, 4)
    return Candle(walk.start_ms, bars.open[bar], high_price, low_price, last_price, volume, turnover)


def newest_candles(
    market: SymbolMarket, interval: str, start_ms: int | None, end_ms: int | None, limit: int
) -> list[Candle]:
    """At most `limit` candles that open within [start_ms, end_ms], newest first; the first may be forming."""
    found: list[Candle] = []
    forming = forming_bar(market)
    at_ms = market.bars.start[market.bar - 1] if market.bar else -1
    if forming is not None:
        at_ms = forming.start_ms
    if end_ms is not None:
        at_ms = min(at_ms, end_ms)
    while at_ms >= 0 and len(found) < limit:
        candle_ms = candle_start_ms(interval, at_ms)
        if start_ms is not None and candle_ms < start_ms:
            break
        candle = _candle(market, interval, candle_ms, forming)
        if candle is not None:
            found.append(candle)
            at_ms = candle_ms - 1
        else:  # a gap: go on at the bar before it
            before = bisect_left(market.bars.start, candle_ms, hi=market.bar) - 1
            at_ms = market.bars.start[before] if before >= 0 else -1
    return found


def merge(candles: list[Candle], start_ms: int) -> Candle:
    """One candle of several that follow each other."""
    return Candle(
        start_ms,
        candles[0].open,
        max(each.high for each in candles),
        min(each.low for each in candles),
        candles[-1].close,
        round(sum(each.volume for each in candles), 8),
        round(sum(each.turnover for each in candles), 4),
    )


class RunningCandle:
    """The candle of a longer interval that is under way; fed with every base bar."""

    __slots__ = ("_candle", "_end_ms", "_interval", "_market")

    def __init__(self, market: SymbolMarket, interval: str) -> None:
        """Start in the middle of a candle, from the bars it already has."""
        self._market = market
        self._interval = interval
        self._candle: Candle | None = None
        self._end_ms = 0
        if market.bar:
            start_ms = candle_start_ms(interval, market.bars.start[market.bar - 1])
            self._end_ms = candle_end_ms(interval, start_ms)
            last_end_ms = market.bars.start[market.bar - 1] + market.interval_ms
            if last_end_ms < self._end_ms:
                self._candle = _candle(market, interval, start_ms, None)

    def add(self, bar: KlinePush) -> list[KlinePush]:
        """Take in a closed base bar; returns the candles that are closed by now.

        After a gap in the data a candle may be closed late, by the first bar that lies behind it.
        """
        closed = []
        if self._candle is not None and bar.start_ms >= self._end_ms:
            closed.append(self._push(self._candle, self._end_ms, confirm=True))
            self._candle = None
        now = Candle(bar.start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.turnover)
        if self._candle is None:
            start_ms = candle_start_ms(self._interval, bar.start_ms)
            self._end_ms = candle_end_ms(self._interval, start_ms)
            self._candle = now._replace(start_ms=start_ms)
        else:
            self._candle = merge([self._candle, now], self._candle.start_ms)
        if bar.end_ms + 1 >= self._end_ms:
            closed.append(self._push(self._candle, bar.timestamp_ms, confirm=True))
            self._candle = None
        return closed

    def forming(self, base: Candle) -> KlinePush:
        """The candle with the base bar under way included, not confirmed."""
        if self._candle is not None and base.start_ms < self._end_ms:
            candle = merge([self._candle, base], self._candle.start_ms)
        else:
            candle = base._replace(start_ms=candle_start_ms(self._interval, base.start_ms))
        return self._push(candle, self._market.clock.now_ms, confirm=False)

    def _push(self, candle: Candle, timestamp_ms: int, *, confirm: bool) -> KlinePush:
        return candle_push(self._market.symbol, self._interval, candle, timestamp_ms, confirm=confirm)


def candle_push(symbol: str, interval: str, candle: Candle, timestamp_ms: int, *, confirm: bool) -> KlinePush:
    end_ms = candle_end_ms(interval, candle.start_ms) - 1
    return KlinePush(symbol, interval, candle.start_ms, end_ms, *candle[1:], confirm, timestamp_ms)


def _candle(market: SymbolMarket, interval: str, start_ms: int, forming: Candle | None) -> Candle | None:
    """The candle of `interval` that opens at `start_ms`, from closed bars and the forming one."""
    starts = market.bars.start
    end_ms = candle_end_ms(interval, start_ms)
    first = bisect_left(starts, start_ms, hi=market.bar)
    last = bisect_left(starts, end_ms, hi=market.bar)
    parts = [_span(market, first, last)] if first < last else []
    if forming is not None and start_ms <= forming.start_ms < end_ms:
        parts.append(forming)
    return merge(parts, start_ms) if parts else None


def _span(market: SymbolMarket, first: int, last: int) -> Candle:
    bars = market.bars
    if last - first == 1:
        return _bar(market, first)
    return Candle(
        bars.start[first],
        bars.open[first],
        max(bars.high[first:last]),
        min(bars.low[first:last]),
        bars.close[last - 1],
        round(sum(bars.volume[first:last]), 8),
        round(sum(bars.turnover[first:last]), 4),
    )


def _bar(market: SymbolMarket, bar: int) -> Candle:
    bars = market.bars
    ohlc = (bars.open[bar], bars.high[bar], bars.low[bar], bars.close[bar])
    return Candle(bars.start[bar], *ohlc, bars.volume[bar], bars.turnover[bar])
