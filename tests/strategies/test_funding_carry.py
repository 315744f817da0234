"""On the side that is paid."""

import pytest

from bot.domain.errors import UserError
from bot.domain.messages import BarClosed, BarJudged, Direction, SignalRaised
from bot.domain.values import Candle, TimeMs
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC, MINUTE_MS
from tests.strategies.markets import DAY, bars_of, given, of, position

HISTORY = bars_of(100 + 0.2 * (number % 2) for number in range(600))
START = HISTORY[-1].start_ms


def decided(rate: float | None, close: float, held: str = "0", **params: float) -> tuple[BarJudged, list[SignalRaised]]:
    """After a market around 100, one bar that closes at ``close`` with that funding rate."""
    core = given("funding_carry", params, HISTORY)
    core.handle(position(held), DAY)
    bar = Candle(TimeMs(START + MINUTE_MS), 100.0, max(100.1, close), min(99.9, close), close, 10.0)
    out = core.handle(BarClosed(BTC, bar, TimeMs(bar.start_ms + MINUTE_MS), (), None, None, rate), DAY)
    return of(BarJudged, out)[0], of(SignalRaised, out)


@pytest.mark.parametrize(("rate", "close", "side"), [(0.0004, 103, -1), (-0.0004, 97, 1)])
def test_it_leans_against_a_crowd_that_pays(rate: float, close: float, side: int) -> None:
    _, (signal,) = decided(rate, close)
    assert signal.direction is (Direction.LONG if side > 0 else Direction.SHORT)
    assert signal.stop_price is not None
    assert signal.target_price is not None
    assert (close - signal.stop_price) * side > 0
    assert (signal.target_price - close) * side > 0


@pytest.mark.parametrize(
    ("rate", "close", "reason"),
    [
        (None, 103, "not known"),
        (0.00029, 103, "not extreme"),
        (-0.00029, 97, "not extreme"),
        (0.0004, 100.1, "not stretched"),
        (0.0004, 97, "not stretched"),
        (-0.0004, 103, "not stretched"),
    ],
)
def test_it_stays_out_where_a_condition_is_missing(rate: float | None, close: float, reason: str) -> None:
    judgement, signals = decided(rate, close)
    assert not signals
    assert reason in judgement.reason


@pytest.mark.parametrize(
    ("rate", "held", "leaves"),
    [
        (0.0002, "-1", False),
        (0.0001, "-1", True),
        (-0.0002, "-1", True),
        (-0.0002, "1", False),
        (-0.00005, "1", True),
        (0.0, "1", True),
        (None, "1", False),
    ],
)
def test_it_leaves_when_nobody_pays_any_more(rate: float | None, held: str, leaves: bool) -> None:
    _, signals = decided(rate, 100.1, held)
    assert [each.direction for each in signals] == [Direction.FLAT] * leaves


def test_a_quiet_market_is_not_entered() -> None:
    judgement, signals = decided(0.0004, 103, atr_fraction_min=0.9)
    assert not signals
    assert "too quiet" in judgement.reason


def test_it_asks_for_the_funding_rate() -> None:
    assert make_strategy(built_in("funding_carry", {})).needs.ticker


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"enter_rate": 0.0001}, "exit_rate must be below enter_rate"),
        ({"enter_rate": 0.06}, "enter_rate: must be less than or equal to 0.05"),
        ({"trend_period": 1}, "trend_period"),
    ],
)
def test_wrong_parameters_are_told_by_name(params: dict[str, float], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("funding_carry", params))
