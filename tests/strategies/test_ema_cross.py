"""The EMA cross and what filters it."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import sin

import pytest

from bot.core.analyzer import AnalyzerCore
from bot.domain.errors import UserError
from bot.domain.messages import BarClosed, CandlesLoaded, Direction, SignalRaised
from bot.domain.values import Candle, TimeMs
from bot.strategies.base import Strategy
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC, MINUTE_MS, NOW

LOOSE = {"fast_period": 3, "slow_period": 8, "rsi_long_max": 100, "rsi_short_min": 0, "atr_fraction_min": 0}


def wave(count: int) -> list[Candle]:
    """Prices that swing around 100 with a period of some 60 bars."""
    closes = [100 + 5 * sin(index / 10) for index in range(count)]
    return [
        Candle(TimeMs(NOW + index * MINUTE_MS), close, close + 0.5, close - 0.5, close, 1.0)
        for index, close in enumerate(closes)
    ]


def signals(bars: Iterable[Candle], params: Mapping[str, float]) -> list[SignalRaised]:
    core = AnalyzerCore(BTC, "1", lambda: make_strategy(built_in("ema_cross", params)))
    out: list[SignalRaised] = []
    for candle in bars:
        close_ms = TimeMs(candle.start_ms + MINUTE_MS)
        out += [
            each for each in core.handle(BarClosed(BTC, candle, close_ms), close_ms) if isinstance(each, SignalRaised)
        ]
    return out


def test_it_turns_with_the_wave() -> None:
    found = signals(wave(200), LOOSE)
    directions = [signal.direction for signal in found]
    assert len(directions) >= 5
    assert all(one is not other for one, other in pairwise(directions))


def test_stop_and_target_stand_at_their_multiples_of_the_atr() -> None:
    for signal in signals(wave(200), LOOSE | {"stop_atr": 2, "target_atr": 3}):
        atr = dict(signal.breakdown)["atr"]
        sign = 1 if signal.direction is Direction.LONG else -1
        assert signal.stop_price == pytest.approx(signal.price - sign * 2 * atr)
        assert signal.target_price == pytest.approx(signal.price + sign * 3 * atr)


def test_a_market_too_quiet_only_ends_positions() -> None:
    found = signals(wave(200), LOOSE | {"atr_fraction_min": 0.5})
    assert found
    assert {signal.direction for signal in found} == {Direction.FLAT}


def test_a_stretched_market_is_not_entered() -> None:
    found = signals(wave(200), LOOSE | {"rsi_period": 2, "rsi_long_max": 70, "rsi_short_min": 30})
    assert Direction.FLAT in {signal.direction for signal in found}
    for signal in found:
        rsi = dict(signal.breakdown)["rsi"]
        assert signal.direction is not Direction.LONG or rsi <= 70
        assert signal.direction is not Direction.SHORT or rsi >= 30


def test_history_leads_to_the_same_state_as_living_through_it() -> None:
    bars = wave(200)
    lived = signals(bars, LOOSE)
    for cut in (30, 77, 120):
        core = AnalyzerCore(BTC, "1", lambda: make_strategy(built_in("ema_cross", LOOSE)))
        core.handle(CandlesLoaded(BTC, tuple(bars[:cut])), NOW)
        later: list[SignalRaised] = []
        for candle in bars[cut:]:
            close_ms = TimeMs(candle.start_ms + MINUTE_MS)
            later += [s for s in core.handle(BarClosed(BTC, candle, close_ms), close_ms) if isinstance(s, SignalRaised)]
        assert later == [signal for signal in lived if signal.time_ms > bars[cut].start_ms]


def test_nothing_is_decided_before_every_indicator_is_ready() -> None:
    strategy: Strategy = make_strategy(built_in("ema_cross", {}))
    longest = max(indicator.warmup_bars for indicator in strategy.indicators)
    first = signals(wave(300), {"rsi_long_max": 100, "rsi_short_min": 0, "atr_fraction_min": 0})[0]
    assert first.time_ms >= NOW + longest * MINUTE_MS


@pytest.mark.parametrize(
    ("name", "params", "text"),
    [
        ("ema_cros", {}, "there is no such strategy"),
        ("ema_cross", {"fast_perod": 3}, 'strategy.params.fast_perod: is not known; did you mean "fast_period"'),
        ("ema_cross", {"fast_period": 1, "stop_atr": -1}, "strategy.params.stop_atr"),
        ("ema_cross", {"fast_period": 30}, "fast_period must be smaller than slow_period"),
    ],
)
def test_wrong_parameters_are_told_by_name(name: str, params: dict[str, float], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in(name, params))
