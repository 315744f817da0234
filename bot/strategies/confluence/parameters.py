"""Parameters of the confluence strategy."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.values import MINUTES_BY_INTERVAL
from bot.strategies.base import StrategyParameters

Weight = Annotated[float, Field(ge=0, le=10, description="How much the group counts; 0 switches it off.")]
Period = Annotated[int, Field(ge=2, le=1000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Weights(_Part):
    """How much each group counts. Every group says -1 (short) to 1 (long); its weight multiplies that."""

    ema_alignment: Weight = 1.0
    sma_trend: Weight = 0.5
    momentum: Weight = 1.0
    bollinger: Weight = 0.5
    vwap: Weight = 0.4
    parabolic_sar: Weight = 0.4
    order_book: Weight = 0.0
    fibonacci: Weight = 0.3
    ehlers_super_trend: Weight = 1.0
    macd: Weight = 0.6
    adx: Weight = 0.6
    ichimoku: Weight = 0.6
    obv: Weight = 0.4
    cmf: Weight = 0.4
    volatility: Weight = 0.3
    vwma: Weight = 0.3
    volume_delta: Weight = 0.4
    higher_timeframes: Weight = 1.0

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not any(vars(self).values()):
            raise ValueError("every weight is 0: nothing would ever be decided")
        return self


class Periods(_Part):
    """Lengths of the indicators, in bars."""

    ema_fast: Period = 9
    ema_middle: Period = 21
    ema_slow: Period = 50
    sma: Period = 100
    rsi: Period = 14
    stoch_rsi: Period = 14
    cci: Period = 20
    williams_r: Period = 14
    mfi: Period = 14
    bollinger: Period = 20
    macd_fast: Period = 12
    macd_slow: Period = 26
    macd_signal: Period = 9
    adx: Period = 14
    obv_ema: Period = 20
    cmf: Period = 20
    atr: Period = 14
    vwma: Period = 20
    volume: Period = 20
    volume_delta: Period = 20
    fibonacci: Period = 100

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.ema_fast < self.ema_middle < self.ema_slow:
            raise ValueError("ema_fast, ema_middle and ema_slow must rise")
        if self.macd_fast >= self.macd_slow:
            raise ValueError("macd_fast must be smaller than macd_slow")
        return self


class PandasTaGroup(_Part):
    """An indicator of pandas-ta as a group of its own: ``{"pandas_ta": "kst", "params": {"signal": 9}}``."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

    name: str = Field(alias="pandas_ta", min_length=1, max_length=50, description="Its name in pandas-ta.")
    params: dict[str, Any] = Field(default_factory=dict, description="Its parameters there.")
    column: str | None = Field(None, description="Which of its columns; null: the first.")
    long_above: float = Field(0.0, description="Above this it says long.")
    short_below: float = Field(0.0, description="Below this it says short; between the two nothing.")
    weight: Weight = 0.5
    window_bars: int = Field(300, ge=2, le=10_000, description="On how many of the last bars it is computed.")

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.short_below > self.long_above:
            raise ValueError("short_below must not be above long_above")
        return self


class ConfluenceParameters(StrategyParameters):
    """Parameters of the confluence strategy."""

    weights: Weights = Weights()
    periods: Periods = Periods()
    indicators: tuple[PandasTaGroup, ...] = Field(
        (), max_length=20, description='More groups: indicators of pandas-ta, such as {"pandas_ta": "kst"}.'
    )
    threshold: float = Field(
        0.45, gt=0, lt=1, description="Least score for an entry; the score is the weighted mean of the groups, -1 to 1."
    )
    hysteresis: float = Field(
        0.1, ge=0, lt=1, description="How far beyond the threshold the score must be to turn the last signal round."
    )
    exit_score: float = Field(
        0.15, ge=0, lt=1, description="A signal ends where the score is this far on the other side of 0."
    )
    cooldown_bars: int = Field(5, ge=0, le=1000, description="Bars after a signal without another entry.")
    volume_factor: float = Field(
        0.8, ge=0, le=10, description="Below this multiple of the average volume the score counts half; 0: never."
    )
    higher_timeframes: tuple[str, ...] = Field(
        ("15", "60"), max_length=4, description="Timeframes whose trend is asked for, above the trading interval."
    )
    higher_trend: Literal["sma", "ema", "super_trend"] = Field("ema", description="What makes their trend.")
    higher_period: int = Field(20, ge=2, le=500, description="Bars of that average, or of the ATR of the SuperTrend.")
    stop_atr: float = Field(2.5, gt=0, le=50, description="Distance of the stop-loss, in ATR.")
    target_atr: float = Field(4.0, gt=0, le=100, description="Distance of the take-profit, in ATR.")
    atr_fraction_min: float = Field(0.0003, ge=0, le=1, description="No entry where ATR / price is below this.")

    @field_validator("higher_timeframes")
    @classmethod
    def _known(cls, intervals: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [each for each in intervals if each not in MINUTES_BY_INTERVAL]
        if unknown:
            raise ValueError(f"{unknown[0]} is no interval; there is: {', '.join(MINUTES_BY_INTERVAL)}")
        if len(set(intervals)) < len(intervals):
            raise ValueError("each timeframe once")
        return intervals
