"""How figures are measured and shown."""

import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

ROUNDS = 5


class Row(NamedTuple):
    """One line of a section: who, how much of what, and the aim if there is one."""

    what: str
    figure: float
    unit: str
    aim: str = ""


def seconds_of(work: Callable[[], object], times: int = 1, rounds: int = ROUNDS) -> float:
    """Processor time of one ``work``, in the best of some rounds of ``times`` each: other programs only add to it."""
    spent = []
    for _ in range(rounds):
        start = time.thread_time()
        for _ in range(times):
            work()
        spent.append((time.thread_time() - start) / times)
    return min(spent)


def show(section: str, rows: list[Row]) -> None:
    """A table on a terminal, tab-separated lines in a pipe."""
    lines = [(row.what, f"{row.figure:,.{0 if row.figure >= 100 else 2}f}", row.unit, row.aim) for row in rows]  # noqa: PLR2004 - three digits
    if not sys.stdout.isatty():
        for line in lines:
            print("\t".join((section, *line)).rstrip())
        return
    table = Table("what", "figure", "unit", "aim", title=section)
    table.columns[1].justify = "right"
    for line in lines:
        table.add_row(*line)
    Console().print(table)
