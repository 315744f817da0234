"""Indicators of pandas-ta by name, on a window."""

import warnings
from typing import Any

import numpy as np
import pytest

from bot.domain.errors import UserError
from bot.domain.values import Candle
from bot.indicators import Ema, IndicatorSet, PandasTa, whole_array
from tests.core.samples import bar
from tests.indicators.recorded import candles_of, frame_of, rows_of


@pytest.fixture(scope="module")
def ta() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas_ta
    return pandas_ta


def test_it_is_what_pandas_ta_gives_on_the_window(ta: Any) -> None:
    frame = frame_of("ETHUSDT").iloc[:140]
    kst, ema = PandasTa("kst", window_bars=120), Ema(9)
    group = IndicatorSet([kst, ema])
    for index, candle in enumerate(candles_of(rows_of(frame))):
        group.update(candle)
        assert group.ready is kst.ready is (index >= 119)
        assert np.isnan(kst.value) is np.bool_(not kst.ready)
    expected = ta.kst(frame.close.iloc[20:]).iloc[-1]
    assert dict(kst.values) == pytest.approx(dict(expected))
    assert kst.value == pytest.approx(expected.iloc[0])


def test_peek_and_whole_array_give_the_same() -> None:
    rows = rows_of(frame_of("ETHUSDT"))[:70]
    bands = PandasTa("bbands", {"length": 10}, window_bars=60)
    found = whole_array([bands], rows)[bands]
    group = IndicatorSet([bands])
    for index, candle in enumerate(candles_of(rows)):
        peeked = group.peek(candle)[bands]
        group.update(candle)
        assert dict(peeked.values) == pytest.approx(dict(bands.values), nan_ok=True)
        assert {name: column[index] for name, column in found.items()} == pytest.approx(dict(bands.values), nan_ok=True)
    assert bands.ready


def test_a_bar_that_can_not_be_true_empties_the_window() -> None:
    ema = PandasTa("ema", {"length": 3}, window_bars=5)
    for index in range(5):
        ema.update(bar(index))
    assert np.isfinite(ema.value)
    ema.update(Candle(bar(5).start_ms, float("nan"), 1.0, 1.0, 1.0, 1.0))
    assert not ema.ready
    for index in range(6, 10):
        ema.update(bar(index))
        assert not ema.ready
    ema.update(bar(10))
    assert ema.ready


@pytest.mark.parametrize(
    ("name", "params", "why"),
    [
        ("emma", {}, 'no indicator "emma"; did you mean ema'),
        ("zzzzzz", {}, "known are: aberration, "),
        ("ema", {"lenght": 9}, 'no parameter "lenght"; did you mean length'),
        ("ema", {"length": "nine"}, "length must not be text"),
        ("ema", {"length": 400}, "gives nothing on 300 bars"),
        ("long_run", {}, "needs fast"),
        ("__builtins__", {}, "no indicator"),
    ],
)
def test_what_pandas_ta_does_not_know_is_told(name: str, params: dict[str, Any], why: str) -> None:
    with pytest.raises(UserError, match=why):
        PandasTa(name, params, window_bars=300)


def test_inputs_are_found_by_name() -> None:
    for name in ("psar", "vwap", "bop", "ichimoku", "pvt"):
        assert isinstance(PandasTa(name, window_bars=60).value, float)


def test_it_belongs_to_one_set() -> None:
    """In two of them it would see every bar twice."""
    kst = PandasTa("kst", window_bars=120)
    IndicatorSet([kst])
    with pytest.raises(UserError, match="another set"):
        IndicatorSet([Ema(9), kst])
