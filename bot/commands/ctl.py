"""`python -m bot ctl`: commands to a bot that is running."""

import json
import sys
from typing import Annotated, Any

import typer

from bot.commands.options import StateDirOption, options_of

_HELP = """Command a running bot: `python -m bot ctl status`.

It talks to the bot that uses the state directory, over a port of this machine, with a token that only you can read.

- `status`: what it has and does
- `pause [WHY]`: no new entries; orders and positions go on
- `resume`: entries again, after pause or reduce-only
- `reduce-only [WHY]`: no new entries, and cancel what could open or enlarge a position
- `close SYMBOL`: close one position at the market
- `close-all`: close every position; new entries may follow (pause first)
- `cancel-orders`: cancel every order that could open or enlarge a position
- `halt [WHY]`: the kill switch: cancel, close everything, stay halted until released; restarts on the account keep it
- `release [GUARD]`: let go what has latched: `daily_loss`, `drawdown`, `halted` or `all`
- `set KEY=VALUE`: change a setting now, until the bot ends
- `reload`: read config.json again (it is also watched)
"""

COMMANDS = {
    "status": (0, 0),
    "pause": (0, 100),
    "resume": (0, 100),
    "reduce-only": (0, 100),
    "close": (1, 1),
    "close-all": (0, 0),
    "cancel-orders": (0, 0),
    "halt": (0, 100),
    "release": (0, 1),
    "set": (1, 1),
    "reload": (0, 0),
}
"""Each command with the least and the most arguments."""


def ctl(
    context: typer.Context,
    command: Annotated[str, typer.Argument(help="What to do; see above.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="SYMBOL, KEY=VALUE, GUARD or a reason.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    state_dir: StateDirOption = None,
) -> None:
    options = options_of(context, state_dir=state_dir)
    given = arguments or []
    _check(command, given)
    from bot.operator.door import find_door, knock

    answer = knock(find_door(options.state_dir), command, given)
    if as_json:
        typer.echo(json.dumps(answer, indent=2 if sys.stdout.isatty() else None))
    elif "status" in answer:
        _print_status(answer["status"])
    else:
        typer.echo(answer.get("said", ""))


ctl.__doc__ = _HELP


def _check(command: str, arguments: list[str]) -> None:
    from difflib import get_close_matches

    from bot.domain.errors import UserError

    if command not in COMMANDS:
        near = get_close_matches(command, COMMANDS, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise UserError(f"there is no command {command}{meant} (there is: {', '.join(COMMANDS)})")
    least, most = COMMANDS[command]
    if not least <= len(arguments) <= most:
        wanted = {(1, 1): "exactly one argument", (0, 0): "no arguments", (0, 1): "at most one argument"}[least, most]
        raise UserError(f"{command} takes {wanted}, not {len(arguments)}")


def _print_status(status: dict[str, Any]) -> None:
    import msgspec
    from rich.console import Console

    from bot.core.dashboard import DashboardSnapshot
    from bot.dashboard.table import Layout, plain_line, render

    snapshot = msgspec.convert(status, DashboardSnapshot)
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(render(snapshot, Layout(width=console.width)))
    else:
        console.print(plain_line(snapshot), markup=False, soft_wrap=True)
