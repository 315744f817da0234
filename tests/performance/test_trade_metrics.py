"""Figures over closed trades: laws, and what is not defined."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.performance import returns as r
from bot.performance.per_trade_ratios import per_trade_calmar, per_trade_sharpe, per_trade_sortino
from bot.performance.trade_metrics import trade_statistics

results = st.lists(st.decimals(min_value=-1000, max_value=1000, places=2), max_size=40)


def test_figures_by_hand() -> None:
    found = trade_statistics([Decimal(each) for each in (10, 20, 0, -5, -10, 30)])
    assert (found.trades, found.won, found.lost, found.net) == (6, 3, 2, Decimal(45))
    assert (found.average_win, found.average_loss, found.payoff) == (Decimal(20), Decimal("7.5"), 20 / 7.5)
    assert (found.win_rate, found.profit_factor, found.expectancy) == (0.5, 4, Decimal("7.5"))
    assert (found.longest_winning_streak, found.longest_losing_streak) == (2, 2)
    assert (found.best, found.worst) == (Decimal(30), Decimal(-10))


def test_without_trades_nothing_is_defined() -> None:
    found = trade_statistics([])
    assert (found.trades, found.net, found.longest_losing_streak) == (0, Decimal(0), 0)
    assert {found.win_rate, found.profit_factor, found.average_win, found.average_loss, found.expectancy} == {None}
    assert {found.payoff, found.expectancy_ratio, found.best, found.worst, found.sqn} == {None}


def test_without_losses_there_is_no_profit_factor() -> None:
    found = trade_statistics([Decimal(1)])
    assert (found.win_rate, found.profit_factor, found.payoff, found.expectancy_ratio) == (1, None, None, None)


def test_with_losses_only_the_pay_off_is_unknown() -> None:
    found = trade_statistics([Decimal(-1), Decimal(-3)])
    assert (found.win_rate, found.profit_factor, found.payoff, found.expectancy_ratio) == (0, 0, None, -1)


@given(results)
def test_laws_of_trades(net: list[Decimal]) -> None:
    found = trade_statistics(net)
    assert found.net == found.gross_win - found.gross_loss == sum(net)
    assert found.longest_winning_streak <= found.won
    assert found.longest_losing_streak <= found.lost
    assert bool(found.longest_winning_streak) == bool(found.won)
    assert found.won + found.lost + net.count(Decimal(0)) == found.trades
    backwards = trade_statistics(net[::-1])
    assert backwards.longest_losing_streak == found.longest_losing_streak
    if found.win_rate is not None and found.average_win is not None and found.average_loss is not None:
        expected = found.win_rate * float(found.average_win) - found.lost / len(net) * float(found.average_loss)
        assert float(found.expectancy or 0) == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.floats(-2, 2), max_size=30), st.sampled_from([1, 12, 365]))
def test_no_ratio_is_ever_infinite(returns: list[float], periods: int) -> None:
    for ratio in (
        r.cumulative_return,
        lambda each: r.annual_return(each, periods),
        lambda each: r.annual_volatility(each, periods),
        lambda each: r.sharpe(each, periods),
        lambda each: r.sortino(each, periods),
        lambda each: r.compounded_volatility(each, periods),
        lambda each: r.geometric_sharpe(each, periods),
        lambda each: r.geometric_sortino(each, periods),
        r.omega,
    ):
        value = ratio(returns)
        assert value is None or math.isfinite(value)


def test_growth_that_no_float_can_hold_is_not_told() -> None:
    assert r.growth_rate(2.0, 1e-9) is None
    assert r.growth_rate(0, 1) is None
    assert r.growth_rate(1.21, 2) == pytest.approx(0.1)
    assert r.calmar(0.5, 0.0) is None
    assert r.calmar(None, 0.5) is None


def test_ratios_over_trades_need_a_spread_and_a_balance() -> None:
    one = [Decimal(-1)]
    assert per_trade_sharpe([], Decimal(100), 1) is None
    assert per_trade_sharpe(one, Decimal(100), 1) is None
    assert per_trade_sortino([Decimal(1), Decimal(2)], Decimal(100), 1) is None
    assert per_trade_sharpe([Decimal(1), Decimal(2)], Decimal(0), 1) is None
    assert per_trade_calmar(one, Decimal(100), 1, 0.0) is None
