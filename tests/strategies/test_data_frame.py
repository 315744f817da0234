"""Strategies written as a function of a DataFrame."""

import pandas as pd
import pytest

from bot.core.analyzer import AnalyzerCore
from bot.domain.messages import BarClosed, CandlesLoaded, Direction, SignalRaised
from bot.domain.values import TimeMs
from bot.strategies.base import StrategyParameters
from bot.strategies.data_frame import DataFrameStrategy, read_signal
from tests.core.samples import BTC, MINUTE_MS, NOW, bar


class Rising(DataFrameStrategy):
    """Buys what rises; keeps every frame it was given."""

    window_bars = 5
    seen: list[pd.DataFrame]

    def generate_signals(self, df: pd.DataFrame) -> pd.DataFrame:
        self.seen = [*getattr(self, "seen", []), df.copy()]
        df["signal"] = (df["close"].diff() > 0).map({True: "buy", False: "hold"})
        df["stop"] = df["close"] - 1
        df["close"] = 0.0  # it is a copy
        return df


def test_only_full_windows_of_closed_bars_decide() -> None:
    strategy = Rising(StrategyParameters())
    strategy.name = "rising"  # type: ignore[misc]  # what the loader does for classes without one
    core = AnalyzerCore(BTC, "1", lambda: strategy)
    core.handle(CandlesLoaded(BTC, tuple(bar(index, 100.0 + index) for index in range(3))), NOW)
    found = []
    for index in range(3, 7):
        closed_ms = TimeMs(NOW + (index + 1) * MINUTE_MS)
        found.append(core.handle(BarClosed(BTC, bar(index, 100.0 + index), closed_ms), closed_ms))
    assert found[0] == []
    (signal,) = found[1]
    assert isinstance(signal, SignalRaised)
    assert (signal.direction, signal.stop_price) == (Direction.LONG, 103.0)
    assert [len(frame) for frame in strategy.seen] == [5, 5, 5]
    assert list(strategy.seen[-1]["close"]) == [102.0, 103.0, 104.0, 105.0, 106.0]
    assert str(strategy.seen[-1].index.dtype).endswith("UTC]")


@pytest.mark.parametrize(
    ("word", "direction"),
    [("buy", Direction.LONG), ("SELL", Direction.SHORT), ("exit", Direction.FLAT), ("hold", None), (None, None)],
)
def test_words(word: str | None, direction: Direction | None) -> None:
    assert read_signal(pd.DataFrame({"signal": [word]})).direction is direction


def test_what_can_only_be_a_mistake_is_one() -> None:
    with pytest.raises(ValueError, match="signal is 'byu', which is none of buy, sell, exit and hold"):
        read_signal(pd.DataFrame({"signal": ["byu"]}))
    with pytest.raises(ValueError, match="returned no column signal"):
        read_signal(pd.DataFrame({"close": [1.0]}))


def test_a_wish_whose_stop_is_no_number_is_none() -> None:
    signal = read_signal(pd.DataFrame({"signal": ["buy"], "stop": [float("nan")]}))
    assert (signal.direction, signal.reason) == (None, "buy, but its stop is no number")
    assert read_signal(pd.DataFrame({"signal": ["exit"], "stop": [float("nan")]})).direction is Direction.FLAT
