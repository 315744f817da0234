"""`python -m bot reconcile`: are the bot's books and the exchange's the same?"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands.options import ConfigOption, SetOption, StateDirOption, options_of
from bot.domain.errors import UserError


def reconcile(
    context: typer.Context,
    config: ConfigOption = None,
    overrides: SetOption = None,
    state_dir: StateDirOption = None,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="Compare the last backtest instead of the last run.")
    ] = False,
) -> None:
    """Compare the ledger of the last run with the books that the simulated exchange wrote when it ended.

    Prints wallet balance, realised profit, fees, position sizes and average prices of both, and every execution that is
    not the same in both. Exit code 1 if anything differs, to the last digit.
    """
    from bot.operator.door import is_running
    from bot.performance.reconcile import compare_books
    from bot.storage.reading import LedgerReader

    options = options_of(context, config, overrides, state_dir)
    if not backtest and is_running(options.state_dir):
        raise UserError(f"{options.state_dir}: the bot is running; the exchange writes its books when the run ends")
    settings = options.load_config()
    ledger_file = "backtest.sqlite" if backtest else settings.storage.file
    books_file = "backtest-books.json" if backtest else "exchange-books.json"
    theirs = _read_books(options.state_dir / books_file)
    reader = LedgerReader(options.state_dir / ledger_file)
    try:
        ours = reader.books()
    finally:
        reader.close()
    if ours["starting_balance"] is None and not ours["executions"] and not theirs["executions"]:
        print("nothing to compare: the run ended before it knew its wallet, and nothing was traded")
        return
    compared = compare_books(ours, theirs)
    width = max(len(each.what) for each in compared)
    print(f"{'':{width}}  {'ledger':>24}  {'exchange':>24}")
    for each in compared:
        print(f"{each.what:{width}}  {each.ledger:>24}  {each.exchange:>24}{'' if each.equal else '  DIFFERENT'}")
    different = sum(not each.equal for each in compared)
    print("the books are equal" if not different else f"{different} differences")
    if different:
        raise typer.Exit(1)


def _read_books(file: Path) -> dict[str, Any]:
    try:
        books = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{file}: there are no books of the exchange; they are written when a run ends") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{file}: the books of the exchange can not be read: {error}") from None
    if not isinstance(books, dict):
        raise UserError(f"{file}: these are no books")
    return books
