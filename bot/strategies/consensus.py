"""Consensus: seven signals from strong buy to strong sell, averaged."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec import structs
from pydantic import Field

from bot.domain.messages import Direction
from bot.indicators import Adx, Atr, Bollinger, Ema, Macd, Rsi, Stochastic, SuperTrend
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import AtrExits, enter


class ConsensusParameters(AtrExits):
    """Parameters of the consensus."""

    threshold: float = Field(0.75, gt=0, le=2, description="Least average for an entry, of -2 to 2.")
    exit_threshold: float = Field(0.0, ge=-2, le=2, description="A position ends where its average falls below this.")


class Consensus(Strategy):
    """The average of seven signals, each from strong buy (2) over hold (0) to strong sell (-2).

    1. ``rsi``: 30 and below 2, below 40 1, 60 and above -1, 70 and above -2.
    2. ``stochastic``: %K below 20 and above %D 2, below 20 1; above 80 and below %D -2, above 80 -1.
    3. ``macd``: line above its signal 1, and above zero too 2; mirrored.
    4. ``ema``: EMA 20 above EMA 50 1, and the close above both 2; mirrored.
    5. ``bollinger``: close below the lower band 2, in the lowest fifth 1; mirrored.
    6. ``super_trend``: 1 or -1 by its direction, 2 or -2 on the bar on which it turns.
    7. ``adx``: below 20 nothing; the stronger directional indicator's side 1, from 35 2.

    With an average of ``threshold`` it asks for long, of minus that for short, once: the average must have been less
    before. A position ends where the average, counted on its side, is below ``exit_threshold``.
    """

    name: ClassVar[str] = "consensus"
    Parameters: ClassVar[type[StrategyParameters]] = ConsensusParameters

    def __init__(self, parameters: ConsensusParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._rsi = self.use(Rsi(14))
        self._stochastic = self.use(Stochastic())
        self._macd = self.use(Macd())
        self._quick = self.use(Ema(20))
        self._slow = self.use(Ema(50))
        self._bands = self.use(Bollinger(20))
        self._trend = self.use(SuperTrend())
        self._adx = self.use(Adx())
        self._atr = self.use(Atr(parameters.atr_period))
        self._last_trend = 0.0
        self._was = 0

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        parameters, close, size = self._parameters, view.candle.close, view.position.size
        breakdown = (
            ("rsi", _steps(self._rsi.value, (30, 40, 60, 70))),
            ("stochastic", self._by_stochastic()),
            ("macd", _agree(self._macd.histogram, self._macd.macd)),
            ("ema", self._by_averages(close)),
            ("bollinger", _steps(self._bands.percent_b, (0.0, 0.2, 0.8, 1.0))),
            ("super_trend", self._by_trend()),
            ("adx", self._by_adx()),
        )
        average = sum(value for _, value in breakdown) / len(breakdown)
        side = 1 if average >= parameters.threshold else -1 if average <= -parameters.threshold else 0
        was, self._was = self._was, side
        if size and average * (1 if size > 0 else -1) < parameters.exit_threshold:
            found = Signal(Direction.FLAT, breakdown=breakdown, reason="the consensus is gone")
        elif side in {0, was} or side * size > 0:
            found = Signal(breakdown=breakdown, reason="no consensus" if side == 0 else "the same as before")
        else:
            found = enter(parameters, side, close, self._atr.value, "consensus", breakdown)
        return structs.replace(found, score=average, threshold=parameters.threshold)

    def _by_stochastic(self) -> float:
        k, d = self._stochastic.k, self._stochastic.d
        if k < 20:  # noqa: PLR2004 - the usual bounds, see the class
            return 2.0 if k > d else 1.0
        if k > 80:  # noqa: PLR2004
            return -2.0 if k < d else -1.0
        return 0.0

    def _by_averages(self, close: float) -> float:
        quick, slow = self._quick.value, self._slow.value
        side = (quick > slow) - (quick < slow)
        beyond = (close - quick) * side > 0 and (close - slow) * side > 0
        return float(side * (2 if beyond else 1))

    def _by_trend(self) -> float:
        last, self._last_trend = self._last_trend, self._trend.direction
        return self._last_trend * (2 if last * self._last_trend < 0 else 1)

    def _by_adx(self) -> float:
        adx, side = self._adx.adx, (self._adx.plus_di > self._adx.minus_di) - (self._adx.plus_di < self._adx.minus_di)
        return float(side * ((adx >= 20) + (adx >= 35)))  # noqa: PLR2004 - see the class


def _steps(value: float, bounds: Sequence[float]) -> float:
    """2, 1, 0, -1 or -2: low values buy."""
    lowest, low, high, highest = bounds
    return float((value <= lowest) + (value < low) - (value >= high) - (value >= highest))


def _agree(first: float, second: float) -> float:
    """The side of ``first``, doubled where ``second`` is on it too."""
    side = (first > 0) - (first < 0)
    return float(side * (2 if second * side > 0 else 1))
