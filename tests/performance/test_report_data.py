"""The report of runs that are over, go on, lost everything, or did nothing at all."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest

from bot.domain.values import Side, TimeMs
from bot.performance.equity_curve import DAY_MS
from bot.performance.report_data import AccountPoint, Recorded, RunInfo, make_report
from bot.report.sections import sections
from tests.performance.samples import RUN, Fills


def point(time_ms: int, equity: int, unrealised: int = 0) -> AccountPoint:
    return AccountPoint(TimeMs(time_ms), Decimal(equity - unrealised), Decimal(unrealised), Decimal(equity))


def recorded(fills: Fills, *account: AccountPoint, run: RunInfo = RUN) -> Recorded:
    return Recorded(run, fills.made, {}, [], account)


def one_trade(exit_price: str = "90") -> Fills:
    fills = Fills()
    fills.trade(Side.BUY, "1", "100", fee="0.5")
    fills.trade(Side.SELL, "1", exit_price, fee="0.5", purpose="signal")
    return fills


ODD: dict[str, Recorded] = {
    "nothing at all": recorded(Fills()),
    "no trades": recorded(Fills(), point(0, 100), point(DAY_MS, 100)),
    "one trade": recorded(one_trade(), point(0, 100), point(5000, 89)),
    "no losses": recorded(one_trade("110"), point(0, 100), point(3 * DAY_MS, 109)),
    "flat": recorded(Fills(), *(point(day * DAY_MS, 100) for day in range(5))),
    "everything lost": recorded(one_trade(), point(0, 100), point(DAY_MS, 0), point(2 * DAY_MS, 0)),
    "below zero": recorded(one_trade(), point(0, 100), point(DAY_MS, -50), point(3 * DAY_MS, -20)),
    "nothing to begin with": recorded(one_trade(), point(0, 0), point(2 * DAY_MS, 10)),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_run_is_reported_without_nan_or_infinity(name: str) -> None:
    text = "\n".join(
        f"{cell.text}" for section in sections(make_report(ODD[name])) for row in section.rows for cell in row
    )
    assert "nan" not in text.lower()
    assert "inf" not in text.lower()


def test_without_trades_ratios_are_a_dash() -> None:
    found = {row[0].text: row[1].text for each in sections(make_report(ODD["no trades"])) for row in each.rows}
    for name in ("win rate", "profit factor", "expectancy per trade", "pay-off", "Sharpe", "Sortino", "Calmar"):
        assert found[name] == "-", name
    assert (found["max drawdown"], found["worst symbol"]) == ("none", "none lost")


def test_who_lost_everything_has_no_growth() -> None:
    risk = make_report(ODD["everything lost"]).risk
    assert (risk.drawdown_fraction, risk.cagr, risk.calmar) == (1.0, None, None)


def report_of(fills: Fills, account: Sequence[AccountPoint], run: RunInfo) -> list[str]:
    report = make_report(recorded(fills, *account, run=run))
    return [f"{trip.opened_ms}" for trip in (*report.trades, *report.open_trades)]


def test_a_trade_belongs_to_the_run_that_ends_it() -> None:
    fills = Fills()
    fills.trade(Side.BUY, "1", "100", fee="1", run_id="first")
    fills.trade(Side.SELL, "1", "110", fee="2", run_id="second", purpose="signal")
    first, second = (
        msgspec.structs.replace(RUN, run_id=name, runs=frozenset({name}), ended_ms=TimeMs(end))
        for name, end in (("first", 1500), ("second", 3000))
    )
    assert report_of(fills, [], first) == []
    report = make_report(recorded(fills, run=second))
    assert (report.carried_over, report.trades[0].net_pnl) == (1, Decimal(7))
    assert (report.money.fees, report.money.net_pnl) == (Decimal(2), Decimal(8))
    both = msgspec.structs.replace(second, runs=frozenset({"first", "second"}))
    whole = make_report(recorded(fills, run=both))
    assert (whole.carried_over, whole.money.net_pnl) == (0, Decimal(7))


def test_what_the_wallet_changed_otherwise_is_told() -> None:
    report = make_report(recorded(one_trade(), point(0, 1000), point(5000, 1489)))
    assert report.money.other == 500
    assert any(row[0].text == "wallet changed otherwise" for each in sections(report) for row in each.rows)


def test_exposure_is_the_time_with_any_position() -> None:
    fills = Fills()
    for side in (Side.BUY, Side.SELL, Side.BUY):
        fills.trade(side, "1", "100")  # in from 1 s to 2 s, and from 3 s on
    run = msgspec.structs.replace(RUN, ended_ms=TimeMs(4000))
    assert make_report(recorded(fills, point(0, 100), run=run)).risk.exposure == pytest.approx(0.5)


def test_a_run_that_goes_on_ends_with_what_is_known() -> None:
    report = make_report(recorded(one_trade(), point(0, 100), point(7000, 100)))
    assert report.end_ms == 7000
    assert any("not ended" in row[1].text for each in sections(report) for row in each.rows)
