"""Every indicator: bar by bar, over a whole array, peeked at and run as plain Python, the numbers are the same."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import UserError
from bot.domain.values import Candle
from bot.indicators import STEP_INDICATORS, Ema, IndicatorSet, Macd, Rsi, StepIndicator, in_python, whole_array
from bot.indicators.bars import Series, bars_of
from tests.core.samples import bar
from tests.indicators.recorded import (
    BAD_FILES,
    SYMBOLS,
    bad_frame_of,
    candles_of,
    frame_of,
    rows_of,
    same,
)
from tests.indicators.samples import markets

NAN, INF = float("nan"), float("inf")


def every() -> list[StepIndicator]:
    return [make() for make in STEP_INDICATORS]


def stacked(indicators: list[StepIndicator], found: Mapping[StepIndicator, Mapping[str, Series]]) -> Series:
    return np.column_stack([found[each][name] for each in indicators for name in each.outputs])


def over(bars: Series | list[Candle]) -> Series:
    indicators = every()
    return stacked(indicators, whole_array(indicators, bars))  # type: ignore[arg-type] # keys are what was given


def streamed(candles: list[Candle]) -> Series:
    group = IndicatorSet(every())
    table = []
    for candle in candles:
        group.update(candle)
        table.append(group.values())
        assert group.ready is all(each.ready for each in group.indicators)
    return np.array(table)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_bar_by_bar_and_over_the_whole_array(symbol: str) -> None:
    rows = rows_of(frame_of(symbol))
    assert same(streamed(candles_of(rows)), over(rows))


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_bars_give_nothing_or_a_finite_number(name: str) -> None:
    rows = rows_of(bad_frame_of(name))
    found = over(rows)
    assert not np.isinf(found).any()
    assert np.isfinite(found[-1]).any()
    assert same(streamed(candles_of(rows)), found)


@pytest.mark.parametrize("make", STEP_INDICATORS)
def test_the_python_function_is_the_compiled_one(make: type[StepIndicator]) -> None:
    rows = rows_of(frame_of("ADAUSDT"))[4_500:5_500]  # through the flash crash
    indicator = make()
    compiled, plain = whole_array([indicator], rows)[indicator], in_python(indicator, rows)
    assert np.isfinite(plain[indicator.outputs[0]]).any()
    for name in indicator.outputs:
        assert same(compiled[name], plain[name]), name


def test_a_peek_is_what_the_update_then_gives() -> None:
    group = IndicatorSet(every())
    for candle in candles_of(rows_of(frame_of("SOLUSDT"))[:1_200]):
        before = group.values()
        peek = group.peek(candle)
        other = group.peek(Candle(candle.start_ms, 5.0, 5.0, 5.0, 5.0, 1.0))
        np.testing.assert_array_equal(group.values(), before)
        group.update(candle)
        peeked = [value for each in group.indicators for value in peek[each].values().values()]  # type: ignore[attr-defined] # all of them step indicators
        np.testing.assert_array_equal(peeked, group.values())
        assert all(peek[each].ready is each.ready for each in group.indicators)
        assert other[group.indicators[1]].value != peek[group.indicators[1]].value or not group.ready  # type: ignore[attr-defined] # Ema


@pytest.mark.parametrize("make", STEP_INDICATORS)
def test_ready_with_the_last_bar_of_the_warmup_and_not_before(make: type[StepIndicator]) -> None:
    indicator = make()
    rows = rows_of(frame_of("ETHUSDT"))
    first = whole_array([indicator], rows)[indicator][indicator.outputs[0]]
    ready = int(np.flatnonzero(np.isfinite(first))[0]) + 1
    assert ready >= indicator.warmup_bars
    if indicator.history_ms:
        assert ready * 300_000 <= indicator.history_ms + 300_000
    else:
        assert ready == indicator.warmup_bars
    assert np.isfinite(first[ready:]).all()
    for name in indicator.outputs:
        column = whole_array([indicator], rows)[indicator][name]
        assert np.isnan(column[: ready - 1]).all()
        assert np.isfinite(column[ready - 1 :]).all(), name


@settings(max_examples=40)
@given(markets(), st.integers(1, 20), st.data())
def test_alone_as_in_a_set(bars: list[Candle], period: int, data: st.DataObject) -> None:
    """Who its neighbours are changes nothing for an indicator."""
    makes = data.draw(st.lists(st.sampled_from(STEP_INDICATORS), min_size=1, max_size=6))
    together: list[StepIndicator] = [Ema(period), *(make() for make in makes), Rsi(period)]
    alone: list[StepIndicator] = [Ema(period), *(make() for make in makes), Rsi(period)]
    group = IndicatorSet(together)
    for candle in bars:
        group.update(candle)
        for one, other in zip(together, alone, strict=True):
            other.update(candle)
            np.testing.assert_array_equal(list(one.values().values()), list(other.values().values()))


ABSURD = (
    (NAN, 101.0, 99.0, 100.0, 1.0),
    (100.0, INF, 99.0, 100.0, 1.0),
    (100.0, 101.0, -INF, 100.0, 1.0),
    (100.0, 101.0, 99.0, NAN, 1.0),
    (100.0, 101.0, 99.0, 100.0, NAN),
    (100.0, 101.0, 99.0, 100.0, INF),
    (100.0, 101.0, 99.0, 100.0, -1.0),
    (100.0, 99.0, 101.0, 100.0, 1.0),
    (100.0, 101.0, 99.0, 102.0, 1.0),
    (98.0, 101.0, 99.0, 100.0, 1.0),
    (0.0, 0.0, 0.0, 0.0, 0.0),
    (-100.0, -99.0, -101.0, -100.0, 1.0),
    (1e300, 1e300, 1e300, 1e300, 1.0),
)


@pytest.mark.parametrize("numbers", ABSURD)
def test_an_absurd_bar_begins_everything_afresh(numbers: tuple[float, float, float, float, float]) -> None:
    rows = rows_of(frame_of("BTCUSDT"))[:2_000]
    absurd = Candle(candles_of(rows)[900].start_ms, *numbers)
    candles = candles_of(rows)
    found = streamed([*candles[:900], absurd, *candles[901:]])
    assert np.isnan(found[900]).all()
    assert np.isfinite(found[899]).all()
    assert same(found[901:], over(rows[901:]))
    assert same(found, over([*candles[:900], absurd, *candles[901:]]))


@pytest.mark.parametrize("volume", [0.0, 3.0])
@pytest.mark.parametrize("price", [1e-6, 0.3, 117_000.1, 1e9])
def test_where_nothing_moves(price: float, volume: float) -> None:
    """Numbers stay finite, and what measures movement or its direction says that there is none."""
    candles = [Candle(bar(index).start_ms, price, price, price, price, volume) for index in range(4_400)]
    indicators = every()
    group = IndicatorSet(indicators)
    for candle in candles:
        group.update(candle)
    assert group.ready
    assert np.isfinite(group.values()).all()
    found = {type(each).__name__: each.values() for each in indicators}
    expected = {
        "Rsi": 50.0, "Cci": 0.0, "WilliamsR": -50.0, "Mfi": 50.0, "Roc": 0.0, "Momentum": 0.0, "Atr": 0.0,
        "TrueRange": 0.0, "Cmf": 0.0, "RealisedVolatility": 0.0,
    }  # fmt: skip
    assert {name: found[name]["value"] for name in expected} == expected
    assert found["Adx"] == {"adx": 0.0, "plus_di": 0.0, "minus_di": 0.0}
    assert found["Stochastic"] == {"k": 50.0, "d": 50.0}
    assert found["StochRsi"] == {"k": 50.0, "d": 50.0}
    assert found["Bollinger"]["percent_b"] == 0.5
    for name in ("Sma", "Ema", "Dema", "Rma", "Vwma", "SuperSmoother", "SessionVwap"):
        assert found[name]["value"] == pytest.approx(price, rel=1e-9), name


def test_a_burst_of_volume_leaves_no_trace_after_its_window() -> None:
    """Running sums must not keep what is left of large numbers after they were subtracted again."""

    def candle(index: int, volume: float) -> Candle:
        price = 100.0 + index % 3
        return Candle(bar(index).start_ms, price, price + 1.0, price - 1.0, price + 0.5, volume)

    quiet = [candle(index, 0.001) for index in range(400)]
    loud = [candle(index, 1e12 if index == 200 else 0.001) for index in range(400)]
    for one, other in zip(over(quiet)[-1], over(loud)[-1], strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e13) or np.isnan(one)
    indicators = [each for each in every() if type(each).__name__ in {"Vwma", "Cmf", "Mfi", "VolumeSma", "VolumeDelta"}]
    clean, after = (stacked(indicators, whole_array(indicators, bars)) for bars in (quiet, loud))  # type: ignore[arg-type]
    np.testing.assert_allclose(after[300:], clean[300:], rtol=1e-9)


def test_a_handle_belongs_to_one_set() -> None:
    ema = Ema(9)
    IndicatorSet([ema, Macd()])
    with pytest.raises(UserError, match="already belongs"):
        IndicatorSet([ema])
    with pytest.raises(RuntimeError, match="belongs to a set of 2"):
        ema.update(bar(0))


def test_the_same_handle_twice_is_one() -> None:
    ema = Ema(2)
    group = IndicatorSet([ema, ema])
    group.update(bar(0, 10.0))
    group.update(bar(1, 20.0))
    assert ema.value == 15.0


def test_reset_forgets() -> None:
    rows = rows_of(frame_of("BTCUSDT"))
    group = IndicatorSet(every())
    for candle in candles_of(rows[:700]):
        group.update(candle)
    assert np.isfinite(group.values()).all()
    group.reset()
    assert not group.ready
    for candle in candles_of(rows[300:1_000]):
        group.update(candle)
    np.testing.assert_array_equal(group.values(), over(rows[300:1_000])[-1])


def test_an_empty_set_is_ready() -> None:
    group = IndicatorSet([])
    group.update(bar(0))
    assert group.ready
    assert group.values() == ()
    assert over(bars_of([])).shape[0] == 0


def test_bars_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="6 columns"):
        whole_array([Ema()], np.ones((3, 5)))


@pytest.mark.parametrize("make", STEP_INDICATORS)
@pytest.mark.parametrize("value", [0, -1, 10**9, 2.5, NAN, True])
def test_parameters_out_of_bounds_are_told(make: type[StepIndicator], value: float) -> None:
    if make.__init__.__code__.co_argcount == 1:
        with pytest.raises(TypeError):
            make(value)
        return
    name = make.__init__.__code__.co_varnames[1]
    if name == "acceleration" and value is True:
        pytest.skip("1 is allowed there")
    with pytest.raises(UserError, match=make.__name__):
        make(value)


def test_a_handle_says_how_it_was_declared() -> None:
    assert repr(Macd(5, 10, 4)) == "Macd(5, 10, 4)"
    assert IndicatorSet([Macd(5, 10, 4)]).outputs == (
        "Macd(5, 10, 4).macd", "Macd(5, 10, 4).signal", "Macd(5, 10, 4).histogram",
    )  # fmt: skip
