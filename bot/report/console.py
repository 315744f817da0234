"""The report on the console: tables and colours on a terminal, aligned lines in a pipe."""

from collections.abc import Sequence

from rich.console import Console

from bot.performance.report_data import Report
from bot.report.sections import Section, sections

DAYS_SHOWN = 31
_STYLES = {1: "green", -1: "red", 0: ""}


def print_report(report: Report, console: Console | None = None) -> None:
    """Print every section; of the days only the newest month, the CSV files have all of them."""
    console = console or Console(highlight=False)
    for section in sections(report, days_shown=DAYS_SHOWN):
        if console.is_terminal:
            _print_table(section, console)
        else:
            for line in plain_lines(section):
                console.print(line, markup=False, soft_wrap=True)


def plain_lines(section: Section) -> list[str]:
    """Title, rows in columns of equal width, and an empty line. Values of pairs are aligned to the left."""
    texts = [[cell.text for cell in row] for row in section.rows]
    heads = [list(section.columns)] if section.columns else []
    widths = [max(len(row[i]) for row in [*heads, *texts]) for i in range(len(texts[0]))]
    lines = [section.title.upper()]
    lines += ["  " + _aligned(row, widths, to_right=bool(section.columns)) for row in [*heads, *texts]]
    return [*lines, ""]


def _aligned(row: Sequence[str], widths: Sequence[int], *, to_right: bool) -> str:
    first, *others = [
        text.rjust(width) if to_right and i else text.ljust(width)
        for i, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join([first, *others]).rstrip()


def _print_table(section: Section, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=section.title, title_justify="left", show_header=bool(section.columns))
    for i in range(len(section.rows[0])):
        name = section.columns[i] if section.columns else ""
        table.add_column(
            name, justify="right" if i and section.columns else "left", style="dim" if not i else None, overflow="fold"
        )
    for row in section.rows:
        table.add_row(*(Text(cell.text, style=_STYLES[cell.mood]) for cell in row))
    console.print(table)
