"""`python -m bot new-strategy`: a commented strategy of one's own, with a test."""

import keyword
import re
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from bot.domain.errors import UserError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


def new_strategy(
    name: Annotated[str, typer.Argument(help="Such as my_breakout: small letters, digits and underscores.")],
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the two files go; made when it is missing.")
    ] = Path(),
    data_frame: Annotated[
        bool, typer.Option("--data-frame", help="Write it as a function of a pandas DataFrame instead.")
    ] = False,
) -> None:
    """Write NAME.py, a commented strategy to start from, and test_NAME.py, which shows that it works.

    Nothing that exists is overwritten. The printed lines say how to test, backtest and run it.
    """
    from bot.strategies import template

    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UserError(f"{name}: a strategy is named in small letters, digits and underscores, such as my_breakout")
    class_name = "".join(part.capitalize() for part in name.split("_"))
    strategy, test = template.DATA_FRAME if data_frame else template.INCREMENTAL
    texts = {folder / f"{name}.py": strategy, folder / f"test_{name}.py": test}
    for path in texts:
        if path.exists():
            raise UserError(f"{path} exists already; choose another name or remove it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text.replace("NAME", name).replace("CLASS", class_name), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{error.filename}: can not be written: {error.strerror}") from None
    file, test_file = folder / f"{name}.py", folder / f"test_{name}.py"
    run, test_with = _own_scripts()
    print(f"Wrote {file} and {test_file}. Next:")
    print(f"  test it        {test_with} {quote(str(test_file))}")
    print(f"  look-ahead?    {run} lookahead --strategy {quote(str(file))}")
    print(f"  backtest it    {run} backtest --set {quote(f'strategy.file={file}')}")
    print(f'  run it         "strategy": {{"file": "{file.resolve()}"}} in config.json')


def _own_scripts() -> tuple[str, str]:
    """What starts the bot and pytest: the scripts of this checkout, else the installed packages."""
    scripts = Path(__file__).resolve().parents[2] / "scripts"
    if not (scripts / "run").is_file():
        return "python -m bot", "python -m pytest"
    return quote(str(scripts / "run")), quote(str(scripts / "test"))
