"""`python -m bot`: runs the bot."""

from bot.commands.options import RunOptions


def run(options: RunOptions) -> None:
    """Load the configuration and trade until told to stop.

    Raises UserError (ConfigError among them) for what the user has to mend.
    """
    config = options.load_config()
    from actors.run import run_bot  # pybit and Pykka cost half a second, and a wrong configuration should show at once

    run_bot(config, options.state_dir, options.stop_after_ms, options)
