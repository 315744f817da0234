"""What a strategy is: parameters, indicators, and a decision after every closed bar."""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import msgspec
from pydantic import BaseModel, ConfigDict

from bot.domain.messages import BookTop, Direction, LadderStep, Levels, Quote, TradeFlow
from bot.domain.values import Candle, Symbol, TimeMs, interval_ms
from bot.indicators.base import Indicator
from bot.indicators.pandas_bridge import PandasTa
from bot.market.needs import MarketNeeds

WARMUPS = 5
"""After so many times their length smoothed indicators have forgotten their start to some parts in ten thousand."""


class StrategyParameters(BaseModel):
    """Base of a strategy's parameters: typed, bounded, with defaults; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


class QuotePlan(msgspec.Struct, frozen=True, gc=False):
    """The resting orders that a strategy wants from now on, and what the position they build up may come to.

    ``stop_long`` and ``stop_short`` protect that position on either side; ``inventory_max_quote`` bounds its value.
    """

    quotes: tuple[Quote, ...]
    inventory_max_quote: float
    stop_long: float
    stop_short: float


class Signal(msgspec.Struct, frozen=True, gc=False):
    """What a strategy makes of a bar.

    ``direction`` None means that there is nothing to do. ``strength`` is 0 to 1. ``breakdown`` lists what contributed,
    ``score`` and ``threshold`` what it came to and what was needed, ``reason`` in a few words why there is (or is not)
    a wish: `why` shows all of it. Prices are absolute and unrounded; without a stop the configured fallback distance
    is used. ``amount_quote`` fixes the value of the entry, which otherwise follows from the configured risk, and
    ``ladder`` spreads it over limit orders that are withdrawn ``ladder_valid_ms`` later. ``entry`` names a kind of
    entry ("twap", say) where it shall be another than the configured one. ``plan`` is for strategies that quote: None
    leaves their quotes as they are.
    """

    direction: Direction | None = None
    strength: float = 1.0
    stop_price: float | None = None
    target_price: float | None = None
    breakdown: tuple[tuple[str, float], ...] = ()
    reason: str = ""
    score: float | None = None
    threshold: float | None = None
    amount_quote: float | None = None
    ladder: tuple[LadderStep, ...] = ()
    ladder_valid_ms: int = 0
    entry: str = ""
    plan: QuotePlan | None = None


class PositionView(msgspec.Struct, frozen=True, gc=False):
    """The bot's position: signed ``size`` (negative for short), average entry, profit taken so far.

    Sizes are in base coin and money in quote coin; of an inverse contract sizes are in USD and money in base coin.
    """

    size: float = 0.0
    entry_price: float = 0.0
    realised_pnl: float = 0.0
    fees: float = 0.0
    is_inverse: bool = False

    def value(self, price: float) -> float:
        """Signed value at a price, in quote coin."""
        return self.size if self.is_inverse else self.size * price

    def open_profit(self, price: float) -> float:
        """What closing at a price would bring before fees, in the coin of ``realised_pnl``."""
        if not self.is_inverse:
            return self.size * (price - self.entry_price)
        return self.size * (1 / self.entry_price - 1 / price) if self.size else 0.0

    def profit_quote(self, price: float) -> float:
        """All profit so far after fees, what is open at a price included, in quote coin."""
        profit = self.realised_pnl - self.fees + self.open_profit(price)
        return profit * price if self.is_inverse else profit


NO_POSITION = PositionView()
_NO_CANDLE = Candle(TimeMs(0), 0.0, 0.0, 0.0, 0.0, 0.0)


class MarketView:
    """What a strategy sees when it decides. One object per analyzer, renewed in place for every bar.

    ``higher`` has the last closed bar of each higher timeframe. ``book``, ``flow`` and ``funding_rate`` are None where
    they are not known or can not be trusted, and always while history is being loaded.
    """

    __slots__ = ("book", "candle", "close_ms", "flow", "funding_rate", "higher", "interval_ms", "position", "symbol")

    def __init__(self, symbol: Symbol, interval_ms: int) -> None:
        self.symbol = symbol
        self.interval_ms = interval_ms
        self.candle = _NO_CANDLE
        self.close_ms = TimeMs(0)
        self.higher: dict[str, Candle] = {}
        self.book: BookTop | None = None
        self.flow: TradeFlow | None = None
        self.funding_rate: float | None = None
        self.position = NO_POSITION


class ReadsLevels(Protocol):
    """Reads what exits are measured by, as it is after the last bar."""

    def read(self) -> Levels:
        """ATR and extremes; NaN where they are not known yet."""
        ...


class Strategy(ABC):
    """Decides after every closed bar of one symbol, from its indicators and the view.

    Indicators are registered with ``use`` in ``__init__``; the analyzer updates them before every ``decide`` and calls
    ``decide`` only once all of the trading interval are ready; those of higher timeframes say so themselves. While
    history is loaded it calls ``warm_up`` instead. Strategies must not read clocks, files or the network: the same bars
    must always give the same decisions.
    """

    name: ClassVar[str]
    Parameters: ClassVar[type[StrategyParameters]] = StrategyParameters

    def __init__(self, parameters: StrategyParameters) -> None:  # noqa: ARG002 - every strategy is made from its parameters
        self.indicators: list[Indicator] = []
        self.higher_indicators: dict[str, list[Indicator]] = {}
        self.levels: ReadsLevels | None = None
        """What the configured exits and sizes are measured by, where they need it (see bot/strategies/levels.py)."""

    def use[I: Indicator](self, indicator: I, interval: str | None = None) -> I:
        """Register an indicator and return it; ``interval`` is a higher timeframe such as "60", None the own one."""
        members = self.indicators if interval is None else self.higher_indicators.setdefault(interval, [])
        members.append(indicator)
        return indicator

    @property
    def needs(self) -> MarketNeeds:
        """What the strategy must see besides bars."""
        return MarketNeeds()

    def history_bars(self, bar_ms: int) -> int:
        """How many bars of history it asks for: enough for smoothed indicators to forget their start."""
        return _history(self.indicators, bar_ms)

    def higher_history_bars(self, interval: str) -> int:
        """The same of a higher timeframe that it uses."""
        return _history(self.higher_indicators[interval], interval_ms(interval))

    @abstractmethod
    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""

    def warm_up(self, view: MarketView) -> None:
        """Take a bar of the past: decide and forget, so that what a strategy remembers is as if it had been running."""
        self.decide(view)

    def take_over(self, earlier: "Strategy") -> None:  # noqa: B027 - most remember nothing of the kind
        """History was read again in the middle of a run: keep of the earlier one what does not follow from bars."""

    def requote(self, view: MarketView) -> QuotePlan | None:  # noqa: ARG002 - for those that quote
        """What to quote now that the book in ``view`` has moved between bars; None leaves everything as it is."""
        return None


def _history(indicators: list[Indicator], bar_ms: int) -> int:
    """Indicators of days need so many days, however short the bars are."""
    by_bars = max((_forgets_after(indicator) for indicator in indicators), default=WARMUPS)
    by_days = max((indicator.history_ms for indicator in indicators), default=0) // bar_ms + 1
    return max(by_bars, by_days)


def _forgets_after(indicator: Indicator) -> int:
    """What is computed on a window knows nothing else from the start."""
    return indicator.warmup_bars * (1 if isinstance(indicator, PandasTa) else WARMUPS)
