"""Many points, spread over several exchanges, and what came of them."""

import itertools
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.end_to_end.kill.points import Kind, Outcome, Point
from tests.end_to_end.kill.round import FailedError, Round
from tests.end_to_end.kill.session import overrides
from tests.end_to_end.living_exchange import living_exchange

INTENTS = 100
POINTS_OF_A_ROUND = 20
"""So many points share an exchange: what they leave behind must not disturb the next ones either."""


def commits_of_a_session(folder: Path, seed: int, intents: int = INTENTS) -> list[str]:
    """The commits, in order, of a life that goes on until it has written down so many order intents."""
    folder.mkdir(parents=True)
    with living_exchange(folder, *overrides(seed)) as exchange:
        return Round(exchange, folder).live_until(intents)


def commits_of_a_start(folder: Path, seed: int) -> int:
    """How many commits there are before a life that finds orders and positions is ready."""
    folder.mkdir(parents=True)
    with living_exchange(folder, *overrides(seed)) as exchange:
        played = Round(exchange, folder)
        played.live_until(10)
        return played.commits_until_ready()


def points(session: int, start: int, lost: int, every: int = 1) -> list[Point]:
    """Every ``every``-th commit of a session and of a start, and so many lost answers and lost requests."""
    kills = [Point(Kind.SESSION, number) for number in range(1, session + 1, every)]
    starts = [Point(Kind.START, number) for number in range(1, start + 1, every)]
    replies = [Point(Kind.REPLY, number) for number in range(0, lost, every)]
    return [*starts, *kills, *replies, *(Point(Kind.REQUEST, each.number) for each in replies)]


def in_rounds(wanted: Sequence[Point]) -> list[list[Point]]:
    """Early and late commits in every round, so that all take about as long."""
    count = -(-len(wanted) // POINTS_OF_A_ROUND)
    return [list(wanted[number::count]) for number in range(count)]


class Campaign:
    """Plays rounds, some at a time. A failure ends it; the folder of its round is kept, those of the others are not."""

    def __init__(self, folder: Path, seed: int, tell: Callable[[Outcome], None], *, goes_on: bool = False) -> None:
        """``tell`` is called from several threads, one at a time; with ``goes_on`` a failure does not end it."""
        self._goes_on = goes_on
        self._folder = folder
        self._seed = seed
        self._tell = tell
        self._lock = threading.Lock()
        self._failed = threading.Event()
        self.outcomes: list[Outcome] = []

    def run(self, wanted: Sequence[Point], jobs: int) -> Path | None:
        """Play all points; the folder of the round that failed, None if none did."""
        with ThreadPoolExecutor(jobs) as pool:
            played = [pool.submit(self._round, number, each) for number, each in enumerate(in_rounds(wanted), start=1)]
            folders = [each.result() for each in played]
        return next((folder for folder in folders if folder is not None), None)

    def _round(self, number: int, wanted: Sequence[Point]) -> Path | None:
        """Where a point fails, the rest of the round goes on with a new exchange, if it is to go on at all."""
        failed: Path | None = None
        left = list(wanted)
        for part in itertools.count(1):
            if not left or (self._failed.is_set() and not self._goes_on):
                break
            folder = self._folder / f"round {number}.{part}"
            folder.mkdir(parents=True)
            played, sound = self._play(folder, self._seed + number, left)
            left = left[played:]
            if sound:
                shutil.rmtree(folder)
            else:
                self._failed.set()
                failed = failed or folder
        return failed

    def _play(self, folder: Path, seed: int, wanted: Sequence[Point]) -> tuple[int, bool]:
        """How many points were played, and whether the last one was sound too."""
        played = 0
        with living_exchange(folder, *overrides(seed)) as exchange:
            for outcome in Round(exchange, folder).play(wanted):
                played += 1
                with self._lock:
                    self.outcomes.append(outcome)
                    self._tell(outcome)
                if outcome.problems:
                    (folder / "problems").write_text("\n".join((f"{outcome.point}", *outcome.problems)), "utf-8")
                    return played, False
                if self._failed.is_set() and not self._goes_on:
                    return len(wanted), True
        return played, True


__all__ = ["Campaign", "FailedError", "commits_of_a_session", "commits_of_a_start", "points"]
