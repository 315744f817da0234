"""The report as one HTML page that needs nothing else: Plotly's code is in it, so it works offline."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

import msgspec

from bot.domain.errors import UserError
from bot.domain.values import Symbol
from bot.performance.report_data import Report
from bot.report.candles import Candle
from bot.report.charts import Figure, drawdown_chart, equity_chart, symbol_chart, traded_symbols, trades_chart
from bot.report.formatting import percent
from bot.report.sections import Cell, Section, sections

SYMBOLS_SHOWN = 12
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOODS = {1: ' class="good"', -1: ' class="bad"', 0: ""}
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem; color: #222; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
table { border-collapse: collapse; } td, th { padding: .15rem .7rem; border-bottom: 1px solid #e4e4e4; }
td, th { text-align: right; } td:first-child, th:first-child, .pairs td { text-align: left; }
td:first-child { color: #666; } .good { color: #1c7c47; } .bad { color: #b3303f; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 0 2rem; }
.wide { overflow-x: auto; }
"""

type Closes = Mapping[Symbol, Mapping[int, float]]
type Tell = Callable[[str], None]


def write_page(
    report: Report, file: Path, candles: Mapping[Symbol, Sequence[Candle]], closes: Closes, tell: Tell
) -> None:
    """Write the page. ``candles`` are of the market traded on, ``closes`` what else is known of prices, by their time.

    ``tell`` hears what is being drawn. UserError if the file can not be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page_of(report, candles, closes, tell), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror or error}") from None


def page_of(report: Report, candles: Mapping[Symbol, Sequence[Candle]], closes: Closes, tell: Tell) -> str:
    """The page as text."""
    from plotly.offline import get_plotlyjs  # a quarter of a second

    tell("equity")
    charts = {
        "Equity": equity_chart(report),
        "Drawdown": drawdown_chart(report),
        "PnL by symbol": symbol_chart(report),
    }
    symbols = traded_symbols(report)
    for symbol in symbols[:SYMBOLS_SHOWN]:
        tell(symbol)
        trips = [trip for trip in (*report.trades, *report.open_trades) if trip.symbol == symbol]
        marks = report.marks.get(symbol, ())
        charts[f"Trades of {symbol}"] = trades_chart(trips, candles.get(symbol, ()), closes.get(symbol, {}), marks)
    tell("page")
    tables = [_section(section) for section in sections(report)]
    left_out = symbols[SYMBOLS_SHOWN:]
    note = f"<p>Without a chart, because they traded least: {escape(', '.join(left_out))}.</p>" if left_out else ""
    drawn = [_chart(f"chart-{i}", title, figure) for i, (title, figure) in enumerate(charts.items())]
    title = escape(f"Report of {report.run.run_id}")
    parts = [
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>',
        f"<style>{_STYLE}</style>\n<script>{get_plotlyjs()}</script>\n</head>\n<body>\n<h1>{title}</h1>",
        f'<div class="columns">{"".join(tables[:5])}</div>',
        *drawn[:3],
        _months(report),
        *tables[5:],
        *drawn[3:],
        note,
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _chart(name: str, title: str, figure: Figure) -> str:
    # "</" would end the script if a name in the data said so; in a string of JSON "<\/" is the same.
    data, layout = (msgspec.json.encode(figure[key]).decode().replace("</", "<\\/") for key in ("data", "layout"))
    options = '{"displaylogo": false, "responsive": true}'
    return (
        f'<h2>{escape(title)}</h2>\n<div id="{name}"></div>\n'
        f'<script>Plotly.newPlot("{name}", {data}, {layout}, {options});</script>'
    )


def _section(section: Section) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in section.columns)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in section.rows)
    kind = "" if section.columns else ' class="pairs"'
    top = f"<tr>{head}</tr>" if head else ""
    return f'<div class="wide"><h2>{escape(section.title)}</h2>\n<table{kind}>{top}{rows}</table></div>'


def _cell(cell: Cell) -> str:
    return f"<td{_MOODS[cell.mood]}>{escape(cell.text)}</td>"


def _months(report: Report) -> str:
    """Years as rows, months as columns, and what the year came to by compounding its months."""
    years = sorted({year for year, _ in report.months})
    rows = []
    for year in years:
        found = [report.months.get((year, month)) for month in range(1, 13)]
        whole = 1.0
        for each in found:
            whole *= 1 + (each or 0.0)
        known = None if all(each is None for each in found) else whole - 1
        cells = "".join(_cell(_month(each)) for each in (*found, known))
        rows.append(f"<tr><td>{year}</td>{cells}</tr>")
    head = "".join(f"<th>{name}</th>" for name in ("", *_MONTHS, "year"))
    return f'<div class="wide"><h2>Months</h2>\n<table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _month(change: float | None) -> Cell:
    if change is None:
        return Cell("")
    return Cell(percent(change, sign=True), (change > 0) - (change < 0))
