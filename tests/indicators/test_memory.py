"""Machine code stays within the memory that it was given, and no object outlives what it points to."""

import copy
import ctypes
import gc
import inspect
import pickle
import pwd
import threading
from array import array
from collections.abc import Callable

import numpy as np
import pytest

from bot.domain.errors import UserError
from bot.indicators import STEP_INDICATORS, Donchian, Ema, IndicatorSet, Macd, Sma, StepIndicator
from bot.indicators.bars import good_runs
from bot.indicators.base import PERIOD_MAX
from bot.indicators.indicator_set import address
from bot.indicators.native import cache_folders, step_code
from tests.core.samples import bar

GUARD = -7.25e77
SPARE = 64


def declared(kind: type[StepIndicator], period: int) -> StepIndicator:
    """With every whole number at ``period``, or as near to it as the indicator allows."""
    given = {name: each.default for name, each in inspect.signature(kind).parameters.items()}
    wanted = {name: period for name, default in given.items() if type(default) is int}
    for change in range(4):
        for name in ("", *wanted):
            try:
                return kind(
                    **wanted | ({name: abs(period - change)} if name else dict.fromkeys(wanted, period + change))
                )
            except UserError:
                continue
    raise AssertionError(f"{kind.__name__} can not be declared near {period}")


def guarded(numbers: int) -> array[float]:
    return array("d", [GUARD] * SPARE + [0.0] * numbers + [GUARD] * SPARE)


def is_whole(memory: array[float]) -> bool:
    return memory[:SPARE] == memory[-SPARE:] == array("d", [GUARD] * SPARE)


@pytest.mark.parametrize("period", [1, PERIOD_MAX])
@pytest.mark.parametrize("kind", STEP_INDICATORS)
def test_a_step_writes_nothing_outside_its_state_and_outputs(kind: type[StepIndicator], period: int) -> None:
    each = declared(kind, period)
    count = 2 * each.warmup_bars + 700  # the smallest history of UTC days is 577 bars of five minutes
    moves = np.random.default_rng(5).normal(0.0, 0.01, (count, 2))
    close = 100.0 * np.exp(np.cumsum(moves[:, 0]) / 10)
    start = close * np.exp(moves[:, 1])
    volume = np.where(np.arange(count) % 7 == 0, 0.0, 3.0)
    rows = np.column_stack([
        start, np.maximum(start, close) * 1.001, np.minimum(start, close) * 0.999, close, volume,
        np.arange(count) * 300_000.0,
    ])  # fmt: skip
    rows[60] = np.nan  # where the state is cleared
    state, params = guarded(each.state_size), array("d", [*each.params, GUARD])
    table = guarded(count * len(each.outputs))
    row = array(
        "q", [0, address(params), address(state) + 8 * SPARE, 0, each.state_size, len(each.outputs), each.warmup_bars]
    )
    sweep = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, ctypes.c_int64, *[ctypes.c_void_p] * 2)
    run: Callable[[int, int, int, int, int], int] = sweep(step_code(each.step).sweep)
    runs = good_runs(rows)
    run(rows.ctypes.data, runs.ctypes.data, count, address(row), address(table) + 8 * SPARE)
    assert is_whole(state)
    assert is_whole(table)
    assert params == array("d", [*each.params, GUARD])
    assert any(state[SPARE:-SPARE])


def test_a_period_may_come_as_a_float() -> None:
    group = IndicatorSet([Sma(2.0), Donchian(2.0)])  # type: ignore[arg-type] # a calculation of the user's
    for minute in range(2):
        group.update(bar(minute, 10.0 + minute))
    assert group.ready
    assert group.values()[0] == 10.5


def test_what_a_peek_shows_can_not_be_updated() -> None:
    macd = Macd(2, 3, 2)
    group = IndicatorSet([macd])
    for minute in range(9):
        group.update(bar(minute, 10.0 + minute**2))
    shown = group.peek(bar(9, 100.0))[macd]
    assert repr(shown) == "Macd(2, 3, 2)"
    before = shown.values()
    for use in (shown.update, shown.peek):
        with pytest.raises(RuntimeError, match="what a peek shows"):
            use(bar(10, 5.0))
    with pytest.raises(UserError, match="another set"):
        IndicatorSet([shown])
    group.update(bar(9, 100.0))
    assert shown.values() == before == macd.values()


@pytest.mark.parametrize("of", [copy.copy, copy.deepcopy, pickle.dumps])
def test_handles_can_not_be_copied(of: Callable[[object], object]) -> None:
    for handle in (Ema(2), IndicatorSet([Ema(2)]).indicators[0]):
        with pytest.raises(TypeError, match="declare another"):
            of(handle)


def test_a_handle_keeps_its_set_alive() -> None:
    def orphan() -> Ema:
        ema = Ema(2)
        IndicatorSet([ema, Sma(3)])
        return ema

    orphans = [orphan() for _ in range(200)]
    gc.collect()
    for ema in orphans:
        assert ema.group is not None
        for minute in range(3):
            ema.group.update(bar(minute, 7.0))
    assert {ema.value for ema in orphans} == {7.0}


def test_sets_made_by_many_threads_at_once() -> None:
    found: list[float] = []
    begin = threading.Barrier(50)

    def work(index: int) -> None:
        begin.wait(timeout=30)
        sma, ema = Sma(2), Ema(3)
        group = IndicatorSet([sma, ema])
        for minute in range(30):
            group.update(bar(minute, 100.0 + index))
        found.append(sma.value + ema.value)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    assert sorted(found) == [200.0 + 2 * index for index in range(50)]


def test_a_user_without_a_home_still_has_the_folder_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_uid: int) -> pwd.struct_passwd:
        raise KeyError

    for name in ("PYRMETHUS_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert [folder.parent.name for folder in cache_folders()] == ["__pycache__"]
