"""`python -m bot lookahead`: does a strategy know the future?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.feed_options import EndOption, FolderOption, StartOption, feed_overrides
from bot.commands.options import ConfigOption, SetOption, options_of
from bot.domain.errors import UserError

DAY_MS = 86_400_000


def lookahead(
    context: typer.Context,
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", metavar="NAME|FILE", help="A strategy that is built in, or a Python file."),
    ] = None,
    class_name: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="The class in that file, if it has several.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="How much of the market is played.")] = 2,
    cuts: Annotated[int, typer.Option("--cuts", min=1, max=100, help="How often the market is cut off.")] = 8,
    config: ConfigOption = None,
    overrides: SetOption = None,
    folder: FolderOption = None,
    start: StartOption = None,
    end: EndOption = None,
) -> None:
    """Check that no decision of a strategy changes when the bars behind it are cut off.

    The market is played whole, and again with its end cut off at several moments: every decision up to there, with its
    score, stop and reasons, must be the same. Of a DataFrame strategy the signal column is compared as well, computed
    with later rows and without. What can not be found: a strategy that reads the future from a file of its own.
    Exit code 1 and the first differences if there are any.
    """
    chosen = [*(overrides or []), *_strategy_overrides(strategy, class_name), *feed_overrides(folder, start, end)]
    settings = options_of(context, config, chosen).load_config()
    from bot.backtest.lookahead import compare, frame_differences, market_start_ms

    found, wishes, end_ms = 0, 0, market_start_ms(settings) + days * DAY_MS
    for cut in compare(settings, cuts, end_ms):
        moment = f"{datetime.fromtimestamp(cut.at_ms / 1000, UTC):%Y-%m-%d %H:%M}"
        print(f"cut off at {moment}: {cut.compared:,} decisions, {cut.difference or 'the same'}")
        found += cut.difference is not None
        wishes += cut.wishes
    for symbol in settings.symbol_names:
        for difference in frame_differences(settings, symbol, end_ms):
            found += 1
            print(difference)
    if found:
        print(f"{found} differences: the strategy looks ahead, or remembers more than it is given at a start")
        raise typer.Exit(1)
    if not wishes:
        print("the strategy wanted nothing in all that time, so this says little")
    print("no decision changed when later bars were cut off")


def _strategy_overrides(strategy: str | None, class_name: str | None) -> list[str]:
    if strategy is None:
        if class_name is not None:
            raise UserError("--class names a class of the file that --strategy names")
        return []
    if Path(strategy).suffix != ".py":
        return [f"strategy.name={strategy}"]
    return [f"strategy.file={strategy}", *([] if class_name is None else [f"strategy.class={class_name}"])]
