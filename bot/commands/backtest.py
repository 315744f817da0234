"""`python -m bot backtest`: the bot replayed over recorded or invented candles, on one thread."""

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.feed_options import EndOption, FolderOption, StartOption, feed_overrides
from bot.commands.options import ConfigOption, SetOption, StateDirOption, options_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.backtest.replay import Progress
    from bot.config.simulator import CandlesFeed, SyntheticFeed


def backtest(
    context: typer.Context,
    config: ConfigOption = None,
    overrides: SetOption = None,
    state_dir: StateDirOption = None,
    folder: FolderOption = None,
    start: StartOption = None,
    end: EndOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Keep the reasons of bars for `why --backtest`.")] = False,
) -> None:
    """Replay the bot over a market of the past: the same program as live, under the market's own time.

    Plays `simulator.feed` of the configuration, or the candles of `--folder`; bars before the start warm the
    indicators up. An invented market is played for a week. Orders, fills and trades go to backtest.sqlite in the
    state directory, and the simulated exchange's own books to backtest-books.json beside it; `reconcile --backtest`
    compares the two.
    """
    options = options_of(context, config, [*(overrides or []), *feed_overrides(folder, start, end)], state_dir)
    settings = options.load_config()
    from bot.backtest.run import backtest as run_backtest
    from bot.dashboard.summary import print_summary
    from bot.simulator.server.serve import write_books
    from bot.storage.folder import make_folder

    make_folder(options.state_dir)
    run_id = datetime.now(UTC).strftime("backtest-%Y%m%dT%H%M%S%f")
    with _progress(settings.simulator.feed) as tell:
        result = run_backtest(settings, options.state_dir / "backtest.sqlite", run_id, tell, explains=explain)
    write_books(options.state_dir / "backtest-books.json", result.books)
    print_summary(result.summary)
    rate = result.bars / max(result.seconds, 1e-9)
    print(f"{result.bars:,} bars in {result.seconds:.2f} s: {rate:,.0f} bars per second")


@contextmanager
def _progress(feed: "SyntheticFeed | CandlesFeed") -> "Iterator[Progress]":
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _now_ms, _bars: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Display

    start_ms, end_ms = feed.start_ms, getattr(feed, "end_ms", None)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Display(*columns, console=Console(stderr=True)) as display:
        total = None if start_ms is None or end_ms is None else end_ms - start_ms
        task = display.add_task("loading", total=total)

        def tell(now_ms: int, bars: int) -> None:
            day = datetime.fromtimestamp(now_ms / 1000, UTC)
            done = 0 if start_ms is None else now_ms - start_ms
            display.update(task, completed=done, description=f"{day:%Y-%m-%d %H:%M}  {bars:,} bars")

        yield tell
