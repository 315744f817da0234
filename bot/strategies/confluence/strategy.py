"""The confluence strategy itself: the weighted score, and what becomes of it."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from bot.domain.messages import Direction
from bot.indicators import Atr, VolumeSma
from bot.market.needs import MarketNeeds
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.confluence import swing_opinions, trend_opinions, volume_opinions
from bot.strategies.confluence.opinion import Opinion, sign
from bot.strategies.confluence.pandas_opinion import pandas_ta
from bot.strategies.confluence.parameters import ConfluenceParameters
from bot.strategies.exits import obstacle

BOOK_DEPTH = 50

GROUPS: Mapping[str, Callable[[Strategy, ConfluenceParameters], Opinion]] = {
    "ema_alignment": trend_opinions.ema_alignment,
    "sma_trend": trend_opinions.sma_trend,
    "momentum": swing_opinions.momentum,
    "bollinger": swing_opinions.bollinger,
    "vwap": swing_opinions.vwap,
    "parabolic_sar": trend_opinions.parabolic_sar,
    "order_book": volume_opinions.order_book,
    "fibonacci": swing_opinions.fibonacci,
    "ehlers_super_trend": trend_opinions.ehlers_super_trend,
    "macd": trend_opinions.macd,
    "adx": trend_opinions.adx,
    "ichimoku": trend_opinions.ichimoku,
    "obv": volume_opinions.obv,
    "cmf": volume_opinions.cmf,
    "volatility": swing_opinions.volatility,
    "vwma": trend_opinions.vwma,
    "volume_delta": volume_opinions.volume_delta,
    "higher_timeframes": trend_opinions.higher_timeframes,
}
"""Every group by its name among the weights."""


class Confluence(Strategy):
    """Goes with the weighted mean of many groups of indicators, -1 to 1.

    1. Every group with a weight says -1 to 1; the score is their weighted mean. ``indicators`` adds groups that are
       computed by pandas-ta.
    2. Where the volume of the bar is below ``volume_factor`` times its average the score counts half.
    3. At ``threshold`` and beyond it asks for a position on that side, unless there is one; to turn its last signal
       round the score must be ``hysteresis`` further. After a signal there is no other entry for ``cooldown_bars``.
    4. A signal ends where the score is ``exit_score`` on the other side of zero.
    5. A market too quiet for its fees (ATR / price) is not entered. Stop and target are multiples of the ATR.
    """

    name: ClassVar[str] = "confluence"
    Parameters: ClassVar[type[StrategyParameters]] = ConfluenceParameters

    def __init__(self, parameters: ConfluenceParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        groups = [
            (name, weight, GROUPS[name](self, parameters))
            for name in GROUPS
            if (weight := getattr(parameters.weights, name))
        ]
        groups += [(each.name, each.weight, pandas_ta(self, each)) for each in parameters.indicators if each.weight]
        total = sum(weight for _, weight, _ in groups)
        self._groups = [(name, weight / total, opinion) for name, weight, opinion in groups]
        self._atr = self.use(Atr(parameters.periods.atr))
        self._volume = self.use(VolumeSma(parameters.periods.volume))
        self._side = 0.0
        self._bars_since = parameters.cooldown_bars

    @property
    def needs(self) -> MarketNeeds:
        """The order book, if its group counts."""
        return MarketNeeds(book_depth=BOOK_DEPTH if self._parameters.weights.order_book else 0)

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        self._bars_since += 1
        breakdown = [(name, weight * opinion(view)) for name, weight, opinion in self._groups]
        score = sum(part for _, part in breakdown)
        volume, factor = view.candle.volume, self._parameters.volume_factor
        confirmed = factor == 0 or 0 < volume >= factor * self._volume.value
        if not confirmed:
            score *= 0.5
        breakdown.append(("volume_confirmed", float(confirmed)))
        return self._judge(view, score, tuple(breakdown))

    def _judge(self, view: MarketView, score: float, breakdown: tuple[tuple[str, float], ...]) -> Signal:
        parameters, side = self._parameters, sign(score)
        turns = self._side == -side
        threshold = parameters.threshold + (parameters.hysteresis if turns else 0.0)
        if abs(score) < threshold:
            return self._perhaps_exit(score, threshold, breakdown)
        close, atr = view.candle.close, self._atr.value
        reason = self._blocked(view, side, atr < parameters.atr_fraction_min * close)
        if reason:
            return Signal(breakdown=breakdown, reason=reason, score=score, threshold=threshold)
        stop, target = close - side * parameters.stop_atr * atr, close + side * parameters.target_atr * atr
        why_not = obstacle(side, close, stop, target)
        if why_not:
            return Signal(breakdown=breakdown, reason=why_not, score=score, threshold=threshold)
        self._side, self._bars_since = side, 0
        return Signal(
            Direction.LONG if side > 0 else Direction.SHORT,
            strength=abs(score),
            stop_price=stop,
            target_price=target,
            breakdown=breakdown,
            reason="turned round" if turns else "the groups agree",
            score=score,
            threshold=threshold,
        )

    def _blocked(self, view: MarketView, side: float, quiet: bool) -> str:
        left = self._parameters.cooldown_bars - self._bars_since + 1
        if view.position.size * side > 0:
            return "in position already"
        if left > 0:
            return f"cooldown, {left} more bars"
        return "the market is too quiet" if quiet else ""

    def _perhaps_exit(self, score: float, threshold: float, breakdown: tuple[tuple[str, float], ...]) -> Signal:
        if self._side == 0 or score * self._side > -self._parameters.exit_score:
            return Signal(breakdown=breakdown, reason="below the threshold", score=score, threshold=threshold)
        self._side = 0.0
        return Signal(
            Direction.FLAT, breakdown=breakdown, reason="the score left its side", score=score, threshold=threshold
        )
