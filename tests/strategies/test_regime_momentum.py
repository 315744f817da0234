"""With certain trends, by a ladder, and out when they are not."""

from decimal import Decimal

import pytest

from bot.core.analyzer import AnalyzerCore
from bot.domain.errors import UserError
from bot.domain.messages import BarJudged, CandlesLoaded, Direction, PositionChanged, SignalRaised, TradeFlow
from bot.domain.values import ZERO, Candle, TimeMs
from bot.indicators import Atr, MarketRegime, VolumeDelta, VolumeSma
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC, MINUTE_MS
from tests.strategies.markets import DAY, closed, given, judged, live, of, position, readings, wandering

HISTORY = 600
REGIMES = {1: 1, 2: -1}
HOUR_BARS = 60


def markets() -> tuple[list[Candle], list[Candle]]:
    bars = wandering(HISTORY + 4000, seed=9)
    return bars[:HISTORY], bars[HISTORY:]


def test_it_enters_certain_trends_that_the_flow_confirms_and_nothing_else() -> None:
    history, bars = markets()
    found = judged("regime_momentum", None, history, bars)
    regime, delta, volume = MarketRegime(), VolumeDelta(10), VolumeSma(10)
    counts = {1: 0, -1: 0, "unsure": 0, "flow": 0}
    for number, bar in enumerate(readings([regime, delta, volume], history + bars)):
        if number < HISTORY:
            continue
        each = found[number - HISTORY]
        side = REGIMES.get(int(regime.code), 0)
        flow = delta.total / (10 * volume.value)
        assert dict(each.breakdown)["flow"] == pytest.approx(flow)
        if side and regime.confidence < 0.6:
            counts["unsure"] += 1
            assert each.reason == "the trend is not certain enough"
        elif side and flow * side < 0.1:
            counts["flow"] += 1
            assert each.reason == "the order flow does not confirm it"
        elif side:
            counts[side] += 1
            assert each.direction is (Direction.LONG if side > 0 else Direction.SHORT)
            continue
        assert each.direction is None, bar
    assert min(counts.values()) > 5


def entries(core: AnalyzerCore, bars: list[Candle]) -> list[SignalRaised]:
    return [each for each in of(SignalRaised, live(core, bars)) if each.direction is not Direction.FLAT]


def test_the_ladder_stands_on_the_better_side_and_within_the_stop() -> None:
    history, bars = markets()
    atr = Atr(14)
    spans = {bar.start_ms + MINUTE_MS: atr.value for bar in readings([atr], history + bars)}
    found = entries(given("regime_momentum", {"ladder_steps": 3, "ladder_bars": 4}, history), bars)
    for each in found:
        sign, span = (1 if each.direction is Direction.LONG else -1), spans[each.time_ms]
        assert [step.price for step in each.ladder] == pytest.approx(
            [each.price - sign * distance * span for distance in (0.1, 0.55, 1.0)]
        )
        assert sum(step.share for step in each.ladder) == pytest.approx(1)
        assert each.stop_price == pytest.approx(each.price - sign * 3 * span)
        assert each.target_price is None
        assert each.ladder_valid_ms == 4 * MINUTE_MS
    assert {each.direction for each in found} == {Direction.LONG, Direction.SHORT}


def test_a_ladder_of_one_step() -> None:
    history, bars = markets()
    assert {len(each.ladder) for each in entries(given("regime_momentum", {"ladder_steps": 1}, history), bars)} == {1}


@pytest.mark.parametrize("held", ["1", "-1"])
def test_it_leaves_when_the_regime_turns_uncertain(held: str) -> None:
    history, bars = markets()
    core = given("regime_momentum", {"drawdown_limit_quote": 1e9}, history)
    core.handle(position(held), DAY)
    sign, regime, leaves = int(held), MarketRegime(), []
    for number, _ in enumerate(readings([regime], history + bars)):
        if number < HISTORY:
            continue
        certain = REGIMES.get(int(regime.code), 0) == sign and regime.confidence >= 0.4
        leaves.append(None if certain else Direction.FLAT)
    assert [each.direction for each in of(BarJudged, live(core, bars))] == leaves
    assert min(leaves.count(None), leaves.count(Direction.FLAT)) > 100


