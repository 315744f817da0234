"""Kills the bot after every commit of its database in turn, and loses the answer to every kind of order request.

    scripts/kill                     every 20th commit of a session of 100 order intents, in some minutes
    scripts/kill --all               every one of them (an hour on two cores; --jobs 2 halves it)
    scripts/kill --every 5 --lost 40

Each time the bot is started again on what it left behind, on an exchange that went on meanwhile. Every position must
have its stop within five seconds; then no order may be lost or doubled, every fill must be booked once, and ledger and
exchange must be equal to the last digit. Exit code 1 with the first failure, whose folder is kept.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.end_to_end.kill.campaign import Campaign, commits_of_a_session, commits_of_a_start, points
from tests.end_to_end.kill.points import Kind, Outcome

EVERY = 20
LOST = 100
START_MIN = 20
"""After so many commits a life that finds much is still on its way."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what was asked for; 0 if everything held."""
    wanted = _arguments(arguments)
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="kill-"))
    every = 1 if wanted.all else wanted.every
    console.print("[dim]an undisturbed session, to count its commits ...[/]")
    session = commits_of_a_session(folder / "session", wanted.seed, wanted.intents)
    start = max(commits_of_a_start(folder / "start", wanted.seed), START_MIN)
    todo = points(len(session), start, wanted.lost, every)
    console.print(f"{wanted.intents} intents are {len(session)} commits, a start {start}; {len(todo)} points")
    with _progress(console) as progress:
        task = progress.add_task("killing", total=len(todo))

        def tell(outcome: Outcome) -> None:
            progress.advance(task)
            for problem in outcome.problems:
                progress.console.print(f"{outcome.point.kind} {outcome.point.number}: {problem}", markup=False)

        campaign = Campaign(folder, wanted.seed, tell, goes_on=wanted.keep_going)
        failed = campaign.run(todo, wanted.jobs)
    console.print(table(campaign.outcomes))
    if failed is not None:
        console.print(f"what is left of the round that failed: {failed}", markup=False, soft_wrap=True)
        return 1
    shutil.rmtree(folder)
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/kill", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="after every commit")
    parser.add_argument("--every", type=_positive, default=EVERY, help=f"after every so many-th commit ({EVERY})")
    parser.add_argument("--intents", type=_positive, default=100, help="order intents of the session (100)")
    parser.add_argument("--lost", type=int, default=LOST, help=f"so many lost answers and lost requests ({LOST})")
    parser.add_argument("--keep-going", action="store_true", help="after a failure, too")
    parser.add_argument("--jobs", type=_positive, default=1, help="bots at a time (1)")
    parser.add_argument("--seed", type=int, default=3, help="of the invented market (3)")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def table(outcomes: Sequence[Outcome]) -> Table:
    """What came of the points, by kind and by what had just happened."""
    found = Table("what", "after", "points", "reached", "problems", "protected s", "sound s", "sound s, worst")
    for kind in Kind:
        of_kind = [each for each in outcomes if each.point.kind is kind]
        for struck_at, count in sorted(Counter(_group(each) for each in of_kind).items()):
            group = [each for each in of_kind if _group(each) == struck_at]
            sound = [each.sound_s for each in group]
            found.add_row(
                kind.value, struck_at, str(count), str(sum(each.reached for each in group)),
                str(sum(bool(each.problems) for each in group)), f"{max(each.protected_s for each in group):.2f}",
                f"{statistics.median(sound):.2f}", f"{max(sound):.2f}",
            )  # fmt: skip
    return found


def _group(outcome: Outcome) -> str:
    if not outcome.point.kind.kills:
        return outcome.struck_at
    tables = set(outcome.struck_at.split("+"))
    if tables == {"orders"}:
        return "an order intent"
    if tables == {"notes"}:
        return "a note"
    return "rows with fills" if "executions" in tables else "other rows"


if __name__ == "__main__":
    sys.exit(main())
