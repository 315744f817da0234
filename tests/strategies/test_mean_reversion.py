"""Against what has gone too far, and back to the average."""

import pytest

from bot.domain.errors import UserError
from bot.domain.messages import CandlesLoaded, Direction, SignalRaised
from bot.domain.values import Candle, TimeMs
from bot.indicators import Adx, Atr, Bollinger, Rsi
from bot.strategies.registry import built_in, make_strategy
from tests.core.samples import BTC
from tests.strategies.markets import DAY, bars_of, given, judged, live, of, position, readings, rising, wandering

HISTORY = 300
SIDES = {1: Direction.LONG, -1: Direction.SHORT, 0: None}


def markets() -> tuple[list[Candle], list[Candle]]:
    bars = wandering(HISTORY + 6000, seed=2)
    return bars[:HISTORY], bars[HISTORY:]


def test_it_enters_beyond_the_bands_when_all_conditions_hold_and_never_else() -> None:
    history, bars = markets()
    found = judged("mean_reversion", None, history, bars)
    bands, rsi, adx, atr = Bollinger(20, 2.0), Rsi(14), Adx(), Atr(14)
    counts = {1: 0, -1: 0}
    for number, bar in enumerate(readings([bands, rsi, adx, atr], history + bars)):
        if number < HISTORY:
            continue
        side = 1 if bar.close < bands.lower else -1 if bar.close > bands.upper else 0
        stretched = rsi.value <= 30 if side > 0 else rsi.value >= 70
        worth = abs(bands.middle - bar.close) >= 0.5 * 2 * atr.value
        wanted = side if stretched and adx.adx <= 30 and worth else 0
        assert found[number - HISTORY].direction is SIDES[wanted]
        if wanted:
            counts[wanted] += 1
    assert min(counts.values()) >= 3


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"rsi_oversold": 0, "rsi_overbought": 100}, "the RSI is not stretched"),
        ({"adx_max": 0.1}, "with a strong trend"),
        ({"reward_min": 20}, "too little way back"),
    ],
)
def test_each_condition_alone_keeps_it_out(params: dict[str, float], reason: str) -> None:
    found = judged("mean_reversion", params, *markets())
    assert {each.direction for each in found} == {None}
    assert any(reason in each.reason for each in found)


def test_the_target_is_the_average_and_the_stop_two_atr_away() -> None:
    history, bars = markets()
    bands, atr = Bollinger(20, 2.0), Atr(14)
    middle = {bar.start_ms: (bands.middle, atr.value) for bar in readings([bands, atr], history + bars)}
    entries = of(SignalRaised, live(given("mean_reversion", None, history), bars))
    assert entries
    for each in entries:
        sign = 1 if each.direction is Direction.LONG else -1
        average, span = middle[TimeMs(each.time_ms - 60_000)]
        assert each.target_price == average
        assert each.stop_price == pytest.approx(each.price - sign * 2 * span)


def test_a_position_ends_when_a_close_is_back_at_the_average() -> None:
    history, bars = markets()
    core = given("mean_reversion", {"bars_max": 10_000}, history)
    core.handle(position("1"), DAY)
    bands = Bollinger(20, 2.0)
    back = [bar.close >= bands.middle for bar in readings([bands], history + bars[:200])][HISTORY:]
    flats = {each.time_ms for each in of(SignalRaised, live(core, bars[:200]))}
    assert flats == {bar.start_ms + 60_000 for bar, is_back in zip(bars, back, strict=False) if is_back}
    assert 0 < len(flats) < 200


def test_a_position_that_does_not_come_back_is_closed_in_time() -> None:
    falling = rising(HISTORY + 40, -0.001)
    core = given("mean_reversion", {"bars_max": 7}, falling[:HISTORY])
    core.handle(position("1"), DAY)
    signals = of(SignalRaised, live(core, falling[HISTORY:]))
    assert signals[0].time_ms == falling[HISTORY + 6].start_ms + 60_000
    assert signals[0].reason == "it did not come back in time"


def test_history_does_not_count_as_time_in_position_nor_make_it_younger() -> None:
    falling = rising(HISTORY + 40, -0.001)
    core = given("mean_reversion", {"bars_max": 7}, falling[:HISTORY])
    core.handle(position("1"), DAY)
    assert not of(SignalRaised, live(core, falling[HISTORY : HISTORY + 4]))
    core.handle(CandlesLoaded(BTC, tuple(falling[: HISTORY + 4])), DAY)  # the stream was away for a moment
    first, *_ = of(SignalRaised, live(core, falling[HISTORY + 4 :]))
    assert first.time_ms == falling[HISTORY + 6].start_ms + 60_000


def test_a_market_that_stands_still_gives_nothing() -> None:
    still = bars_of([100.0] * 200, spread=0)
    assert {each.direction for each in judged("mean_reversion", None, still[:100], still[100:])} == {None}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"rsi_oversold": 50, "rsi_overbought": 50}, "rsi_oversold must be below rsi_overbought"),
        ({"deviations": 0}, "deviations: must be greater than 0"),
        ({"bars_max": 0}, "bars_max"),
        ({"stop_atr": -1}, "stop_atr"),
    ],
)
def test_wrong_parameters_are_told_by_name(params: dict[str, float], text: str) -> None:
    with pytest.raises(UserError, match=text):
        make_strategy(built_in("mean_reversion", params))
