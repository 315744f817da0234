"""Bars for the indicators, as candles and as arrays."""

from collections.abc import Iterable, Sequence

import numpy as np
from hypothesis import strategies as st

from bot.domain.values import Candle, TimeMs
from bot.indicators.averages import Ema
from bot.indicators.momentum import Rsi
from bot.indicators.volatility import Atr
from tests.core.samples import MINUTE_MS, NOW
from tests.indicators.definitions import Series

type AnyIndicator = Ema | Rsi | Atr

PRICES = st.floats(1.0, 1e5, allow_nan=False)


@st.composite
def markets(draw: st.DrawFn) -> list[Candle]:
    """Bars whose high and low hold their open and close; from one to the next prices may jump anywhere."""
    rows = draw(st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES), min_size=1, max_size=80))
    return [
        Candle(TimeMs(NOW + index * MINUTE_MS), row[0], max(row), min(row), row[1], 1.0)
        for index, row in enumerate(rows)
    ]


def arrays(bars: Sequence[Candle]) -> tuple[Series, Series, Series]:
    """Highs, lows and closes."""
    high = np.array([each.high for each in bars])
    low = np.array([each.low for each in bars])
    close = np.array([each.close for each in bars])
    return high, low, close


def fed(indicator: AnyIndicator, bars: Iterable[Candle]) -> Series:
    """The value after each bar; NaN while the indicator is not ready."""
    out = []
    for each in bars:
        indicator.update(each)
        out.append(indicator.value if indicator.ready else np.nan)
    return np.array(out)
