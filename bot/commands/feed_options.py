"""Options that choose a recorded market, for commands that play one."""

from typing import Annotated

import typer

FolderOption = Annotated[
    str | None,
    typer.Option("--folder", metavar="DIR", help="Play the candle files of this folder (BTCUSDT_1m.parquet or .csv)."),
]
StartOption = Annotated[str | None, typer.Option("--start", metavar="TIME", help="Begin here (UTC, ISO 8601).")]
EndOption = Annotated[str | None, typer.Option("--end", metavar="TIME", help="End here (UTC, ISO 8601).")]


def feed_overrides(folder: str | None, start: str | None, end: str | None) -> list[str]:
    """These options as overrides of the configuration, so that they are checked like everything else."""
    chosen = [] if folder is None else ["simulator.feed.kind=candles", f"simulator.feed.folder={folder}"]
    times = (("start", start), ("end", end))
    return [*chosen, *(f"simulator.feed.{key}={value}" for key, value in times if value is not None)]
