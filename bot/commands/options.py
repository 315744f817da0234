"""The options that several commands share, and the configuration they lead to."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.duration import parse_duration_ms
from bot.domain.errors import UserError

if TYPE_CHECKING:
    from bot.config.models import Config


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says about this run."""

    config_path: Path
    overrides: tuple[str, ...]
    """The `--set` options, as "a.b=value"."""
    state_dir: Path
    """Folder of the database and of the log; made when it is needed."""
    stop_after_ms: int | None
    """Wall-clock time after which the bot stops by itself; None: not by itself."""

    @property
    def file(self) -> Path:
        """The configuration file."""
        return self.config_path

    def load(self, overrides: Sequence[str]) -> "Config":
        """The configuration as it is now, with more overrides that count over all others; see ``load_config``."""
        return replace(self, overrides=(*self.overrides, *overrides)).load_config()

    def load_config(self) -> "Config":
        """Return the configuration from every source; ConfigError tells all that is wrong with it."""
        from bot.config.load import load_config  # pydantic costs a quarter of a second
        from bot.strategies.registry import find_mistakes

        dotenv_path = self.config_path.parent / ".env"
        return load_config(self.config_path, self.overrides, os.environ, dotenv_path, find_mistakes)


def _duration_ms(text: str) -> int:
    try:
        return parse_duration_ms(text)
    except UserError as error:
        raise typer.BadParameter(str(error)) from None


ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="The configuration file.  [default: config.json]")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a key of the configuration, such as risk.leverage=3. May be repeated.",
    ),
]
StateDirOption = Annotated[
    Path | None,
    typer.Option("--state-dir", metavar="DIR", help="Folder of the database and the log.  [default: state]"),
]
ForOption = Annotated[
    int | None,
    typer.Option(
        "--for",
        parser=_duration_ms,
        metavar="TIME",
        help="Stop gracefully after this time: 90s, 5m, 1h30m.  [default: run until told to stop]",
    ),
]


def options_of(
    context: typer.Context,
    config: Path | None = None,
    overrides: list[str] | None = None,
    state_dir: Path | None = None,
) -> RunOptions:
    """Return the options given before the command, with those given behind it counting over them."""
    before = context.find_object(RunOptions)
    if before is None:
        raise RuntimeError("the options are set by the callback of the command line")
    return replace(
        before,
        config_path=config or before.config_path,
        overrides=(*before.overrides, *(overrides or ())),
        state_dir=state_dir or before.state_dir,
    )
