"""What oscillators, bands and levels say, -1 (short) to 1 (long)."""

from bot.indicators import (
    Atr,
    Bollinger,
    Cci,
    FibonacciRetracement,
    Mfi,
    Rsi,
    SessionVwap,
    StochRsi,
    VolatilityIndex,
    WilliamsR,
)
from bot.strategies.base import MarketView, Strategy
from bot.strategies.confluence.opinion import Opinion, sign, squashed
from bot.strategies.confluence.parameters import ConfluenceParameters


def momentum(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """RSI, StochRSI, CCI, Williams %R and MFI: the mean of how far each is from its middle, in its direction.

    An oscillator beyond its usual bounds (70/30 and the like) has gone too far: it counts against its direction.
    """
    periods = parameters.periods
    rsi = strategy.use(Rsi(periods.rsi))
    stoch = strategy.use(StochRsi(periods.stoch_rsi, periods.rsi))
    cci = strategy.use(Cci(periods.cci))
    williams = strategy.use(WilliamsR(periods.williams_r))
    mfi = strategy.use(Mfi(periods.mfi))

    def opinion(_view: MarketView) -> float:
        return (
            _momentum((rsi.value - 50) / 20)
            + _momentum((stoch.k - 50) / 30)
            + _momentum(cci.value / 100)
            + _momentum((williams.value + 50) / 30)
            + _momentum((mfi.value - 50) / 30)
        ) / 5

    return opinion


def _momentum(reach: float) -> float:
    """As far as it goes up to its bound (1 or -1), and the other way round beyond it."""
    if -1.0 <= reach <= 1.0:
        return reach
    return squashed(sign(reach) - reach) if reach == reach else 0.0  # noqa: PLR0124 - NaN


def bollinger(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """Back to the middle: long below the lower band, short above the upper, nothing in the inner half."""
    bands = strategy.use(Bollinger(parameters.periods.bollinger))

    def opinion(_view: MarketView) -> float:
        away = 2 * bands.percent_b - 1  # -1 on the lower band, 1 on the upper
        return squashed(-2 * sign(away) * max(abs(away) - 0.5, 0.0))

    return opinion


def vwap(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """The side of the day's average price, in ATR."""
    average = strategy.use(SessionVwap())
    atr = strategy.use(Atr(parameters.periods.atr))

    def opinion(view: MarketView) -> float:
        return squashed((view.candle.close - average.value) / atr.value) if atr.value > 0 else 0.0

    return opinion


def fibonacci(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """With the last swing while the retracement is between 38.2 and 61.8 %, against it beyond 78.6 %."""
    levels = strategy.use(FibonacciRetracement(parameters.periods.fibonacci))

    def opinion(view: MarketView) -> float:
        close, direction = view.candle.close, levels.direction
        if (close - levels.level_786) * direction < 0:
            return -direction
        inside = (levels.level_382 - close) * direction >= 0 and (close - levels.level_618) * direction >= 0
        return direction if inside else 0.0

    return opinion


def volatility(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """The direction of the bar, as far as it is livelier than usual: whole at twice the usual ATR."""
    index = strategy.use(VolatilityIndex(parameters.periods.atr))

    def opinion(view: MarketView) -> float:
        return squashed(max(index.relative - 1, 0.0)) * sign(view.candle.close - view.candle.open)

    return opinion
