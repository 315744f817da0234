"""`python -m bot parity`: does the replay give the same orders as the wire?"""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.feed_options import EndOption, FolderOption, StartOption, feed_overrides
from bot.commands.options import ConfigOption, SetOption, options_of
from bot.domain.errors import UserError


def parity(
    context: typer.Context,
    config: ConfigOption = None,
    overrides: SetOption = None,
    folder: FolderOption = None,
    start: StartOption = None,
    end: EndOption = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep both runs' databases in this empty folder.")
    ] = None,
) -> None:
    """Play the same market twice and compare every signal, order and execution, field by field.

    Once over the wire: the simulated exchange as a process, unmodified pybit, sockets and threads, in lockstep. Once by
    `backtest`, on one thread. Exit code 1 and the first difference if there is one.
    """
    chosen = [
        *(overrides or []),
        "venue.kind=simulator",
        "simulator.speed=lockstep",
        *feed_overrides(folder, start, end),
    ]
    settings = options_of(context, config, chosen).load_config()
    from actors.run import run_bot
    from bot.backtest.run import backtest
    from bot.storage.folder import make_folder
    from bot.storage.parity import count_of, first_difference
    from bot.storage.reading import LedgerReader

    with tempfile.TemporaryDirectory(prefix="parity-") as temporary:
        place = _empty(make_folder(keep or Path(temporary)))
        began_s = time.monotonic()
        run_bot(settings, place / "wire", None)
        on_the_wire_s = time.monotonic() - began_s
        result = backtest(settings, place / "backtest.sqlite", "backtest", lambda _now_ms, _bars: None)
        wire = LedgerReader(place / "wire" / settings.storage.file)
        replayed = LedgerReader(place / "backtest.sqlite")
        try:
            print(f"over the wire {dict(count_of(wire))} in {on_the_wire_s:.1f} s")
            print(f"by backtest   {dict(count_of(replayed))} in {result.seconds:.1f} s, {result.bars:,} bars")
            difference = first_difference(wire, replayed)
        finally:
            wire.close()
            replayed.close()
    print("the same, field by field" if difference is None else f"first difference: {difference}")
    if difference is not None:
        raise typer.Exit(1)


def _empty(folder: Path) -> Path:
    """What an earlier run left there would be compared as if it were of this one."""
    if any(folder.iterdir()):
        raise UserError(f"--keep {folder}: is not empty; both runs begin with databases of their own")
    return folder
