"""`python -m bot check`: is everything ready to run?"""

import typer

from bot.commands.options import ConfigOption, SetOption, options_of


def check(context: typer.Context, config: ConfigOption = None, overrides: SetOption = None) -> None:
    """Check the configuration and tell everything that is wrong with it."""
    options = options_of(context, config, overrides)
    settings = options.load_config()
    symbols = ", ".join(settings.symbol_names)
    print(f"{options.config_path}: valid; venue {settings.venue.kind}, {len(settings.symbols)} symbols: {symbols}")
