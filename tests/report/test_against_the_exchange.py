"""What the report says of a whole run equals what the exchange's own books say."""

import io
import re
from decimal import Decimal

import pytest
from rich.console import Console

from bot.backtest.candles import candles_of
from bot.backtest.run import BacktestResult
from bot.config.models import Config
from bot.domain.values import Symbol
from bot.performance.report_data import Report
from bot.report.candles import fitting_share
from bot.report.console import print_report
from bot.report.formatting import date
from tests.report import exchange_books
from tests.report.exchange_books import DAY_MS


def printed(report: Report, *, is_terminal: bool = False) -> str:
    out = io.StringIO()
    print_report(report, Console(file=out, force_terminal=is_terminal, width=140, no_color=True))
    return out.getvalue()


def value_of(text: str, name: str) -> Decimal:
    """The first number behind a name in the piped report."""
    found = re.search(rf"^  {re.escape(name)}  +([-+,.\d]+)", text, re.MULTILINE)
    assert found is not None, name
    return Decimal(found[1].replace(",", ""))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def test_money_on_the_console_is_that_of_the_exchange(report: Report, played: BacktestResult) -> None:
    text, books = printed(report), played.books
    fees, funding = (exchange_books.total(books, "fee", funding=each) for each in (False, True))
    realised = exchange_books.total(books, "realised_pnl")
    assert value_of(text, "PnL before fees") == cents(realised)
    assert value_of(text, "fees") == cents(-fees)
    assert value_of(text, "funding") == cents(-funding)
    assert value_of(text, "net PnL") == cents(realised - fees - funding)
    assert report.money.wallet_after == Decimal(books["wallet_balance"])
    assert report.money.other == 0
    assert funding != 0
    slipped = value_of(text, "slippage")
    assert value_of(text, "PnL at decision prices") == pytest.approx(cents(realised) - slipped, abs=Decimal("0.01"))


def test_trades_are_those_of_the_exchange(report: Report, played: BacktestResult) -> None:
    trips = exchange_books.trips(played.books)
    text = printed(report)
    assert value_of(text, "trades closed") == len(trips)
    assert sorted(trip.net_pnl for trip in report.trades) == sorted(trip.net for trip in trips)
    assert report.statistics.won == sum(trip.net > 0 for trip in trips)
    assert {(t.symbol, t.opened_ms, t.closed_ms) for t in report.trades} == {trip[:3] for trip in trips}


def test_which_symbol_lost(report: Report, played: BacktestResult) -> None:
    text = printed(report)
    net = {
        symbol: exchange_books.total(played.books, "realised_pnl", symbol=symbol)
        - exchange_books.total(played.books, "fee", symbol=symbol)
        for symbol in ("BTCUSDT", "SOLUSDT")
    }
    worst = min(net, key=lambda symbol: net[symbol])
    assert f"worst symbol            {worst} {cents(net[worst]):+,}" in text
    assert {part.name: part.net_pnl for part in report.by_symbol} == net


def test_what_the_worst_day_was(report: Report, played: BacktestResult, config: Config) -> None:
    """Equity at midnight by the exchange's executions and the market's closes; a fill just then is on either side."""
    symbols = [Symbol(each) for each in ("BTCUSDT", "SOLUSDT")]
    market = candles_of(config, symbols, report.start_ms, report.end_ms)
    changes, before = {}, float(played.books["starting_balance"])
    for end_ms in range(report.start_ms + DAY_MS, report.end_ms + 1, DAY_MS):
        closes = {str(s): next(c.close for c in reversed(market[s]) if c.start_ms < end_ms) for s in symbols}
        after = exchange_books.equity_at(played.books, end_ms, closes)
        changes[end_ms - DAY_MS], before = after - before, after
    assert len(changes) == len(report.days) == 7
    for day in report.days:
        assert float(day.change) == pytest.approx(changes[day.start_ms], abs=1)
    worst = min(report.days, key=lambda day: day.change)
    assert changes[worst.start_ms] == min(changes.values())
    assert f"worst day               {date(worst.start_ms)} {cents(worst.change):+,}" in printed(report)


def test_the_candles_are_those_that_were_traded_on(report: Report, config: Config) -> None:
    symbol = Symbol("BTCUSDT")
    candles = candles_of(config, [symbol, Symbol("NONEUSDT")], report.start_ms, report.end_ms)
    assert set(candles) == {symbol}
    assert len(candles[symbol]) == 7 * 24 * 60
    executions = [fill.execution for fill in report.fills if fill.execution.symbol == symbol and fill.is_trade]
    fills = [(each.time_ms, float(each.price)) for each in executions]
    assert fitting_share(candles[symbol], fills) == 1.0
    assert fitting_share(candles[symbol], [(time_ms, 2 * price) for time_ms, price in fills]) == 0.0


def test_excursions_contain_the_result(report: Report) -> None:
    marked = [trip for trip in report.trades if trip.mae is not None and trip.mfe is not None]
    assert len(marked) == len(report.trades)
    for trip in marked:
        assert trip.mae is not None
        assert trip.mfe is not None
        assert -trip.mae - Decimal("0.001") <= trip.realised_pnl <= trip.mfe + Decimal("0.001")
    assert any(trip.mae > max(-trip.realised_pnl, Decimal(0)) for trip in marked if trip.mae is not None)


def test_slippage_is_measured_against_the_close_that_decided(report: Report) -> None:
    assert report.execution.slippage.unknown == 0
    assert report.execution.of_entries.fills == sum(fill.purpose == "entry" for fill in report.fills)
    assert report.execution.of_entries.cost == sum(
        fill.slippage or 0 for fill in report.fills if fill.purpose == "entry"
    )
    entry = next(fill for fill in report.fills if fill.purpose == "entry")
    assert entry.wish is not None
    assert entry.execution.time_ms - entry.wish.time_ms < 60_000
    assert (entry.wish.strategy, entry.wish.reason) == ("ema_cross", report.trades[0].entry_reason)


def test_a_terminal_gets_tables_and_a_pipe_aligned_lines(report: Report) -> None:
    assert "│" in printed(report, is_terminal=True)
    lines = printed(report).splitlines()
    assert not any("│" in line or "\x1b" in line for line in lines)
    table = lines[lines.index("BY SYMBOL, THE WORST FIRST") + 1 :][:3]
    assert len({len(line) for line in table}) == 1
