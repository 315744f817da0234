"""Markets for strategies: made up ones, and the real one of the recorded candles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import sin
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.core.analyzer import AnalyzerCore
from bot.domain.messages import BarClosed, BarJudged, BookTop, CandlesLoaded, Message, PositionChanged, TradeFlow
from bot.domain.values import ZERO, Candle, TimeMs
from bot.indicators.base import Indicator
from bot.indicators.indicator_set import IndicatorSet
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC, MINUTE_MS

CANDLES = Path(__file__).parents[3] / "shared/data/bybit_linear_1m_20250530_20250629"
needs_candles = pytest.mark.skipif(not CANDLES.is_dir(), reason="the recorded candles are not on this machine")
DAY = TimeMs(1_700_006_400_000)
"""The start of a UTC day."""


def bars_of(closes: Iterable[float], volume: float = 10.0, spread: float = 0.001) -> list[Candle]:
    """Bars of a minute from the start of a day, each opening where the one before closed."""
    found: list[Candle] = []
    last: float | None = None
    for index, close in enumerate(closes):
        opened = close if last is None else last
        high, low = max(opened, close) * (1 + spread), min(opened, close) * (1 - spread)
        found.append(Candle(TimeMs(DAY + index * MINUTE_MS), opened, high, low, close, volume))
        last = close
    return found


def rising(count: int, step: float = 0.001) -> list[Candle]:
    """A market that only rises (falls, for a negative step)."""
    return bars_of(100 * (1 + step) ** index for index in range(count))


def wandering(count: int, seed: int = 1, noise: float = 0.002) -> list[Candle]:
    """A market that swings and wanders."""
    random = Random(seed)  # noqa: S311 - a market
    price, closes = 100.0, []
    for index in range(count):
        price *= 1 + random.gauss(0, noise) + 0.0005 * sin(index / 90)
        closes.append(price)
    return [
        Candle(bar.start_ms, bar.open, bar.high, bar.low, bar.close, random.uniform(1, 20)) for bar in bars_of(closes)
    ]


@cache
def real(symbol: str, count: int) -> tuple[Candle, ...]:
    """The first recorded minutes of a symbol."""
    from pyarrow import parquet

    table = parquet.read_table(CANDLES / f"{symbol}_1m.parquet").slice(0, count)
    columns = [table[name].to_pylist() for name in ("timestamp", "open", "high", "low", "close", "volume")]
    return tuple(Candle(*row) for row in zip(*columns, strict=True))


def analyzer(name: str, params: Mapping[str, Any] | None = None) -> AnalyzerCore:
    """An analyzer that tells what it makes of every bar."""
    return AnalyzerCore(BTC, "1", lambda: make_strategy(built_in(name, params or {})), explains=True)


def closed(bar: Candle, book: BookTop | None = None, flow: TradeFlow | None = None) -> BarClosed:
    """A bar with what is known of its market."""
    return BarClosed(BTC, bar, TimeMs(bar.start_ms + MINUTE_MS), (), book, flow)


def live(core: AnalyzerCore, bars: Iterable[Candle]) -> list[Message]:
    """Everything that an analyzer says while bars close one by one."""
    return [each for bar in bars for each in core.handle(closed(bar), TimeMs(bar.start_ms + MINUTE_MS))]


def judged(
    name: str, params: Mapping[str, Any] | None, history: Sequence[Candle], bars: Sequence[Candle]
) -> list[BarJudged]:
    """What a strategy makes of ``bars`` after it was given ``history``."""
    core = analyzer(name, params)
    core.handle(CandlesLoaded(BTC, tuple(history)), DAY)
    return [each for each in live(core, bars) if isinstance(each, BarJudged)]


def position(size: str, entry: str = "100") -> PositionChanged:
    """The bot's position as the position manager tells it."""
    from decimal import Decimal

    return PositionChanged(BTC, DAY, Decimal(size), Decimal(entry), None, None, Decimal(5), ZERO, ZERO)


def given(name: str, params: Mapping[str, Any] | None = None, history: Sequence[Candle] = ()) -> AnalyzerCore:
    """An analyzer that has lived through a history."""
    core = analyzer(name, params)
    core.handle(CandlesLoaded(BTC, tuple(history)), DAY)
    return core


def of[M: Message](kind: type[M], messages: Iterable[Message]) -> list[M]:
    """The messages of one kind."""
    return [each for each in messages if isinstance(each, kind)]


def readings(indicators: Sequence[Indicator], bars: Iterable[Candle]) -> Iterator[Candle]:
    """The bars, one by one, with the indicators as they are after each."""
    group = IndicatorSet(indicators)
    for bar in bars:
        group.update(bar)
        yield bar
