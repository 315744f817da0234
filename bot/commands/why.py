"""`python -m bot why`: why the last bars of a symbol led to a trade, or to none."""

from typing import Annotated

import typer

from bot.commands.options import ConfigOption, SetOption, StateDirOption, options_of


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

    Works while the bot runs, and afterwards. The reasons of the newest 500 bars of each symbol are kept.
    """
    options = options_of(context, config, overrides, state_dir)
    from bot.dashboard.explain import print_judgements
    from bot.storage.reading import LedgerReader

    file = "backtest.sqlite" if backtest else options.load_config().storage.file
    reader = LedgerReader(options.state_dir / file)
    try:
        print_judgements(symbol.upper(), reader.judgements(symbol.upper(), bars, decided=decided))
    finally:
        reader.close()
