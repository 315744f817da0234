"""The command line: options, commands, and how errors reach the user.

Commands are imported when this module is, so that `--help` can show them: the modules in this package import whatever
is heavy (pandas, pybit, the exchange) inside their functions.
"""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import __version__
from bot.commands.api import api
from bot.commands.backtest import backtest
from bot.commands.check import check
from bot.commands.ctl import ctl
from bot.commands.lookahead import lookahead
from bot.commands.new_strategy import new_strategy
from bot.commands.options import ConfigOption, ForOption, RunOptions, SetOption, StateDirOption, options_of
from bot.commands.parity import parity
from bot.commands.reconcile import reconcile
from bot.commands.report import report
from bot.commands.schema import schema
from bot.commands.simulate import simulate
from bot.commands.why import why
from bot.domain.errors import UserError

_HELP = """Trade several symbols at once on Bybit V5, or on the simulated Bybit that ships with the bot.

Without a command this runs the bot: `python -m bot --config config.json`. It stops gracefully on Ctrl-C, on SIGTERM
and after `--for`. The settings are in config.json; any of them can be overridden with `--set`, with an environment
variable such as BOT__RISK__LEVERAGE=3, or in a .env file beside config.json, where the API keys belong too
(BYBIT_API_KEY, BYBIT_API_SECRET).

Exit codes: 0 all went well, 2 something is for you to mend (one message says what), 1 a defect of the bot.
"""

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"pyrmethus {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True, help=_HELP)
def _bot(
    context: typer.Context,
    config: ConfigOption = None,
    overrides: SetOption = None,
    state_dir: StateDirOption = None,
    stop_after: ForOption = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    del version  # its callback has ended the program
    context.obj = RunOptions(
        config_path=config or Path("config.json"),
        overrides=tuple(overrides or ()),
        state_dir=state_dir or Path("state"),
        stop_after_ms=stop_after,
    )
    if context.invoked_subcommand is None:
        from bot.commands.run import run

        run(options_of(context))
    elif stop_after is not None:
        raise typer.BadParameter("only running the bot can be limited in time", param_hint="--for")


app.command()(check)
app.command()(backtest)
app.command()(simulate)
app.command()(reconcile)
app.command()(report)
app.command()(parity)
app.command()(why)
app.command()(ctl)
app.command()(new_strategy)
app.command()(lookahead)
app.command()(schema)
app.command(context_settings={"help_option_names": []})(api)  # its --help may be about one method


def main() -> NoReturn:
    """Run the command line and end the process: errors of the user as one message and exit code 2."""
    try:
        app(prog_name="python -m bot")
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    sys.exit(0)
