"""`python -m bot schema`: the JSON Schema of config.json."""

from pathlib import Path
from typing import Annotated

import typer

from bot.domain.errors import UserError


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
) -> None:
    """Print the JSON Schema of config.json, by which editors complete and check it.

    The bot ships with it as bot/config/config.schema.json, named by `$schema` in config.json.
    """
    from bot.config.schema import schema_text  # pydantic costs a quarter of a second

    if output is None:
        print(schema_text(), end="")
        return
    try:
        output.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{output}: cannot be written: {error.strerror or error}") from None
