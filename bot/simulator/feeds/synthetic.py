"""A seeded market that never ends: correlated symbols, changing volatility, jumps."""

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.simulator.feeds.arrays import FloatArray
from bot.simulator.feeds.bars import Bars
from bot.simulator.feeds.basis import basis
from bot.simulator.feeds.contract import FeedError
from bot.simulator.feeds.regimes import CommonFactor, FactorPath
from bot.simulator.instruments import Instrument, coins_of, make_instrument, symbol_of
from bot.simulator.intervals import MINUTE_MS

DEFAULT_START_MS = 1_767_571_200_000  # 2026-01-05T00:00:00Z
CHUNK_BARS = 1440
HISTORY_CHUNKS = 3
PULL_PER_MINUTE = 2e-5
"""How strongly a price is drawn back to where it began, so that an endless run stays in a sane range."""
JUMP_CHANCE_PER_MINUTE = 1 / 2500
JUMP_SIZE = 0.006
TURNOVER_PER_MINUTE_USDT = 2_000_000.0
DOLLARS = frozenset({"USDT", "USDC", "USD"})

FIRST_PRICE_USDT = {
    "BTCUSDT": 90_000.0, "ETHUSDT": 3_100.0, "SOLUSDT": 135.0, "BNBUSDT": 880.0, "ADAUSDT": 0.39,
    "DOGEUSDT": 0.15, "DOTUSDT": 2.2, "XRPUSDT": 2.1, "AVAXUSDT": 13.5, "AAVEUSDT": 165.0, "APEUSDT": 0.22,
    "LTCUSDT": 82.0, "LINKUSDT": 13.2,
}  # fmt: skip


