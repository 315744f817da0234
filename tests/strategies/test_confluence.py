"""The confluence strategy: every group, the score, and what becomes of it."""

from itertools import pairwise
from math import isfinite

import pytest

from bot.domain.errors import UserError
from bot.domain.messages import BarJudged, BookTop, CandlesLoaded, Direction, SignalRaised
from bot.domain.values import Candle
from bot.strategies.confluence.parameters import Weights
from bot.strategies.confluence.strategy import GROUPS
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC
from tests.strategies.markets import (
    DAY,
    analyzer,
    closed,
    judged,
    live,
    needs_candles,
    position,
    real,
    rising,
    wandering,
)

EAGER = {"cooldown_bars": 0, "volume_factor": 0, "atr_fraction_min": 0}
HISTORY = 1500


def only(*names: str) -> dict[str, float]:
    """Weights of just these groups."""
    return {name: float(name in names) for name in GROUPS}


def test_every_weight_has_its_group() -> None:
    assert set(GROUPS) == set(Weights.model_fields)


@pytest.mark.parametrize("name", [name for name in GROUPS if name not in {"order_book", "higher_timeframes"}])
def test_each_group_alone_stays_within_its_bounds_and_has_both_opinions(name: str) -> None:
    bars = wandering(HISTORY + 1500, seed=3)
    found = judged("confluence", {**EAGER, "weights": only(name)}, bars[:HISTORY], bars[HISTORY:])
    scores = [each.score for each in found if each.score is not None]
    assert len(scores) == 1500
    assert all(isfinite(score) and -1 <= score <= 1 for score in scores)
    assert min(scores) < 0 < max(scores)


@pytest.mark.parametrize(
    "name",
    ["ema_alignment", "sma_trend", "parabolic_sar", "ehlers_super_trend", "adx", "ichimoku", "vwap", "obv"],
)
@pytest.mark.parametrize("step", [0.0005, -0.0005])
def test_trend_groups_go_with_a_trend(name: str, step: float) -> None:
    bars = rising(1700, step)
    last = judged("confluence", {**EAGER, "weights": only(name)}, bars[:1500], bars[1500:])[-1]
    assert last.score is not None
    assert last.score * step > 0


def book(imbalance: float) -> BookTop:
    return BookTop(DAY, 99.9, 1, 100.1, 1, 0.002, 0.002, 100, imbalance, 1, 1)


def test_the_order_book_counts_only_where_it_can_be_trusted() -> None:
    core = analyzer("confluence", {**EAGER, "weights": only("order_book")})
    bars = wandering(HISTORY + 2)
    core.handle(CandlesLoaded(BTC, tuple(bars[:HISTORY])), DAY)
    scores = []
    for bar, seen in zip(bars[HISTORY:], (book(0.7), None), strict=True):
        (judgement,) = (each for each in core.handle(closed(bar, seen), DAY) if isinstance(each, BarJudged))
        scores.append(judgement.score)
    assert scores == [0.7, 0.0]


def test_the_book_is_asked_for_only_if_it_counts() -> None:
    assert make_strategy(built_in("confluence", {})).needs.book_depth == 0
    assert make_strategy(built_in("confluence", {"weights": {"order_book": 1}})).needs.book_depth == 50


def test_the_breakdown_adds_up_to_the_score() -> None:
    bars = wandering(HISTORY + 50)
    for each in judged("confluence", {"volume_factor": 0}, bars[:HISTORY], bars[HISTORY:]):
        parts = [value for name, value in each.breakdown if name in GROUPS]
        assert each.score == pytest.approx(sum(parts))


def test_a_score_without_volume_counts_half() -> None:
    bars = wandering(HISTORY + 30)
    quiet = [Candle(bar.start_ms, bar.open, bar.high, bar.low, bar.close, 0.0) for bar in bars[HISTORY:]]
    halved = judged("confluence", {"weights": only("macd")}, bars[:HISTORY], quiet)
    whole = judged("confluence", {"weights": only("macd"), "volume_factor": 0}, bars[:HISTORY], quiet)
    assert [each.score for each in halved] == [each.score / 2 for each in whole if each.score is not None]
    assert dict(halved[0].breakdown)["volume_confirmed"] == 0