def held_at(entry: str, realised: str = "0", size: str = "1") -> PositionChanged:
    return PositionChanged(BTC, DAY, Decimal(size), Decimal(entry), None, None, Decimal(5), Decimal(realised), ZERO)


def reasons(core: AnalyzerCore, bars: list[Candle]) -> list[str]:
    return [each.reason for each in of(BarJudged, live(core, bars))]


LIMIT = {"drawdown_limit_quote": 50, "pause_hours": 1}


def test_at_the_drawdown_limit_it_closes_and_pauses_and_then_counts_anew() -> None:
    history, bars = markets()
    core = given("regime_momentum", LIMIT, history)
    price = f"{bars[0].close:.2f}"
    core.handle(held_at(price), DAY)
    assert "drawdown" not in reasons(core, bars[:1])[0]
    core.handle(held_at(price, realised="-60"), DAY)
    assert reasons(core, bars[1:2]) == ["the drawdown limit is hit"]
    core.handle(held_at("0", realised="-60", size="0"), DAY)
    paused = reasons(core, bars[2 : 1 + HOUR_BARS])
    assert set(paused) == {"paused after a drawdown"}
    assert "paused after a drawdown" not in reasons(core, bars[1 + HOUR_BARS :])


def test_a_loss_below_the_limit_stops_nothing() -> None:
    history, bars = markets()
    core = given("regime_momentum", LIMIT, history)
    core.handle(held_at("0", size="0"), DAY)
    live(core, bars[:1])
    core.handle(held_at("0", realised="-49", size="0"), DAY)
    assert "drawdown" not in " ".join(reasons(core, bars[1:500]))


def test_what_was_lost_before_the_start_does_not_count() -> None:
    history, bars = markets()
    core = given("regime_momentum", LIMIT)
    core.handle(held_at("1000", realised="-500"), DAY)  # known before the history is
    core.handle(CandlesLoaded(BTC, tuple(history)), DAY)
    assert "drawdown" not in reasons(core, bars[:1])[0]


def test_a_pause_outlives_a_lost_connection() -> None:
    history, bars = markets()
    core = given("regime_momentum", LIMIT, history)
    core.handle(held_at("0", size="0"), DAY)
    live(core, bars[:1])
    core.handle(held_at("0", realised="-60", size="0"), DAY)
    live(core, bars[1:2])
    core.handle(CandlesLoaded(BTC, (*history, *bars[:2])), DAY)
    assert set(reasons(core, bars[2:20])) == {"paused after a drawdown"}


@pytest.mark.parametrize(("signal", "enters"), [(0.5, True), (0.0, False), (-0.5, False), (None, False)])
def test_with_trades_their_flow_decides(signal: float | None, enters: bool) -> None:
    history, bars = markets()
    longs = [
        number
        for number, each in enumerate(judged("regime_momentum", {"flow_min": -1}, history, bars))
        if each.direction is Direction.LONG
    ]
    core = given("regime_momentum", {"use_trades": True}, history + bars[: longs[0]])
    flow = None if signal is None else TradeFlow(1.0, 1.0, 0.0, 0.0, 0.0, signal)
    out = core.handle(closed(bars[longs[0]], flow=flow), TimeMs(DAY))
    assert bool(of(SignalRaised, out)) is enters


def test_trades_are_asked_for_only_if_they_count() -> None:
    assert not make_strategy(built_in("regime_momentum", {})).needs.inside_bars
    assert make_strategy(built_in("regime_momentum", {"use_trades": True})).needs.trades


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"ladder_first_atr": 1.5}, "ladder_first_atr must not be above ladder_last_atr"),
        ({"ladder_last_atr": 3}, "ladder_last_atr must be below stop_atr"),
        ({"confidence_exit": 0.7}, "confidence_exit must not be above confidence_min"),
        ({"ladder_steps": 21}, "ladder_steps: must be less than or equal to 20"),
        ({"pause_hours": 0}, "pause_hours"),
    ],
)
def test_wrong_parameters_are_told_by_name(params: dict[str, float], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("regime_momentum", params))


def test_a_position_does_not_make_it_ask_again() -> None:
    history, bars = markets()
    core = given("regime_momentum", {"drawdown_limit_quote": 1e9}, history)
    core.handle(position("1"), DAY)
    assert not entries(core, bars)
