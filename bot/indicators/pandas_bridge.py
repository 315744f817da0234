"""Any indicator of pandas-ta by its name."""

import warnings
from collections import deque
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from inspect import Parameter, signature
from math import isnan, nan
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from bot.domain.errors import UserError
from bot.domain.values import Candle
from bot.indicators.bars import Series, bars_of, good_runs
from bot.indicators.step import BAR_FIELDS

if TYPE_CHECKING:
    import pandas as pd

    from bot.indicators.indicator_set import IndicatorSet

_COLUMNS = ("open", "high", "low", "close", "volume")
_WINDOW_MAX = 10_000


@cache
def _pandas_ta() -> ModuleType:
    """Imported late: it takes more than half a second."""
    with warnings.catch_warnings():  # it reads a date in a way that pandas has deprecated, just by being imported
        warnings.simplefilter("ignore")
        import pandas_ta
    module: ModuleType = pandas_ta
    return module


class PandasTa:
    """An indicator of pandas-ta, computed by pandas-ta itself on the last ``window_bars`` bars.

    ``values`` has the last row by column, ``value`` is its first column. It is ready when the window is full, so that
    the numbers depend on nothing but those bars. Milliseconds per bar instead of nanoseconds: for what is not built
    in. A column may be NaN by design (a stop for longs while the trend is down). TA-Lib is not used even if it is
    installed.

    UserError for a name, a parameter or a value that pandas-ta does not know. Not thread-safe.
    """

    history_ms = 0
    group: "IndicatorSet | None" = None

    def __init__(self, name: str, params: Mapping[str, Any] | None = None, window_bars: int = 500) -> None:
        self.name = name
        self.params = dict(params or {})
        if not 1 <= window_bars <= _WINDOW_MAX:
            raise UserError(f"pandas_ta {name}: window_bars must be from 1 to {_WINDOW_MAX}, not {window_bars}")
        self.warmup_bars = window_bars
        self._inputs = _inputs_of(name, self.params)
        self._window: deque[Series] = deque(maxlen=window_bars)
        self._nothing: Mapping[str, float] = MappingProxyType(dict.fromkeys(self._try(), nan))
        self.values: Mapping[str, float] = self._nothing

    def __repr__(self) -> str:
        """``PandasTa('kst', {'r1': 10}, window_bars=500)``."""
        return f"PandasTa({self.name!r}, {self.params!r}, window_bars={self.warmup_bars})"

    @property
    def value(self) -> float:
        """The first column."""
        return next(iter(self.values.values()))

    @property
    def ready(self) -> bool:
        """False while the window is not full, or when pandas-ta has no number."""
        return not all(isnan(each) for each in self.values.values())

    def update(self, candle: Candle) -> None:
        """Take the next closed bar. One that can not be true empties the window."""
        row = bars_of([candle])
        if good_runs(row)[0] == 0.0:
            self.reset()
            return
        self._window.append(row)
        self.values = self._values()

    def peek(self, candle: Candle) -> Self:
        """What the outputs would be if the forming bar closed as it is now; nothing is changed."""
        other = type(self).__new__(type(self))
        other.__dict__ |= self.__dict__ | {"_window": self._window.copy()}
        other.update(candle)
        return other

    def reset(self) -> None:
        """Forget all history."""
        self._window.clear()
        self.values = self._nothing

    def over(self, rows: Series) -> Mapping[str, Series]:
        """The columns after each of many bars, window by window; the indicator itself is not changed."""
        columns = {each: np.full(len(rows), nan) for each in self._nothing}
        runs = good_runs(rows)
        for index in np.flatnonzero(runs >= self.warmup_bars):
            for name, number in self._last_row(rows[index + 1 - self.warmup_bars : index + 1]).items():
                columns[name][index] = number
        return columns

    def _values(self) -> Mapping[str, float]:
        if len(self._window) < self.warmup_bars:
            return self._nothing
        return self._last_row(np.concatenate(self._window))

    def _last_row(self, rows: Series) -> Mapping[str, float]:
        found = self._compute(rows)
        return self._nothing if found is None else {name: float(found[name].iloc[-1]) for name in self._nothing}

    def _compute(self, rows: Series) -> "pd.DataFrame | None":
        import pandas as pd

        frame = pd.DataFrame(rows[:, : len(_COLUMNS)], columns=list(_COLUMNS))
        frame.index = pd.DatetimeIndex(pd.to_datetime(rows[:, BAR_FIELDS - 1].astype(np.int64), unit="ms"))
        function = getattr(_pandas_ta(), self.name)
        known = signature(function).parameters
        choices = {"talib": False} if "talib" in known else {}
        with np.errstate(all="ignore"), warnings.catch_warnings():  # it uses what pandas is about to change
            warnings.simplefilter("ignore")
            found = function(**{each: frame[each.rstrip("_")] for each in self._inputs}, **choices | self.params)
        if isinstance(found, tuple):  # ichimoku: the second frame is the cloud to come
            found = found[0]
        if isinstance(found, pd.Series):
            return found.to_frame()
        return found if isinstance(found, pd.DataFrame) else None

    def _try(self) -> list[str]:
        """The columns, found by a trial on invented bars, so that a wrong value is told now and not hours later."""
        steps = np.random.default_rng(0).normal(0.0, 0.01, (self.warmup_bars, 2))
        close = 100.0 * np.exp(np.cumsum(steps[:, 0]))
        start = close * np.exp(steps[:, 1])
        high, low = np.maximum(start, close) * 1.001, np.minimum(start, close) * 0.999
        volume, time = 100.0 + np.arange(len(close)) % 7, np.arange(len(close)) * 300_000.0
        try:
            found = self._compute(np.column_stack([start, high, low, close, volume, time]))
        except Exception as error:
            raise UserError(f"pandas_ta {self.name} with {self.params} fails: {error}") from error
        if found is None or found.empty:
            raise UserError(f"pandas_ta {self.name} with {self.params} gives nothing on {self.warmup_bars} bars")
        return [str(each) for each in found.columns]


def known_names() -> list[str]:
    """Every indicator that pandas-ta has."""
    return sorted({name for names in _pandas_ta().Category.values() for name in names})


def _inputs_of(name: str, params: Mapping[str, Any]) -> list[str]:
    """Which series of bars the indicator reads. UserError if it, or one of the parameters, is not known."""
    if name not in known_names():
        raise UserError(f'pandas_ta has no indicator "{name}"{_instead(name, known_names())}')
    known = signature(getattr(_pandas_ta(), name)).parameters
    inputs = [each for each in known if each.rstrip("_") in _COLUMNS]
    settings = [each for each, kind in known.items() if each not in inputs and kind.kind is not Parameter.VAR_KEYWORD]
    for each in params:
        if each not in settings:
            raise UserError(f'pandas_ta {name} has no parameter "{each}"{_instead(each, settings)}')
        kind = known[each].annotation
        if isinstance(params[each], str) and kind is not str:  # pandas-ta would silently take its default instead
            raise UserError(f"pandas_ta {name}: {each} must not be text, but is {params[each]!r}")
    for each in settings:
        if known[each].default is Parameter.empty and each not in params:
            raise UserError(f"pandas_ta {name} needs {each}, which bars do not have")
    optional = {each for each in inputs if known[each].default is not Parameter.empty}
    return [each for each in inputs if each not in optional]


def _instead(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else f"; known are: {', '.join(known)}"
