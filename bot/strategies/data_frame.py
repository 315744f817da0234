"""Strategies written as a function of a DataFrame, for those who think in pandas."""

from abc import abstractmethod
from collections import deque
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, ClassVar

from bot.domain.messages import Direction
from bot.strategies.base import MarketView, Signal, Strategy, StrategyParameters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pandas import DataFrame

    from bot.domain.values import Candle

DIRECTIONS = {"buy": Direction.LONG, "sell": Direction.SHORT, "exit": Direction.FLAT}
HOLD = frozenset({"hold", "", "nan", "none", "<na>"})
_PRICES = ("open", "high", "low", "close", "volume")


class DataFrameStrategy(Strategy):
    """Asks ``generate_signals`` after every bar, with the newest ``window_bars`` closed bars as a DataFrame.

    Slower than indicators that are kept up to date bar by bar: a DataFrame with a few of pandas-ta's indicators takes
    milliseconds. Nothing is decided before the window is full, so that a start always sees what a long run sees.
    """

    window_bars: ClassVar[int] = 300

    def __init__(self, parameters: StrategyParameters) -> None:
        super().__init__(parameters)
        self._bars: deque[Candle] = deque(maxlen=self.window_bars)

    def history_bars(self, bar_ms: int) -> int:  # noqa: ARG002 - see Strategy.history_bars
        """The window."""
        return self.window_bars

    @abstractmethod
    def generate_signals(self, df: "DataFrame") -> "DataFrame":
        """Return the frame with a column ``signal``: buy, sell, exit or hold; the last row is what counts.

        ``df`` has the columns open, high, low, close and volume (floats) and the opening times of the bars as its index
        (UTC). It is a copy and may be changed. Columns ``stop``, ``target`` (prices) and ``strength`` (0 to 1) may be
        added.
        """

    @staticmethod
    def frame_of(bars: "Iterable[Candle]") -> "DataFrame":
        """Bars as ``generate_signals`` gets them."""
        import pandas as pd  # costs half a second, and most strategies do without

        rows = tuple(bars)
        columns = {name: [getattr(bar, name) for bar in rows] for name in _PRICES}
        return pd.DataFrame(columns, index=pd.to_datetime([bar.start_ms for bar in rows], unit="ms", utc=True))

    def warm_up(self, view: MarketView) -> None:
        """Only remember the bar: what would have been decided in the past need not be worked out."""
        self._bars.append(view.candle)

    def decide(self, view: MarketView) -> Signal:
        """The signal of the last row."""
        self._bars.append(view.candle)
        missing = self.window_bars - len(self._bars)
        if missing:
            return Signal(reason=f"{missing} more bars are needed to fill the window")
        return read_signal(self.generate_signals(self.frame_of(self._bars)))


def read_signal(df: "DataFrame") -> Signal:
    """What the last row asks for.

    TypeError or ValueError for what can only be a mistake: no column ``signal``, or a word that means nothing. A wish
    whose stop or target is no number is none, and the reason says so.
    """
    if not hasattr(df, "columns"):
        raise TypeError(f"generate_signals must return the DataFrame, not {df!r:.80}")
    if df.empty:
        return Signal(reason="generate_signals returned no rows")
    if "signal" not in df.columns:
        raise ValueError("generate_signals returned no column signal")
    last = df.iloc[-1]
    word = str(last["signal"]).strip().lower()
    direction = DIRECTIONS.get(word)
    if direction is None and word not in HOLD:
        raise ValueError(f"signal is {word!r}, which is none of buy, sell, exit and hold")
    numbers = {name: _number(last[name]) for name in ("stop", "target", "strength") if name in df.columns}
    if direction in {Direction.LONG, Direction.SHORT} and isnan(numbers.get("stop", 0.0)):
        return Signal(reason=f"{word}, but its stop is no number")
    finite = {name: number for name, number in numbers.items() if isfinite(number)}
    return Signal(
        direction,
        strength=min(max(finite.get("strength", 1.0), 0.0), 1.0),
        stop_price=finite.get("stop"),
        target_price=finite.get("target"),
        breakdown=tuple(finite.items()),
        reason=word or "hold",
    )


def _number(cell: object) -> float:
    """A cell as a number; NaN for pandas' ways of saying that there is none, and for what is no number."""
    try:
        return float(cell)  # type: ignore[arg-type]  # that is the question
    except (TypeError, ValueError):
        return nan
