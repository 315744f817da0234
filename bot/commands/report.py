"""`python -m bot report`: what a run earned, what it cost, and what had to be borne."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.feed_options import EndOption, FolderOption, StartOption, feed_overrides
from bot.commands.options import ConfigOption, RunOptions, SetOption, StateDirOption, options_of
from bot.domain.errors import UserError
from bot.domain.values import Symbol

if TYPE_CHECKING:
    from bot.performance.report_data import Report
    from bot.report.candles import Candle

REPEATABLE = frozenset({"backtest", "simulator"})
"""Venues whose market can be made again from the configuration."""
FITS = 0.95
"""Candles of which fewer fills lie inside are of another market: the configuration has changed since the backtest."""


def report(
    context: typer.Context,
    config: ConfigOption = None,
    overrides: SetOption = None,
    state_dir: StateDirOption = None,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="Report on the last backtest instead of the last run.")
    ] = False,
    run: Annotated[
        str | None, typer.Option("--run", metavar="ID", help="Report on this run.  [default: newest]")
    ] = None,
    all_runs: Annotated[
        bool, typer.Option("--all-runs", help="Report on all runs on the same account together.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="DIR", help="Write trades, equity, days and symbols as CSV files.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with charts, which works offline.")
    ] = None,
    folder: FolderOption = None,
    start: StartOption = None,
    end: EndOption = None,
) -> None:
    """Print what a run earned, what it cost in fees, funding and slippage, its drawdown, ratios and worst days.

    Works while the bot runs, and afterwards, from the database alone. Money is in the settle coin, days are UTC, equity
    is marked to market. With `--html` the trades on a simulated market are drawn on its candles, which come from
    `simulator.feed` of the configuration, or from `--folder`; where candles are not known, on the prices that are.
    """
    options = options_of(context, config, [*(overrides or []), *feed_overrides(folder, start, end)], state_dir)
    from bot.performance.report_data import make_report
    from bot.report.console import print_report
    from bot.storage.reading import LedgerReader
    from bot.storage.report_reading import known_closes, read_recorded

    file = options.state_dir / ("backtest.sqlite" if backtest else options.load_config().storage.file)
    with _progress() as tell:
        tell(str(file))
        reader = LedgerReader(file, run)
        try:
            found = make_report(read_recorded(reader, all_runs=all_runs))
            closes = known_closes(reader) if html is not None else {}
        finally:
            reader.close()
    print_report(found)
    if csv is not None:
        from bot.report.csv_files import write_csv

        for written in write_csv(found, csv):
            print(f"written: {written}")
    if html is not None:
        from bot.report.page import write_page

        with _progress() as tell:
            tell("candles")
            candles = _candles(options, found) if found.run.venue in REPEATABLE else {}
            write_page(found, html, candles, closes, tell)
        print(f"written: {html}")


def _candles(options: RunOptions, found: "Report") -> "Mapping[Symbol, Sequence[Candle]]":
    """The candles of a backtest, of those symbols of which they are the ones that were traded on."""
    from bot.backtest.candles import candles_of
    from bot.report.candles import fitting_share

    fills: dict[Symbol, list[tuple[int, float]]] = {}
    for fill in found.fills:
        if fill.is_trade:
            execution = fill.execution
            fills.setdefault(execution.symbol, []).append((execution.time_ms, float(execution.price)))
    try:
        candles = candles_of(options.load_config(), fills, found.start_ms, found.end_ms)
    except UserError as error:
        print(f"trades are drawn without candles: {error}", file=sys.stderr)
        return {}
    fitting = {symbol: each for symbol, each in candles.items() if fitting_share(each, fills[symbol]) >= FITS}
    if missing := sorted(fills.keys() - fitting.keys()):
        text = "the configured feed is not the market of this backtest"
        print(f"drawn without candles: {', '.join(missing)}: {text}", file=sys.stderr)
    return fitting


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What is being done, on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading") as status:
        yield lambda text: status.update(f"report: {text}")