class SyntheticFeed:
    """One-minute bars of symbols that share a common factor and have noise of their own.

    The bars of a symbol depend on the seed, the start and its name only: not on the other symbols, nor on
    how far or in what steps the market is played. What has the same base coin shares its path: a pair trades at
    the index of the linear contract, an inverse contract away from it by a basis of its own.

    Args:
        symbols: market ids; known coins start near a real price, others at a price made from the name.
        seed: same seed, same bars.
        start_ms: market start, on a minute; None = 2026-01-05T00:00:00Z. There are three days of history.
        end_ms: the last bar closes by then; None = endless.

    Raises:
        FeedError: a start that is not on a minute, or an end that leaves no bar.
    """

    def __init__(
        self, symbols: Sequence[str], seed: int = 0, start_ms: int | None = None, end_ms: int | None = None
    ) -> None:
        self.symbols = tuple(symbols)
        self.interval_ms = MINUTE_MS
        self.start_ms = DEFAULT_START_MS if start_ms is None else start_ms
        self.end_ms = None if end_ms is None else end_ms - end_ms % MINUTE_MS
        if self.start_ms % MINUTE_MS:
            raise FeedError(f"synthetic feed: start {self.start_ms} is not on a full minute")
        if self.end_ms is not None and self.end_ms <= self.start_ms:
            raise FeedError(f"synthetic feed: no minute between start {self.start_ms} and end {end_ms}")
        self._chunk = 0
        self._factor = CommonFactor(seed)
        self._makers = {symbol: _SymbolMaker(symbol, index, seed) for index, symbol in enumerate(self.symbols, start=1)}
        for _ in range(HISTORY_CHUNKS + 1):
            self.extend()

    def instrument(self, symbol: str) -> Instrument:
        return self._makers[symbol].instrument

    def bars(self, symbol: str) -> Bars:
        return self._makers[symbol].bars

    def extend(self) -> bool:
        first_ms = self.start_ms + (self._chunk - HISTORY_CHUNKS) * CHUNK_BARS * MINUTE_MS
        count = CHUNK_BARS
        if self.end_ms is not None:
            count = min(count, (self.end_ms - first_ms) // MINUTE_MS)
        if count <= 0:
            return False
        starts = first_ms + np.arange(CHUNK_BARS, dtype=np.int64) * MINUTE_MS
        factor = self._factor.next_chunk(CHUNK_BARS)
        shared = starts[:count].tolist()
        for maker in self._makers.values():
            maker.make(self._chunk, starts, factor, shared)
        self._chunk += 1
        return True


def _basis_key(market: str, seed: int) -> int:
    return zlib.crc32(market.encode()) ^ zlib.crc32(str(seed).encode())


class _SymbolMaker:
    """Makes the bars of one symbol, chunk after chunk."""

    def __init__(self, market: str, symbol_id: int, seed: int) -> None:
        base, quote = coins_of(market)
        symbol = f"{base}USDT" if quote in DOLLARS else symbol_of(market)
        self._key = zlib.crc32(symbol.encode())
        self._seed = seed
        self._twin_basis = _basis_key(symbol, seed)
        self._is_twin = symbol == market
        nature = np.random.default_rng((seed, self._key))
        self._first_price = FIRST_PRICE_USDT.get(symbol) or float(10 ** (self._key % 4000 / 1000 - 1))
        self._beta = 1.0 if symbol == "BTCUSDT" else float(nature.uniform(0.9, 1.5))
        self._own_noise = float(nature.uniform(0.4, 0.8))
        self._away = 0.0  # log of price / first price
        self.instrument = make_instrument(market, symbol_id, self._first_price)
        self.bars = Bars(basis_key=_basis_key(market, seed))

    def make(
        self, chunk: int, starts: npt.NDArray[np.int64], factor: FactorPath, shared: list[int]
    ) -> None:  # fmt: skip
        """Add the first bars of a chunk; `shared` are their start times, as every symbol has them."""
        rng = np.random.default_rng((self._seed, self._key, chunk))
        size = len(starts)
        noise = rng.standard_normal(size) * factor.volatility * self._own_noise
        jumps = (rng.random(size) < JUMP_CHANCE_PER_MINUTE) * rng.standard_normal(size) * JUMP_SIZE
        moves = self._beta * factor.returns + noise + jumps
        closes_away = self._pulled(moves)
        opens_away = np.concatenate(([self._away], closes_away[:-1]))
        self._away = float(closes_away[-1])
        wick = factor.volatility * 0.7
        top = np.maximum(opens_away, closes_away) + np.abs(rng.standard_normal(size)) * wick
        bottom = np.minimum(opens_away, closes_away) - np.abs(rng.standard_normal(size)) * wick
        at_open, at_close = self._ratio(starts), self._ratio(starts + MINUTE_MS)
        open_, close = self._price(opens_away, at_open), self._price(closes_away, at_close)
        high = self._price(top, np.maximum(at_open, at_close))
        low = self._price(bottom, np.minimum(at_open, at_close))
        liveliness = 0.5 + np.abs(moves) / factor.volatility + factor.activity
        volume = self._volume(rng.lognormal(0.0, 0.5, size) * liveliness, close)
        columns = (column[: len(shared)] for column in (open_, high, low, close, volume))
        self.bars.append(shared, *columns, inverse=self.instrument.category == "inverse")

    def _ratio(self, times_ms: npt.NDArray[np.int64]) -> FloatArray:
        """How far a market trades from the linear contract whose path it shares."""
        if self._is_twin:
            return np.ones(len(times_ms))
        spot = self.instrument.category == "spot"
        own = np.zeros(len(times_ms)) if spot else basis(self.bars.basis_key, times_ms)
        return np.asarray((1 + own) / (1 + basis(self._twin_basis, times_ms)), dtype=np.float64)

    def _pulled(self, moves: FloatArray) -> FloatArray:
        away = self._away
        path = []
        for move in moves.tolist():
            away += move - PULL_PER_MINUTE * away
            path.append(away)
        return np.array(path)

    def _price(self, away: FloatArray, ratio: FloatArray) -> FloatArray:
        """On tick; rounded through decimals so that 0.1 + 0.2 never shows."""
        tick = float(self.instrument.tick_size)
        ticks = np.maximum(np.round(self._first_price * np.exp(away) * ratio / tick), 1)
        return np.round(ticks * tick, self.instrument.price_scale)

    def _volume(self, liveliness: FloatArray, close: FloatArray) -> FloatArray:
        step = float(self.instrument.qty_step)
        worth = 1.0 if self.instrument.category == "inverse" else close
        steps = np.maximum(np.round(TURNOVER_PER_MINUTE_USDT * liveliness / worth / step), 1)
        return np.round(steps * step, 8)
