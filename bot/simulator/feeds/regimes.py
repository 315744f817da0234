"""The common factor of the synthetic market: what moves all symbols together."""

from dataclasses import dataclass

import numpy as np

from bot.simulator.feeds.arrays import FloatArray

COMMON_JUMP_CHANCE_PER_MINUTE = 1 / 900
COMMON_JUMP_SIZE = 0.005


@dataclass(frozen=True, slots=True)
class Regime:
    """A mood of the market. Rates are per minute."""

    name: str
    volatility: float
    drift: float
    activity: float
    mean_minutes: float


CALM = Regime("calm", 0.0004, 0.0, 0.0, 180.0)
TREND = Regime("trend", 0.0005, 0.00012, 0.5, 90.0)
WILD = Regime("wild", 0.0015, 0.0, 2.0, 25.0)
NEXT_REGIMES = {CALM: (TREND, WILD), TREND: (CALM, WILD), WILD: (CALM, TREND)}


@dataclass(frozen=True, slots=True)
class FactorPath:
    """Per minute: the common return, the volatility behind it and how busy trading is."""

    returns: FloatArray
    volatility: FloatArray
    activity: FloatArray


class CommonFactor:
    """A Markov chain over the regimes, with returns and jumps drawn in each."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng((seed, 0xFAC7))
        self._regime = CALM
        self._sign = 1.0

    def next_chunk(self, size: int) -> FactorPath:
        """The next `size` minutes."""
        chances = self._rng.random((size, 2)).tolist()
        moods = [self._mood(change, choice) for change, choice in chances]
        volatility = np.array([regime.volatility for regime, _ in moods])
        drift = np.array([regime.drift * sign for regime, sign in moods])
        activity = np.array([regime.activity for regime, _ in moods])
        jumps = (self._rng.random(size) < COMMON_JUMP_CHANCE_PER_MINUTE) * COMMON_JUMP_SIZE
        returns = drift + self._rng.standard_normal(size) * volatility
        return FactorPath(returns + jumps * self._rng.standard_normal(size), volatility, activity)

    def _mood(self, change: float, choice: float) -> tuple[Regime, float]:
        if change < 1 / self._regime.mean_minutes:
            self._regime = NEXT_REGIMES[self._regime][int(choice * 2)]
            self._sign = 1.0 if choice * 2 % 1 < 0.5 else -1.0  # noqa: PLR2004 (a fair coin)
        return self._regime, self._sign