def signals(params: dict[str, object], bars: list[Candle]) -> list[SignalRaised]:
    core = analyzer("confluence", params)
    core.handle(CandlesLoaded(BTC, tuple(bars[:HISTORY])), DAY)
    return [each for each in live(core, bars[HISTORY:]) if isinstance(each, SignalRaised)]


def test_after_a_signal_it_cools_down() -> None:
    bars = wandering(HISTORY + 2000)
    entries = [each for each in signals({**EAGER, "threshold": 0.2, "cooldown_bars": 30}, bars) if each.stop_price]
    assert len(entries) > 5
    assert all(two.time_ms - one.time_ms > 30 * 60_000 for one, two in pairwise(entries))


def test_turning_round_needs_more_than_beginning() -> None:
    bars = wandering(HISTORY + 3000)
    turned = signals({**EAGER, "threshold": 0.3, "hysteresis": 0.2, "exit_score": 0.99}, bars)
    for one, two in pairwise(turned):
        if two.direction is not one.direction:
            assert two.strength >= 0.5
    assert {each.direction for each in turned} == {Direction.LONG, Direction.SHORT}


def test_in_position_it_does_not_ask_for_the_same_again() -> None:
    core = analyzer("confluence", {**EAGER, "threshold": 0.2})
    bars = rising(HISTORY + 20, 0.0005)
    core.handle(CandlesLoaded(BTC, tuple(bars[:HISTORY])), DAY)
    core.handle(position("1"), DAY)
    found = [each for each in live(core, bars[HISTORY:]) if isinstance(each, BarJudged)]
    assert {each.reason for each in found} == {"in position already"}


def test_stop_and_target_stand_at_their_multiples_on_the_right_side() -> None:
    entries = [each for each in signals({**EAGER, "threshold": 0.3}, wandering(HISTORY + 1000)) if each.stop_price]
    assert entries
    for each in entries:
        side = 1 if each.direction is Direction.LONG else -1
        assert each.stop_price is not None
        assert each.target_price is not None
        assert (each.price - each.stop_price) * side > 0
        assert (each.target_price - each.price) / (each.price - each.stop_price) == pytest.approx(4.0 / 2.5)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"weights": {"macd": -1}}, "strategy.params.weights.macd: must be greater than or equal to 0"),
        ({"weights": only()}, "every weight is 0"),
        ({"weights": {"macdd": 1}}, "strategy.params.weights.macdd"),
        ({"periods": {"ema_fast": 90}}, "ema_fast, ema_middle and ema_slow must rise"),
        ({"higher_timeframes": ["7"]}, "7 is no interval"),
        ({"threshold": 1.5}, "strategy.params.threshold: must be less than 1"),
    ],
)
def test_wrong_parameters_are_told_by_name(params: dict[str, object], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("confluence", params))


@needs_candles
def test_on_real_bars_it_decides_both_ways_and_always_with_finite_numbers() -> None:
    bars = real("ETHUSDT", 6000)
    found = judged("confluence", None, bars[:3000], bars[3000:])
    assert {Direction.LONG, Direction.SHORT} <= {each.direction for each in found}
    assert all(isfinite(value) for each in found for _, value in each.breakdown)


KST = {"pandas_ta": "kst", "params": {"signal": 9}, "window_bars": 120}


def test_any_indicator_of_pandas_ta_can_be_a_group() -> None:
    bars = wandering(HISTORY + 60)
    params = {**EAGER, "weights": {**only("macd")}, "indicators": [{**KST, "weight": 1}]}
    found = judged("confluence", params, bars[:HISTORY], bars[HISTORY:])
    opinions = [dict(each.breakdown)["kst"] for each in found]
    assert set(opinions) <= {-0.5, 0.0, 0.5}
    assert len(set(opinions)) > 1


@pytest.mark.parametrize(
    ("indicator", "text"),
    [
        ({"pandas_ta": "kts"}, 'no indicator "kts"; did you mean'),
        ({**KST, "params": {"signl": 9}}, "signl"),
        ({**KST, "column": "KST"}, "has no column KST; it has: KST_10_15_20_30"),
        ({**KST, "short_below": 1}, "short_below must not be above long_above"),
    ],
)
def test_what_is_wrong_with_one_is_told(indicator: dict[str, object], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("confluence", {"indicators": [indicator]}))
