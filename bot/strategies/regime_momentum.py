"""Regime momentum: with trends that regime and order flow confirm, entered by a ladder."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from bot.domain.messages import Direction, LadderStep
from bot.indicators import Atr, MarketRegime, VolumeDelta, VolumeSma
from bot.indicators.regime import Regime
from bot.market.needs import MarketNeeds
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters
from bot.strategies.exits import obstacle

HOUR_MS = 3_600_000
_SIDES = {Regime.UP_TREND: 1, Regime.DOWN_TREND: -1}


class RegimeMomentumParameters(StrategyParameters):
    """Parameters of regime momentum."""

    confidence_min: float = Field(0.6, gt=0, le=1, description="Least confidence in a trend for an entry.")
    confidence_exit: float = Field(0.4, ge=0, le=1, description="A position ends below this, or when the regime turns.")
    flow_min: float = Field(0.1, ge=-1, le=1, description="Least order flow on the side of the trend, -1 to 1.")
    use_trades: bool = Field(
        False,
        description="Order flow from public trades, not estimated from bars (which is the same in a backtest).",
    )
    flow_bars: int = Field(10, ge=2, le=500, description="Bars of that estimate.")
    ladder_steps: int = Field(4, ge=1, le=20, description="Limit orders of an entry.")
    ladder_first_atr: float = Field(0.1, ge=0, le=10, description="Distance of the first one from the close, in ATR.")
    ladder_last_atr: float = Field(1.0, ge=0, le=20, description="Distance of the last one.")
    ladder_bars: int = Field(5, ge=1, le=1000, description="What has not been filled after so many bars is withdrawn.")
    atr_period: int = Field(14, ge=2, le=200, description="Bars of the ATR.")
    stop_atr: float = Field(3.0, gt=0, le=50, description="Distance of the stop from the close, in ATR.")
    drawdown_limit_quote: float = Field(
        200.0, gt=0, le=1e9, description="Loss from the best result so far that stops it."
    )
    pause_hours: float = Field(24.0, gt=0, le=10_000, description="How long it then stays out.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ladder_first_atr > self.ladder_last_atr:
            raise ValueError("ladder_first_atr must not be above ladder_last_atr")
        if self.ladder_last_atr >= self.stop_atr:
            raise ValueError("ladder_last_atr must be below stop_atr: a step beyond the stop makes no sense")
        if self.confidence_exit > self.confidence_min:
            raise ValueError("confidence_exit must not be above confidence_min")
        return self


class RegimeMomentum(Strategy):
    """Trades a trend only while it is certain.

    1. Long when the market regime is an up-trend with a confidence of ``confidence_min`` and the order flow is at
       least ``flow_min`` on the side of buyers; short mirrored in a down-trend.
    2. It enters by ``ladder_steps`` post-only limit orders of equal size, from ``ladder_first_atr`` to
       ``ladder_last_atr`` ATR on the better side of the close; what is not filled within ``ladder_bars`` is withdrawn.
    3. A position ends when the regime is no trend of its side any more, or its confidence is below ``confidence_exit``.
    4. The stop is ``stop_atr`` ATR from the close; no target.
    5. When profit, open and closed, has fallen by ``drawdown_limit_quote`` from its highest, everything is closed and
       nothing begun for ``pause_hours``; after that, and after a restart, the count begins anew.
    """

    name: ClassVar[str] = "regime_momentum"
    Parameters: ClassVar[type[StrategyParameters]] = RegimeMomentumParameters

    def __init__(self, parameters: RegimeMomentumParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._regime = self.use(MarketRegime())
        self._atr = self.use(Atr(parameters.atr_period))
        self._delta = self.use(VolumeDelta(parameters.flow_bars))
        self._volume = self.use(VolumeSma(parameters.flow_bars))
        self._best_profit: float | None = None
        self._out_until_ms = 0

    @property
    def needs(self) -> MarketNeeds:
        """Public trades, unless the flow is estimated."""
        return MarketNeeds(trades=self._parameters.use_trades)

    def warm_up(self, view: MarketView) -> None:
        """Nothing of the past is remembered: what the position would have made of it was never had."""

    def take_over(self, earlier: Strategy) -> None:
        """A pause is not over because the connection was lost."""
        if isinstance(earlier, RegimeMomentum):
            self._best_profit, self._out_until_ms = earlier._best_profit, earlier._out_until_ms  # noqa: SLF001 - its own kind

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        parameters, regime = self._parameters, self._regime
        side = _SIDES.get(Regime(int(regime.code)), 0)
        flow = self._flow(view)
        drawdown = self._drawdown(view)
        breakdown = (
            ("regime", regime.code),
            ("confidence", regime.confidence),
            ("flow", flow),
            ("drawdown", drawdown),
        )
        if drawdown >= parameters.drawdown_limit_quote:
            self._best_profit = None
            self._out_until_ms = view.close_ms + int(parameters.pause_hours * HOUR_MS)
            return Signal(Direction.FLAT, breakdown=breakdown, reason="the drawdown limit is hit")
        if view.position.size:
            certain = side * view.position.size > 0 and regime.confidence >= parameters.confidence_exit
            if not certain:
                return Signal(Direction.FLAT, breakdown=breakdown, reason="the regime turned uncertain")
            return Signal(breakdown=breakdown, reason="in position")
        reason = self._stays_out(view, side, flow)
        return Signal(breakdown=breakdown, reason=reason) if reason else self._enter(view, side, breakdown)

    def _stays_out(self, view: MarketView, side: int, flow: float) -> str:
        parameters = self._parameters
        if view.close_ms < self._out_until_ms:
            return "paused after a drawdown"
        if side == 0:
            return "no trend"
        if self._regime.confidence < parameters.confidence_min:
            return "the trend is not certain enough"
        if flow * side < parameters.flow_min:
            return "the order flow does not confirm it"
        atr = self._atr.value
        if not atr > 0:
            return "the market does not move"
        close = view.candle.close
        last_step = close - side * parameters.ladder_last_atr * atr
        return obstacle(side, last_step, close - side * parameters.stop_atr * atr)

    def _enter(self, view: MarketView, side: int, breakdown: tuple[tuple[str, float], ...]) -> Signal:
        parameters, close, atr = self._parameters, view.candle.close, self._atr.value
        count = parameters.ladder_steps
        width = parameters.ladder_last_atr - parameters.ladder_first_atr
        distances = [parameters.ladder_first_atr + width * step / max(count - 1, 1) for step in range(count)]
        return Signal(
            Direction.LONG if side > 0 else Direction.SHORT,
            strength=self._regime.confidence,
            stop_price=close - side * parameters.stop_atr * atr,
            breakdown=breakdown,
            reason="the trend is confirmed",
            ladder=tuple(LadderStep(close - side * distance * atr, 1 / count) for distance in distances),
            ladder_valid_ms=parameters.ladder_bars * view.interval_ms,
        )

    def _flow(self, view: MarketView) -> float:
        """Order flow, -1 (sellers) to 1 (buyers)."""
        if self._parameters.use_trades:
            return 0.0 if view.flow is None else view.flow.signal
        whole = self._volume.value * self._parameters.flow_bars
        return self._delta.total / whole if whole > 0 else 0.0

    def _drawdown(self, view: MarketView) -> float:
        """How far profit, open and closed, is below its highest, in quote coin."""
        profit = view.position.profit_quote(view.candle.close)
        self._best_profit = profit if self._best_profit is None else max(self._best_profit, profit)
        return self._best_profit - profit
