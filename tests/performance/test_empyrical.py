"""The ratios equal those of empyrical's own test suite; its NaN and infinity are None here."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.values import TimeMs
from bot.performance import returns as r
from bot.performance.equity_curve import EquityPoint, deepest_fraction, drawdowns
from tests.performance.reference import METRICS, needs_reference

pytestmark = needs_reference
PERIODS = {"daily": 252, "weekly": 52, "monthly": 12, "yearly": 1}


def fraction_below_the_peak(returns: list[float]) -> float | None:
    if not returns:
        return None
    equity = [Decimal(1)]
    for each in returns:
        equity.append(equity[-1] * (1 + Decimal(repr(each))))
    return deepest_fraction(drawdowns([EquityPoint(TimeMs(i), each) for i, each in enumerate(equity)]))


def found(  # noqa: PLR0911 - one answer per test of empyrical
    test: str, values: Sequence[Any], case: dict[str, Any], series: Any
) -> float | None:
    """A missing return counts as 0 where returns are compounded, and is left out where they are averaged."""
    compounds = test in {"test_cum_returns_final", "test_max_drawdown", "test_annual_ret", "test_cagr", "test_calmar"}
    missing = [each == "nan" for each in values]
    returns = [0.0 if gap else each for each, gap in zip(values, missing, strict=True) if compounds or not gap]
    periods = PERIODS[case.get("period", "daily")]
    risk_free, required = (rate_of(case.get(name), series, missing) for name in ("risk_free", "required_return"))
    match test:
        case "test_cum_returns_final":
            total, start = r.cumulative_return(returns), case["starting_value"]
            return (total + 1) * start if total is not None and start else total
        case "test_max_drawdown":
            depth = fraction_below_the_peak(returns)
            return None if depth is None else -depth
        case "test_annual_ret" | "test_cagr":
            return r.annual_return(returns, periods)
        case "test_annual_volatility":
            return r.annual_volatility(returns, periods)
        case "test_calmar":
            return r.calmar(r.annual_return(returns, periods), fraction_below_the_peak(returns))
        case "test_sharpe_ratio":
            return r.sharpe(returns, periods, risk_free)
        case "test_downside_risk":
            return r.downside_risk(returns, periods, required)
        case "test_sortino":
            return r.sortino(returns, periods, required)
        case _:
            raise AssertionError(test)


def rate_of(name: object, series: Any, missing: Sequence[bool]) -> Any:
    """A rate is written as a number, or as the name of a series: then only what stands beside a return counts."""
    if name not in series:
        return float(str(name or 0))
    return [each for each, gap in zip(series[name]["values"], missing, strict=False) if not gap]


def flat_cases() -> list[Any]:
    """One case per expected number: a table of series counts as its columns."""
    if not METRICS.is_dir():
        return []
    data = json.loads((METRICS / "empyrical_test_stats_expected.json").read_text())
    series = data["series"]
    out = []
    for test, cases in data["cases"].items():
        if test in {"test_omega", "test_stability_of_timeseries", "test_tail_ratio"}:
            continue  # omega is below; the others are not reported
        for case in cases:
            table = series[case["returns"]].get("dataframe")
            if table is None:
                out.append((test, series[case["returns"]]["values"], case, case["expected"], series))
                continue
            expected = zip(case["expected"]["index"], case["expected"]["values"], strict=True)
            out.extend((test, table[name]["values"], case, value, series) for name, value in expected)
    return [pytest.param(*each, id=f"{each[0]}-{each[2]['returns']}-{i}") for i, each in enumerate(out)]


@pytest.mark.parametrize(("test", "returns", "case", "expected", "series"), flat_cases())
def test_a_ratio_is_what_empyrical_expects(
    test: str, returns: list[float], case: dict[str, Any], expected: Any, series: Any
) -> None:
    value = found(test, returns, case, series)
    if expected in {"nan", "inf"}:
        assert value is None
    else:
        assert value == pytest.approx(expected, abs=5e-5 if test == "test_cum_returns_final" else 1e-8)


def test_omega_is_what_empyrical_expects() -> None:
    data = json.loads((METRICS / "empyrical_test_stats_expected.json").read_text())
    cases = data["cases"]["test_omega"]
    for case in cases:
        values = data["series"][case["returns"]]["values"]
        missing = [each == "nan" for each in values]
        returns = [each for each in values if each != "nan"]
        yearly, value = case["required_return"], None
        if yearly > -1:  # nobody can lose more than everything in a year
            risk_free = rate_of(case["risk_free"], data["series"], missing)
            value = r.omega(returns, risk_free, (1 + yearly) ** (1 / 252) - 1)
        if case["expected"] == "nan":
            assert value is None, case
        else:
            assert value == pytest.approx(case["expected"], abs=1e-8), case
    assert len(cases) == 9
