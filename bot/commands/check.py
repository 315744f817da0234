"""`python -m bot check`: is everything ready to run?"""

import typer

from bot.commands.options import ConfigOption, SetOption, options_of


def check(context: typer.Context, config: ConfigOption = None, overrides: SetOption = None) -> None:
    """Check the configuration, the strategies' parameters, the connection and the keys, and tell what is wrong.

    Connects to the configured venue (with venue.kind simulator or paper, a simulated exchange is started for the
    purpose) and asks for its time, the trading rules of every symbol and the wallet. Where rules choose the symbols
    it shows whom they would choose now, and why the others are left out. Sends no order, changes nothing.
    """
    options = options_of(context, config, overrides)
    settings = options.load_config()
    names = settings.fixed_symbols
    symbols = f"{len(names)} symbols: {', '.join(names)}" if names else "symbols by rules"
    print(f"{options.config_path}: valid; venue {settings.venue.kind}, {symbols}")
    from actors.check import check_venue

    for line in check_venue(settings):
        print(line)
