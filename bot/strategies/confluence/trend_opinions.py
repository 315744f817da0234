"""What trend indicators say, -1 (short) to 1 (long)."""

from bot.indicators import Adx, EhlersSuperTrend, Ema, Ichimoku, Macd, ParabolicSar, Sma, SuperTrend, Vwma
from bot.indicators.base import Indicator
from bot.strategies.base import MarketView, Strategy
from bot.strategies.confluence.opinion import Opinion, sign, squashed
from bot.strategies.confluence.parameters import ConfluenceParameters


def ema_alignment(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """Close, fast, middle and slow average in order: a third for each pair that rises, or falls."""
    periods = parameters.periods
    fast = strategy.use(Ema(periods.ema_fast))
    middle = strategy.use(Ema(periods.ema_middle))
    slow = strategy.use(Ema(periods.ema_slow))

    def opinion(view: MarketView) -> float:
        quick, usual = fast.value, middle.value
        return (sign(view.candle.close - quick) + sign(quick - usual) + sign(usual - slow.value)) / 3

    return opinion


def sma_trend(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """Which side of the long average the close is on."""
    average = strategy.use(Sma(parameters.periods.sma))
    return lambda view: sign(view.candle.close - average.value)


def parabolic_sar(strategy: Strategy, _parameters: ConfluenceParameters) -> Opinion:
    """Which side the stop is on."""
    stop = strategy.use(ParabolicSar())
    return lambda _view: stop.direction


def ehlers_super_trend(strategy: Strategy, _parameters: ConfluenceParameters) -> Opinion:
    """The fast and the slow one: whole if they agree, nothing if they do not."""
    fast = strategy.use(EhlersSuperTrend.fast())
    slow = strategy.use(EhlersSuperTrend.slow())
    return lambda _view: (fast.direction + slow.direction) / 2


def macd(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """Line above its signal and above zero: a half each."""
    periods = parameters.periods
    lines = strategy.use(Macd(periods.macd_fast, periods.macd_slow, periods.macd_signal))
    return lambda _view: (sign(lines.histogram) + sign(lines.macd)) / 2


def adx(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """The stronger directional indicator, as far as there is a trend: nothing at ADX 15, whole at 40."""
    lines = strategy.use(Adx(parameters.periods.adx))

    def opinion(_view: MarketView) -> float:
        strength = min(max((lines.adx - 15) / 25, 0.0), 1.0)
        return strength * sign(lines.plus_di - lines.minus_di)

    return opinion


def ichimoku(strategy: Strategy, _parameters: ConfluenceParameters) -> Opinion:
    """Close against the cloud counts half, conversion against base line a quarter, the lagging line a quarter."""
    lines = strategy.use(Ichimoku())

    def opinion(view: MarketView) -> float:
        close, first, second = view.candle.close, lines.span_a, lines.span_b
        cloud = 1.0 if close > max(first, second) else -1.0 if close < min(first, second) else 0.0
        return cloud / 2 + sign(lines.conversion - lines.base) / 4 + sign(lines.lagging) / 4

    return opinion


def vwma(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """Close against the volume-weighted average, and that against the plain one: a half each."""
    weighted = strategy.use(Vwma(parameters.periods.vwma))
    plain = strategy.use(Sma(parameters.periods.vwma))
    return lambda view: (sign(view.candle.close - weighted.value) + sign(weighted.value - plain.value)) / 2


def higher_timeframes(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """The mean trend of the higher timeframes; one with too little history says nothing."""
    trends = [_trend(strategy, parameters, interval) for interval in parameters.higher_timeframes]
    if not trends:
        return lambda _view: 0.0
    return lambda view: sum(trend(view) for trend in trends) / len(trends)


def _trend(strategy: Strategy, parameters: ConfluenceParameters, interval: str) -> Opinion:
    period = parameters.higher_period
    if parameters.higher_trend == "super_trend":
        line = strategy.use(SuperTrend(period), interval)
        return lambda _view: line.direction if line.ready else 0.0
    average = strategy.use(Sma(period) if parameters.higher_trend == "sma" else Ema(period), interval)
    known: Indicator = average

    def opinion(view: MarketView) -> float:
        bar = view.higher.get(interval)
        if bar is None or not known.ready:
            return 0.0
        # Within a quarter of a per cent the side says little.
        return squashed((bar.close / average.value - 1) / 0.0025)

    return opinion
