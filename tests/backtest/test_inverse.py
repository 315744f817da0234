"""The whole bot on inverse contracts: money is the base coin."""

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from bot.backtest.run import BacktestResult, backtest
from bot.config.load import load_config
from bot.performance.reconcile import compare_books
from bot.performance.report_data import Report, make_report
from bot.report.sections import sections
from bot.storage.reading import LedgerReader
from bot.storage.report_reading import read_recorded

ROOT = Path(__file__).parents[2]
LIMITS = (
    "risk.limits.symbol_exposure_quote_max=20000",
    "risk.limits.open_risk_max=0.02",
    'exits.targets=[{"at":{"risk":1},"share":0.5}]',
)


@pytest.fixture(scope="module", params=[(), LIMITS], ids=["plain", "with limits and a partial target"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[BacktestResult, Path]:
    database = tmp_path_factory.mktemp("inverse") / "ledger.sqlite"
    wanted = ('symbols=["BTCUSD"]', "venue.category=inverse", "simulator.starting_balance_base=0.5", *request.param)
    config = load_config(ROOT / "config.json", wanted, {}, None)
    return backtest(config, database, "run", lambda _now_ms, _bars: None), database


def reported(database: Path) -> Report:
    with closing(LedgerReader(database)) as reader:
        return make_report(read_recorded(reader))


def test_the_ledger_equals_the_exchanges_own_books(played: tuple[BacktestResult, Path]) -> None:
    result, database = played
    with closing(LedgerReader(database)) as reader:
        ours = reader.books()
    assert (ours["coin"], ours["starting_balance"]) == ("BTC", "0.5")
    assert result.summary.trades > 0
    assert [each for each in compare_books(ours, result.books) if not each.equal] == []
    assert result.books["coins"]["USDT"]["wallet_balance"] == "0"


def test_a_trade_risks_what_is_configured(played: tuple[BacktestResult, Path]) -> None:
    """0.5 % of the equity, by default; a stop costs that and not more, but for slippage of the stop itself."""
    _, database = played
    report = reported(database)
    stopped = [trip for trip in report.trades if trip.exit_reason == "stop loss"]
    assert stopped
    for trip in stopped:
        assert Decimal("-0.006") * report.money.equity_before < trip.net_pnl < 0


def test_a_limit_in_dollars_bounds_the_contracts(played: tuple[BacktestResult, Path]) -> None:
    _, database = played
    largest = max(trip.qty for trip in reported(database).trades)
    with closing(LedgerReader(database)) as reader:
        is_limited = any("symbol exposure" in str(row["reason"]) for row in reader.rows("entry_answers"))
    assert largest <= 20_000 or not is_limited
    assert largest % 1 == 0


def test_a_report_is_in_the_base_coin(played: tuple[BacktestResult, Path]) -> None:
    result, database = played
    report = reported(database)
    assert report.run.coin == "BTC"
    assert report.money.equity_before == Decimal("0.5")
    assert report.money.wallet_after == Decimal(result.books["coins"]["BTC"]["wallet_balance"])
    assert report.money.other == 0
    # Half a bitcoin at 10x leverage: what is traded at once is worth a few bitcoins, and an excursion much less.
    assert all(trip.mae is not None and 0 <= trip.mae < 1 for trip in report.trades)
    texts = {section.title: section for section in sections(report)}
    assert ("equity at the start", "0.50000000") in [
        (name.text, value.text) for name, value in texts["result, in BTC"].rows
    ]
