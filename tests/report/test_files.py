"""CSV files and the HTML page."""

import csv
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import plotly.graph_objects as go
import pytest

from bot.backtest.candles import candles_of
from bot.backtest.run import BacktestResult
from bot.config.models import Config
from bot.domain.errors import UserError
from bot.domain.values import Symbol
from bot.performance.report_data import Report
from bot.report.csv_files import write_csv
from bot.report.page import write_page
from tests.report import exchange_books

BTC, SOL = Symbol("BTCUSDT"), Symbol("SOLUSDT")


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def test_csv_files_add_up_to_the_exchanges_books(report: Report, played: BacktestResult, tmp_path: Path) -> None:
    files = {file.stem: rows_of(file) for file in write_csv(report, tmp_path / "made" / "here")}
    assert set(files) == {"trades", "equity", "days", "symbols"}
    fees, funding = (exchange_books.total(played.books, "fee", funding=each) for each in (False, True))
    realised = exchange_books.total(played.books, "realised_pnl")
    for name in ("trades", "symbols"):
        assert total(files[name], "fees") == fees
        assert total(files[name], "funding") == funding
        assert total(files[name], "realised_pnl") == realised
        assert total(files[name], "net_pnl") == realised - fees - funding
    assert total(files["days"], "fees") == fees
    assert total(files["days"], "funding") == funding
    assert total(files["days"], "change") == Decimal(files["equity"][-1]["equity"]) - Decimal(10_000)
    assert files["equity"][-1]["wallet_balance"] == played.books["wallet_balance"]
    assert sum(int(row["trades"]) for row in files["symbols"]) == len(report.trades)
    assert sum(not row["closed"] for row in files["trades"]) == len(report.open_trades)


def page(report: Report, config: Config, file: Path, *, with_candles: bool) -> str:
    candles = candles_of(config, [BTC, SOL], report.start_ms, report.end_ms) if with_candles else {}
    write_page(report, file, candles, {BTC: {report.start_ms: 1.0}}, lambda _text: None)
    return file.read_text("utf-8")


@pytest.mark.parametrize("with_candles", [True, False])
def test_the_page_has_every_chart_and_needs_nothing_else(
    report: Report, config: Config, tmp_path: Path, with_candles: bool
) -> None:
    text = page(report, config, tmp_path / "page.html", with_candles=with_candles)
    head, body = text.split("</head>")
    assert "Plotly" in head
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)", text.replace(head, ""))
    assert not re.search(r"<script[^>]+src=", head[:5_000])
    assert "http" not in body
    titles = re.findall(r"<h2>(.*?)</h2>", body)
    for wanted in ("Equity", "Drawdown", "PnL by symbol", "Months", "Trades of BTCUSDT", "Trades of SOLUSDT"):
        assert wanted in titles
    charts = figures(body)
    assert len(charts) == 5
    kinds = [trace["type"] for _, layout in charts for trace in layout]
    assert ("candlestick" in kinds) is with_candles


def figures(body: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The charts of a page; Plotly's own classes refuse a property that does not exist."""
    out = []
    for name, data in re.findall(r'Plotly\.newPlot\("(chart-\d+)", (.*?), \{"displaylogo"', body):
        traces, end = json.JSONDecoder().raw_decode(data)
        layout = json.loads(data[end + 2 :])
        go.Figure(data=traces, layout=layout)
        out.append((name, traces))
    return out


def test_every_trade_is_on_the_charts(report: Report, config: Config, tmp_path: Path) -> None:
    body = page(report, config, tmp_path / "page.html", with_candles=True).split("</head>")[1]
    traces = [trace for _, found in figures(body)[3:] for trace in found]
    counts = {name: sum(len(t["x"]) for t in traces if t["name"] in names) for name, names in MARKERS.items()}
    assert counts == {
        "entries": len(report.trades) + len(report.open_trades),
        "won": report.statistics.won,
        "lost": len(report.trades) - report.statistics.won,
    }


MARKERS = {"entries": {"long", "short"}, "won": {"exit, won"}, "lost": {"exit, lost"}}


def test_a_name_can_not_break_the_page(report: Report, tmp_path: Path) -> None:
    nasty = "</script><script>alert(1)</script>"
    trade = msgspec.structs.replace(report.trades[0], entry_reason=nasty)
    run = msgspec.structs.replace(report.run, run_id=nasty)
    write_page(
        msgspec.structs.replace(report, trades=[trade], run=run), tmp_path / "page.html", {}, {}, lambda _text: None
    )
    assert nasty not in (tmp_path / "page.html").read_text("utf-8")


def test_what_can_not_be_written_is_told(report: Report, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        write_csv(report, tmp_path / "file")
    with pytest.raises(UserError, match="cannot be written"):
        write_page(report, tmp_path, {}, {}, lambda _text: None)
