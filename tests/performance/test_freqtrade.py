"""The figures of a ledger of 969 trades equal those that freqtrade reported on it, in total and per pair."""

import gzip
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.values import TimeMs
from bot.performance.equity_curve import EquityPoint, deepest, drawdowns
from bot.performance.per_trade_ratios import per_trade_calmar, per_trade_sharpe, per_trade_sortino
from bot.performance.returns import growth_rate
from bot.performance.trade_metrics import trade_statistics
from tests.performance.reference import METRICS, needs_reference

pytestmark = needs_reference
START = Decimal(1000)


@pytest.fixture(scope="module")
def report() -> Mapping[str, Any]:
    with gzip.open(METRICS / "bybit_BTC_ETH_SOL_perp_969trades_freqtrade.json.gz") as file:
        found: dict[str, Any] = json.load(file, parse_float=Decimal)["strategy"]["NewsHeliusBitqueryML"]
    return found


def group(report: Mapping[str, Any], where: str, name: object) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]:
    key = {"results_per_pair": "pair", "exit_reason_summary": "exit_reason"}[where]
    (expected,) = [each for each in report[where] if each["key"] == name]
    return [each for each in report["trades"] if each[key] == name], expected


def curve_of(trades: Sequence[Mapping[str, Any]]) -> list[EquityPoint]:
    """Equity over closed trades only: that is what freqtrade's drawdown knows."""
    equity, points = START, [EquityPoint(TimeMs(0), START)]
    for trade in trades:
        equity += trade["profit_abs"]
        points.append(EquityPoint(TimeMs(trade["close_timestamp"]), equity))
    return points


def check(trades: Sequence[Mapping[str, Any]], expected: Mapping[str, Any], days: int) -> None:
    net = [each["profit_abs"] for each in trades]
    found = trade_statistics(net)
    depth = deepest(drawdowns(curve_of(sorted(trades, key=lambda each: each["close_timestamp"]))))
    assert depth is not None
    wanted = {name: float(value) for name, value in expected.items() if isinstance(value, (int, Decimal))}
    assert (found.won, found.lost, found.trades) == (wanted["wins"], wanted["losses"], len(trades))
    assert float(found.net) == pytest.approx(wanted["profit_total_abs"], abs=1e-8)
    assert found.win_rate == pytest.approx(wanted["winrate"])
    assert found.profit_factor == pytest.approx(wanted["profit_factor"])
    assert float(found.expectancy or 0) == pytest.approx(wanted["expectancy"])
    assert found.expectancy_ratio == pytest.approx(wanted["expectancy_ratio"])
    assert found.sqn == pytest.approx(wanted["sqn"], abs=5e-5)
    assert growth_rate(float((START + found.net) / START), days / 365) == pytest.approx(wanted["cagr"])
    assert float(depth.value) == pytest.approx(wanted["max_drawdown_abs"])
    assert depth.fraction == pytest.approx(wanted["max_drawdown_account"])
    assert per_trade_sharpe(net, START, days) == pytest.approx(wanted["sharpe"])
    assert per_trade_sortino(net, START, days) == pytest.approx(wanted["sortino"])
    assert per_trade_calmar(net, START, days, depth.fraction) == pytest.approx(wanted["calmar"])


def test_the_whole_ledger(report: Mapping[str, Any]) -> None:
    check(report["trades"], report, report["backtest_days"])
    found = trade_statistics([each["profit_abs"] for each in report["trades"]])
    assert found.longest_winning_streak == report["max_consecutive_wins"]
    assert found.longest_losing_streak == report["max_consecutive_losses"]


def test_when_the_drawdown_was(report: Mapping[str, Any]) -> None:
    depth = deepest(drawdowns(curve_of(report["trades"])))
    assert depth is not None
    assert depth.peak_ms == int(report["drawdown_start_ts"])
    assert depth.trough_ms == int(report["drawdown_end_ts"])
    assert depth.recovered_ms is None


@pytest.mark.parametrize("pair", ["BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"])
def test_a_pair(report: Mapping[str, Any], pair: str) -> None:
    check(*group(report, "results_per_pair", pair), report["backtest_days"])


@pytest.mark.parametrize("reason", ["roi", "exit_signal"])
def test_an_exit_reason(report: Mapping[str, Any], reason: str) -> None:
    check(*group(report, "exit_reason_summary", reason), report["backtest_days"])


def test_days(report: Mapping[str, Any]) -> None:
    days: dict[int, Decimal] = {}
    for trade in report["trades"]:
        day = trade["close_timestamp"] // 86_400_000 * 86_400_000
        days[day] = days.get(day, Decimal(0)) + trade["profit_abs"]
    expected = {each["date_ts"]: each["profit_abs"] for each in report["periodic_breakdown"]["day"]}
    for day, value in expected.items():
        assert days.get(day, Decimal(0)) == pytest.approx(value, abs=Decimal("1e-8"))
