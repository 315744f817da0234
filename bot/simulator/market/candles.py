"""Candles of any interval, put together from base bars."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bot.simulator.intervals import candle_end_ms, candle_start_ms
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import KlinePush

NOT_BEGUN = -1
VOLUME_DECIMALS = 6
TURNOVER_DECIMALS = 4
"""Few enough that sums of floats do not depend on the order of adding."""


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
    if market.bars_are_current or now_ms >= walk.start_ms + market.interval_ms - 1:
        return _bar(market, bar)
    done = (now_ms - walk.start_ms) / market.interval_ms
    quote = market.quote
    high, low = walk.range_until(now_ms)
    scale = market.instrument.price_scale
    prices = (max(high, quote.ticks), min(low, quote.ticks), quote.ticks)
    high_price, low_price, last_price = (round(ticks * market.tick, scale) for ticks in prices)
    volume, turnover = (
        round(bars.volume[bar] * done, VOLUME_DECIMALS),
        round(bars.turnover[bar] * done, TURNOVER_DECIMALS),
    )
    return Candle(walk.start_ms, bars.open[bar], high_price, low_price, last_price, volume, turnover)


class CandleSource(Protocol):
    """Base bars of some price of a market."""

    @property
    def market(self) -> SymbolMarket: ...

    def forming(self) -> Candle | None:
        """The bar under way as far as it has come; None if it has not begun."""
        ...

    def span(self, first: int, last: int) -> Candle:
        """One candle of the closed bars from `first` to before `last`."""
        ...


@dataclass(frozen=True, slots=True)
class LastCandles:
    """Bars of the last price."""

    market: SymbolMarket

    def forming(self) -> Candle | None:
        return forming_bar(self.market)

    def span(self, first: int, last: int) -> Candle:
        return _span(self.market, first, last)


def newest_candles(
    source: CandleSource, interval: str, start_ms: int | None, end_ms: int | None, limit: int
) -> list[Candle]:
    """At most `limit` candles that open within [start_ms, end_ms], newest first; the first may be forming."""
    found: list[Candle] = []
    market, forming = source.market, source.forming()
    at_ms = market.bars.start[market.bar - 1] if market.bar else -1
    if forming is not None:
        at_ms = forming.start_ms
    if end_ms is not None:
        at_ms = min(at_ms, end_ms)
    while at_ms >= 0 and len(found) < limit:
        candle_ms = candle_start_ms(interval, at_ms)
        if start_ms is not None and candle_ms < start_ms:
            break
        candle = _candle(source, interval, candle_ms, forming)
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
        round(sum(each.volume for each in candles), VOLUME_DECIMALS),
        round(sum(each.turnover for each in candles), TURNOVER_DECIMALS),
    )


class RunningCandle:
    """The candle of a longer interval that is under way; fed with every base bar.

    Its numbers are plain attributes, because it is fed with every bar of a replay.
    """

    __slots__ = (
        "_close", "_end_ms", "_high", "_interval", "_low", "_market", "_open", "_start_ms", "_turnover",
        "_volume",
    )  # fmt: skip

    def __init__(self, market: SymbolMarket, interval: str) -> None:
        """Start in the middle of a candle, from the bars it already has."""
        self._market = market
        self._interval = interval
        self._start_ms = NOT_BEGUN
        self._end_ms = 0
        self._open = self._high = self._low = self._close = self._volume = self._turnover = 0.0
        if market.bar:
            start_ms = candle_start_ms(interval, market.bars.start[market.bar - 1])
            last_end_ms = market.bars.start[market.bar - 1] + market.interval_ms
            candle = _candle(LastCandles(market), interval, start_ms, None)
            if candle is not None and last_end_ms < candle_end_ms(interval, start_ms):
                self._begin(candle)

    def add(self, bar: KlinePush) -> list[KlinePush]:
        """Take in a closed base bar; returns the candles that are closed by now.

        After a gap in the data a candle may be closed late, by the first bar that lies behind it.
        """
        closed = []
        if self._start_ms != NOT_BEGUN and bar.start_ms >= self._end_ms:
            closed.append(self._close_candle(bar.start_ms))
        if self._start_ms == NOT_BEGUN:
            start_ms = candle_start_ms(self._interval, bar.start_ms)
            self._begin(Candle(start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.turnover))
        else:
            self._high = max(self._high, bar.high)
            self._low = min(self._low, bar.low)
            self._close = bar.close
            self._volume += bar.volume
            self._turnover += bar.turnover
        if bar.timestamp_ms >= self._end_ms:
            closed.append(self._close_candle(bar.timestamp_ms))
        return closed

    def forming(self, base: Candle) -> KlinePush:
        """The candle with the base bar under way included, not confirmed."""
        if self._start_ms != NOT_BEGUN and base.start_ms < self._end_ms:
            candle = merge([self._so_far(), base], self._start_ms)
        else:
            candle = base._replace(start_ms=candle_start_ms(self._interval, base.start_ms))
        now_ms = self._market.clock.now_ms
        return candle_push(self._market, self._interval, candle, now_ms, confirm=False)

    def _begin(self, candle: Candle) -> None:
        self._start_ms, self._open, self._high, self._low, self._close = candle[:5]
        self._volume, self._turnover = candle.volume, candle.turnover
        self._end_ms = candle_end_ms(self._interval, candle.start_ms)

    def _so_far(self) -> Candle:
        prices = (self._open, self._high, self._low, self._close)
        return Candle(
            self._start_ms, *prices, round(self._volume, VOLUME_DECIMALS), round(self._turnover, TURNOVER_DECIMALS)
        )

    def _close_candle(self, timestamp_ms: int) -> KlinePush:
        candle = self._so_far()
        self._start_ms = NOT_BEGUN
        return candle_push(self._market, self._interval, candle, timestamp_ms, confirm=True)


def candle_push(market: SymbolMarket, interval: str, candle: Candle, timestamp_ms: int, *, confirm: bool) -> KlinePush:
    end_ms = candle_end_ms(interval, candle.start_ms) - 1
    return KlinePush(
        market.symbol, interval, candle.start_ms, end_ms, *candle[1:], confirm, timestamp_ms, market.category
    )


def _candle(source: CandleSource, interval: str, start_ms: int, forming: Candle | None) -> Candle | None:
    """The candle of `interval` that opens at `start_ms`, from closed bars and the forming one."""
    market = source.market
    starts = market.bars.start
    end_ms = candle_end_ms(interval, start_ms)
    first = bisect_left(starts, start_ms, hi=market.bar)
    last = bisect_left(starts, end_ms, hi=market.bar)
    parts = [source.span(first, last)] if first < last else []
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
        round(sum(bars.volume[first:last]), VOLUME_DECIMALS),
        round(sum(bars.turnover[first:last]), TURNOVER_DECIMALS),
    )


def _bar(market: SymbolMarket, bar: int) -> Candle:
    bars = market.bars
    ohlc = (bars.open[bar], bars.high[bar], bars.low[bar], bars.close[bar])
    return Candle(bars.start[bar], *ohlc, bars.volume[bar], bars.turnover[bar])
