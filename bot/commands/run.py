"""`python -m bot`: runs the bot."""

from bot.commands.options import RunOptions
from bot.domain.errors import UserError


def run(options: RunOptions) -> None:
    """Load the configuration and trade until told to stop.

    Raises UserError (ConfigError among them) for what the user has to mend.
    """
    options.load_config()
    raise UserError("this version can check its configuration (python -m bot check) but does not trade yet")
