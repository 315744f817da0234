"""`python -m bot why`: why the last bars of a symbol led to a trade, or to none."""

from typing import Annotated

import typer

from bot.commands.options import ConfigOption, SetOption, StateDirOption, options_of
from bot.domain.errors import UserError

EXITS_TOLD = 10


def why(
    context: typer.Context,
    symbol: Annotated[str, typer.Argument(help="The symbol, such as BTCUSDT.")],
    bars: Annotated[int, typer.Option("--bars", min=1, max=500, help="How many of the newest bars to explain.")] = 10,
    decided: Annotated[
        bool, typer.Option("--decided", help="Only bars on which the strategy wanted something.")
    ] = False,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="Of the last backtest (run with --explain) instead of the bot.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    state_dir: StateDirOption = None,
) -> None:
    """Tell of each of the last bars what the strategy made of it: readings, score, threshold, and what the risk said.

    Then of the last exits: stop, target, guard, the exchange itself, with its reason.

    Works while the bot runs, and afterwards. The reasons of the newest 500 bars of each symbol are kept.
    """
    options = options_of(context, config, overrides, state_dir)
    from bot.dashboard.explain import print_exits, print_judgements
    from bot.storage.reading import LedgerReader

    database = options.state_dir / ("backtest.sqlite" if backtest else options.load_config().storage.file)
    if backtest and not database.exists():
        raise UserError(f"{database}: there is no backtest; run one first: backtest --explain")
    reader = LedgerReader(database)
    try:
        known = str(reader.run["symbols"]).split(",")
        if symbol.upper() not in known and not reader.judgements(symbol.upper(), 1):
            raise UserError(f"{symbol.upper()} is not one of the symbols of that run; there is: {', '.join(known)}")
        print_judgements(symbol.upper(), reader.judgements(symbol.upper(), bars, decided=decided))
        print_exits(symbol.upper(), reader.exits(symbol.upper(), EXITS_TOLD))
    finally:
        reader.close()
