"""A crossover of averages on ten years of prices: equity, trades and ratios equal those of backtesting.py."""

import csv
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pytest

from bot.domain.values import TimeMs
from bot.performance import returns as r
from bot.performance.equity_curve import DAY_MS, EquityPoint, deepest_fraction, drawdowns, returns_of
from bot.performance.trade_metrics import trade_statistics
from tests.performance.reference import METRICS, needs_reference

pytestmark = needs_reference


class Trade(NamedTuple):
    size: int
    entry: float
    exit: float
    entry_bar: int
    exit_bar: int

    @property
    def result(self) -> Decimal:
        return self.size * (Decimal(repr(self.exit)) - Decimal(repr(self.entry)))

    @property
    def fraction(self) -> float:
        return (self.exit / self.entry - 1) * (1 if self.size > 0 else -1)


class Played(NamedTuple):
    times_ms: list[int]
    equity: list[Decimal]
    trades: list[Trade]


def play() -> Played:
    """All in at the next open after a cross, long or short; what is open at the end is closed on the last bar."""
    with (METRICS / "backtesting_py_GOOG.csv").open() as file:
        rows = list(csv.DictReader(file))
    dates = [datetime.fromisoformat(row[""]).replace(tzinfo=UTC) for row in rows]
    opens, closes = ([float(row[name]) for row in rows] for name in ("Open", "Close"))
    fast, slow = (np.convolve(closes, np.ones(n) / n, "full")[: len(closes)] for n in (10, 30))
    cash, size, entry, entry_bar, wanted = 10_000.0, 0, 0.0, 0, 0
    equity, trades = [], []
    for bar, close in enumerate(closes):
        price = opens[bar]
        if wanted:
            if size:
                trades.append(Trade(size, entry, price, entry_bar, bar))
                cash += size * (price - entry)
            size, entry, entry_bar, wanted = wanted * int(cash // price), price, bar, 0
        if bar == len(closes) - 1:
            trades.append(Trade(size, entry, price, entry_bar, bar))
            cash, size = cash + size * (price - entry), 0
        equity.append(Decimal(repr(round(cash + size * (close - entry), 8))))
        if bar >= 30:
            before, now = fast[bar - 1] - slow[bar - 1], fast[bar] - slow[bar]
            wanted = 1 if before < 0 < now else -1 if before > 0 > now else 0
    return Played([int(each.timestamp() * 1000) for each in dates], equity, trades)


@pytest.fixture(scope="module")
def played() -> Played:
    return play()


@pytest.fixture(scope="module")
def expected() -> Mapping[str, float]:
    found: dict[str, float] = json.loads((METRICS / "backtesting_py_GOOG_smacross_expected.json").read_text())[
        "expected"
    ]
    return found


def test_it_is_the_same_game(played: Played, expected: Mapping[str, float]) -> None:
    assert len(played.trades) == expected["trades"]
    assert float(played.equity[-1]) == pytest.approx(expected["Equity Final [$]"])
    assert float(max(played.equity)) == pytest.approx(expected["Equity Peak [$]"])


def test_trades(played: Played, expected: Mapping[str, float]) -> None:
    found = trade_statistics([each.result for each in played.trades])
    assert 100 * (found.win_rate or 0) == pytest.approx(expected["Win Rate [%]"])
    assert found.sqn == pytest.approx(expected["SQN"])
    fractions = [each.fraction for each in played.trades]
    of_fractions = trade_statistics([Decimal(repr(each)) for each in fractions])
    assert of_fractions.profit_factor == pytest.approx(expected["Profit Factor"])
    assert 100 * float(of_fractions.expectancy or 0) == pytest.approx(expected["Expectancy [%]"])
    assert 100 * float(of_fractions.best or 0) == pytest.approx(expected["Best Trade [%]"])
    assert 100 * float(of_fractions.worst or 0) == pytest.approx(expected["Worst Trade [%]"])
    assert 100 * (r.geometric_mean(fractions) or 0) == pytest.approx(expected["Avg. Trade [%]"])


def test_drawdowns(played: Played, expected: Mapping[str, float]) -> None:
    curve = [EquityPoint(TimeMs(t), each) for t, each in zip(played.times_ms, played.equity, strict=True)]
    found = drawdowns(curve)
    assert -100 * (deepest_fraction(found) or 0) == pytest.approx(expected["Max. Drawdown [%]"])
    assert max(each.duration_ms for each in found) == expected["Max. Drawdown Duration days"] * DAY_MS


def test_ratios(played: Played, expected: Mapping[str, float]) -> None:
    day_returns = returns_of(played.equity)
    assert day_returns is not None
    yearly = r.annual_return(day_returns, 252)
    assert yearly is not None
    assert 100 * yearly == pytest.approx(expected["Return (Ann.) [%]"])
    assert r.calmar(yearly, -expected["Max. Drawdown [%]"] / 100) == pytest.approx(expected["Calmar Ratio"])
    assert 100 * (r.cumulative_return(day_returns) or 0) == pytest.approx(expected["Return [%]"])
    assert 100 * (r.compounded_volatility(day_returns, 252) or 0) == pytest.approx(expected["Volatility (Ann.) [%]"])
    assert r.geometric_sharpe(day_returns, 252) == pytest.approx(expected["Sharpe Ratio"])

    assert r.geometric_sortino(day_returns, 252) == pytest.approx(expected["Sortino Ratio"])


def test_growth_by_the_calendar(played: Played, expected: Mapping[str, float]) -> None:
    years = (played.times_ms[-1] - played.times_ms[0]) / DAY_MS / 365.25
    growth = r.growth_rate(float(played.equity[-1] / played.equity[0]), years)
    assert 100 * (growth or 0) == pytest.approx(expected["CAGR [%]"])
