"""Mark and index price of a contract, bar by bar, and its funding rate.

Index: the contract's own price without its basis (`feeds.basis`) and with wicks that reach nine tenths as far,
because what moves one venue for a moment moves the others a little less.

Mark (Bybit help centre, mark price calculation), for each of open, high, low and close of a bar:
the median of P1 = index x (1 + last funding rate x time to funding / interval), P2 = index + mean distance of the
last five minutes' closes from the index (of the last bar, if that is longer), and the last price. Where mark
prices are recorded, the result is fitted into them: it opens and closes each recorded candle as recorded, stays
within it, and the bars that went furthest reach its high and low.

Funding rate (Bybit help centre, funding rate calculation): F = P + clamp(I - P, -0.05 %, +0.05 %), limited to
the contract's cap. I is 0.03 % a day; P is the mean premium over the funding interval, weighted 1, 2, 3 ... by
minute, with impact prices 0.01 % off the price. Recorded rates come first.
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from bot.simulator.feeds.arrays import FloatArray
from bot.simulator.feeds.bars import Bars
from bot.simulator.feeds.basis import basis
from bot.simulator.feeds.recorded import RecordedMarks
from bot.simulator.instruments import Instrument
from bot.simulator.intervals import DAY_MS, MINUTE_MS
from bot.simulator.market.price_path import Ohlc

WICK_KEPT = 0.9
MEAN_MS = 5 * MINUTE_MS
IMPACT = 0.0001
INTEREST_PER_DAY = 0.0003
CLAMP = 0.0005
BLOCK_BARS = 512
RATE_DECIMALS = 8

type Columns = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


class ReferencePrices:
    """Worked out a block of bars at a time, when first asked for."""

    def __init__(self, bars: Bars, rules: Instrument, interval_ms: int) -> None:
        self._interval_ms = interval_ms
        self._marks: RecordedMarks | None = None
        self._funding: dict[int, float] = {}
        if bars.recorded is not None:
            self._marks = bars.recorded.marks and bars.recorded.marks.at_least(interval_ms)
            self._funding = bars.recorded.funding
        self._rates: dict[int, Decimal] = {}
        self._predicted: tuple[int, Decimal] = (-1, Decimal(0))
        self._blocks: dict[int, tuple[int, list[Ohlc], list[Ohlc]]] = {}
        self._funding_ms = rules.funding_interval_min * MINUTE_MS
        self.replace(bars, rules)

    def replace(self, bars: Bars, rules: Instrument, moved_ms: int | None = None) -> None:
        """Go on with other bars or rules; recorded marks end where the price was moved by hand."""
        self._bars, self._rules = bars, rules
        self._tick = float(rules.tick_size)
        self._blocks.clear()
        if moved_ms is not None and self._marks is not None:
            self._marks = self._marks.before(moved_ms)

    def mark(self, bar: int) -> Ohlc:
        """The mark price in a bar, ticks."""
        return self._block_of(bar)[1][(self._bars.dropped + bar) % BLOCK_BARS]

    def index(self, bar: int) -> Ohlc:
        """The index price in a bar, ticks."""
        return self._block_of(bar)[2][(self._bars.dropped + bar) % BLOCK_BARS]

    def settled_rate(self, funding_ms: int) -> Decimal:
        """The funding rate that is charged at a funding time."""
        rate = self._rates.get(funding_ms)
        if rate is None:
            recorded = self._funding.get(funding_ms)
            number = self._formula(funding_ms, funding_ms) if recorded is None else recorded
            rate = self._rates[funding_ms] = _rate(number)
        return rate

    def predicted_rate(self, now_ms: int) -> Decimal:
        """What the rate of the next funding time looks like now; it changes by the minute."""
        minute_ms = now_ms - now_ms % MINUTE_MS
        if self._predicted[0] != minute_ms:
            next_ms = now_ms - now_ms % self._funding_ms + self._funding_ms
            recorded = self._funding.get(next_ms)
            number = self._formula(next_ms, minute_ms) if recorded is None else recorded
            self._predicted = (minute_ms, _rate(number))
        return self._predicted[1]

    def premiums(self, moments_ms: Sequence[int]) -> list[float]:
        """The premium index at some moments, as fractions."""
        premiums: list[float] = _premium(basis(self._bars.basis_key, np.array(moments_ms, dtype=np.int64))).tolist()
        return premiums

    def _formula(self, funding_ms: int, until_ms: int) -> float:
        first_ms = funding_ms - self._funding_ms + MINUTE_MS
        minutes = np.arange(first_ms, max(until_ms, first_ms) + 1, MINUTE_MS, dtype=np.int64)
        premiums = _premium(basis(self._bars.basis_key, minutes))
        mean = float(np.average(premiums, weights=np.arange(1, len(minutes) + 1)))
        interest = INTEREST_PER_DAY * self._funding_ms / DAY_MS
        cap = float(self._rules.funding_cap)
        return min(max(mean + min(max(interest - mean, -CLAMP), CLAMP), -cap), cap)

    def _block_of(self, bar: int) -> tuple[int, list[Ohlc], list[Ohlc]]:
        bars = self._bars
        number = bars.dropped + bar
        block = self._blocks.get(number // BLOCK_BARS)
        if block is None or number >= block[0]:
            if len(self._blocks) > 2:  # noqa: PLR2004 (the block under way, the one before and one for a query)
                self._blocks.clear()
            block = self._blocks[number // BLOCK_BARS] = self._make_block(number // BLOCK_BARS * BLOCK_BARS)
        return block

    def _make_block(self, first_number: int) -> tuple[int, list[Ohlc], list[Ohlc]]:
        """Number of the first bar that is not in it, then mark and index ticks of the bars from `first_number` on."""
        bars = self._bars
        first = first_number - bars.dropped
        last = min(first + BLOCK_BARS, len(bars.start))
        missing, first = max(-first, 0), max(first, 0)
        low, high = self._whole_candles(first, last)
        index, mark = self._derive(low, high)
        if self._marks is not None:
            mark = _fit(mark, np.array(bars.start[low:high], dtype=np.int64), self._marks)
        keep = slice(first - low, last - low)
        padding: list[Ohlc] = [(0, 0, 0, 0)] * missing
        return (
            last + bars.dropped,
            padding + self._in_ticks(mark, keep),
            padding + self._in_ticks(index, keep),
        )

    def _whole_candles(self, first: int, last: int) -> tuple[int, int]:
        """Widen a range of bars to whole recorded candles."""
        if self._marks is None:
            return first, last
        length_ms, starts = self._marks.interval_ms, self._bars.start
        while first > 0 and starts[first - 1] // length_ms == starts[first] // length_ms:
            first -= 1
        while last < len(starts) and starts[last] // length_ms == starts[last - 1] // length_ms:
            last += 1
        return first, last

    def _derive(self, first: int, last: int) -> tuple[Columns, Columns]:
        """Index and mark of some bars by the rules above, quote coin."""
        bars = self._bars
        count = max(MEAN_MS // self._interval_ms, 1)
        early = max(first - count, 0)
        starts = np.array(bars.start[early:last], dtype=np.int64)
        open_, high, low, close = (
            np.array(column[early:last]) for column in (bars.open, bars.high, bars.low, bars.close)
        )
        index_open = open_ / (1 + basis(bars.basis_key, starts))
        index_close = close / (1 + basis(bars.basis_key, starts + self._interval_ms))
        top, bottom = np.maximum(index_open, index_close), np.minimum(index_open, index_close)
        wick_up = (high - np.maximum(open_, close)) * WICK_KEPT
        wick_down = (np.minimum(open_, close) - low) * WICK_KEPT
        index = (index_open, top + wick_up, bottom - wick_down, index_close)
        distance = np.concatenate(([0.0], np.cumsum(close - index_close)))
        at = np.arange(early, last) - early
        since = np.maximum(at - count, 0)
        mean = (distance[at] - distance[since]) / np.maximum(at - since, 1)
        lead = 1 + self._funding_lead(starts)
        opens, highs, lows, closes = (
            np.median([each * lead, each + mean, price], axis=0)
            for each, price in zip(index, (open_, high, low, close), strict=True)
        )
        highs = np.maximum(highs, np.maximum(opens, closes))
        lows = np.minimum(lows, np.minimum(opens, closes))
        cut = first - early
        return _cut(index, cut), _cut((opens, highs, lows, closes), cut)

    def _funding_lead(self, starts: npt.NDArray[np.int64]) -> FloatArray:
        """Last funding rate x share of the interval that is still to go."""
        gone = starts % self._funding_ms
        settled = starts - gone
        rates = {time_ms: float(self.settled_rate(time_ms)) for time_ms in np.unique(settled).tolist()}
        last_rates = np.array([rates[time_ms] for time_ms in settled.tolist()])
        return np.asarray(last_rates * (1 - gone / self._funding_ms), dtype=np.float64)

    def _in_ticks(self, columns: Columns, keep: slice) -> list[Ohlc]:
        whole = [np.maximum(np.round(column[keep] / self._tick), 1).astype(np.int64).tolist() for column in columns]
        return list(zip(*whole, strict=True))


def _cut(columns: Columns, count: int) -> Columns:
    open_, high, low, close = columns
    return open_[count:], high[count:], low[count:], close[count:]


def _premium(away: FloatArray) -> FloatArray:
    """[max(0, impact bid - index) - max(0, index - impact ask)] / index."""
    ratio = 1 + away
    return np.asarray(np.maximum(0, ratio * (1 - IMPACT) - 1) - np.maximum(0, 1 - ratio * (1 + IMPACT)))


def _rate(number: float) -> Decimal:
    return Decimal(f"{number:.{RATE_DECIMALS}f}").normalize() + 0


def _fit(mark: Columns, starts: npt.NDArray[np.int64], recorded: RecordedMarks) -> Columns:
    """Fit derived marks into recorded candles; whole candles only, a missing one changes nothing."""
    open_, high, low, close = (column.copy() for column in mark)
    candles = starts - starts % recorded.interval_ms
    first = np.flatnonzero(np.diff(candles, prepend=-1))
    after = np.append(first[1:], len(candles))
    for begin, end in zip(first.tolist(), after.tolist(), strict=True):
        at = int(np.searchsorted(recorded.start, candles[begin]))
        if at == len(recorded.start) or recorded.start[at] != candles[begin]:
            continue
        bottom, top = recorded.low[at], recorded.high[at]
        span = slice(begin, end)
        for column in (open_, high, low, close):
            np.clip(column[span], bottom, top, out=column[span])
        open_[begin], close[end - 1] = recorded.open[at], recorded.close[at]
        low[begin + int(np.argmin(low[span]))] = bottom
        high[begin + int(np.argmax(high[span]))] = top
        low[span] = np.minimum(low[span], np.minimum(open_[span], close[span]))
        high[span] = np.maximum(high[span], np.maximum(open_[span], close[span]))
    return open_, high, low, close
