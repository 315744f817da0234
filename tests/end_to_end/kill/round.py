"""One exchange that keeps running, and the lives and deaths of the bot on it."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.storage.store import FINAL
from tests.end_to_end.kill.checks import naked_positions, problems_of
from tests.end_to_end.kill.mortal_bot import AFTER, ARMED, TOLD
from tests.end_to_end.kill.points import Kind, Outcome, Point
from tests.end_to_end.living_exchange import Life, LivingExchange

PROGRAM = "tests.end_to_end.kill.mortal_bot"
PROTECTED_WITHIN_S = 5.0
SOUND_WITHIN_S = 20.0
DIES_WITHIN_S = 90.0
LOST_WITHIN_S = 40.0
LOOK_EVERY_S = 0.2
ORDER_PATHS = ("/v5/order/create", "/v5/order/amend", "/v5/order/cancel", "/v5/position/trading-stop")
UNFINISHED = f"SELECT count(*) FROM orders WHERE purpose IS NOT NULL AND status NOT IN {FINAL}"  # noqa: S608 - our words


class FailedError(Exception):
    """Something does not hold; what is left of it lies in the folder of the round."""


class Round:
    """Plays points one after the other on one exchange. Used by one thread."""

    def __init__(self, exchange: LivingExchange, folder: Path) -> None:
        self._exchange = exchange
        self._folder = folder
        self._numbers = itertools.count(1)
        self._life: Life | None = None
        self._started_s = 0.0
        self._checked = False
        self._dies_after = 0
        self._protected_s = self._sound_s = 0.0
        self._armed = self._told = Path()
        self._naked_since_s: dict[str, float] = {}
        self._looked_s = 0.0

    def play(self, points: Sequence[Point]) -> Iterator[Outcome]:
        """The outcome of each point; ends with the first that has problems."""
        for point, following in zip(points, (*points[1:], None), strict=True):
            outcome = self._play(point, following)
            yield outcome
            if outcome.problems:
                return

    def _play(self, point: Point, following: Point | None) -> Outcome:
        struck_at, reached, problems = "", True, list[str]()
        try:
            if point.kind.kills:
                reached = self._live_and_die(point)
                struck_at = self._struck_at()
                self._begin(following)
            else:
                struck_at, reached = self._lose(point)
            self._check()
        except FailedError as failed:
            problems = str(failed).splitlines()
        return Outcome(point, reached, struck_at, self._intents(), self._protected_s, self._sound_s, tuple(problems))

    # --- lives -------------------------------------------------------------------------------------------------

    def _live_and_die(self, point: Point) -> bool:
        """Have a life that dies at the point. The one that was begun after the last death may be meant for it."""
        if point.kind is Kind.START or self._dies_after != point.number:
            self._end()
            self._begin(point, armed=point.kind is Kind.START)
        if point.kind is Kind.SESSION:
            self._check()
            self._armed.touch()
        reached = self._dies()
        self._end()
        return reached

    def _begin(self, point: Point | None = None, *, armed: bool = False) -> None:
        """A new life; if ``point`` is a kill, it dies there once it is armed."""
        number = next(self._numbers)
        self._armed, self._told = self._folder / f"armed {number}", self._folder / f"commits {number}"
        if armed:
            self._armed.touch()
        dies = point is not None and (armed or point.kind is Kind.SESSION)
        self._dies_after = point.number if point is not None and dies else 0
        environ = {AFTER: str(self._dies_after), ARMED: str(self._armed), TOLD: str(self._told)}
        self._started_s = time.monotonic()
        self._naked_since_s = {}
        self._life = self._exchange.start_bot(PROGRAM, environ)
        self._checked = False

    def _end(self) -> None:
        life, self._life = self._life, None
        if life is not None and life.process.poll() is None:
            life.kill()

    def _dies(self) -> bool:
        """Wait for its death; False if there are not so many commits in so long a time."""
        assert self._life is not None
        deadline_s = time.monotonic() + DIES_WITHIN_S
        while self._life.process.poll() is None:
            if time.monotonic() > deadline_s:
                return False
            self._watch()
            time.sleep(0.005)
        if self._life.process.returncode != -9:
            raise FailedError(f"it ended by itself with {self._life.process.returncode}\n{self._life.words}")
        return True

    def _struck_at(self) -> str:
        lines = self._told.read_text("utf-8").splitlines() if self._told.is_file() else []
        return lines[-1] if lines else ""

    # --- lost answers ------------------------------------------------------------------------------------------

    def _lose(self, point: Point) -> tuple[str, bool]:
        """Let the next order request of one kind, each kind in turn, go wrong in the way that the point says."""
        if self._life is None:
            self._begin()
            self._check()
        control = self._exchange.control
        path = ORDER_PATHS[point.number % len(ORDER_PATHS)]
        control.faults({"fault": point.kind.value, "at": path, "nth": 1})
        reached = self._wait(self._was_struck, LOST_WITHIN_S)
        control.clear_faults()
        self._started_s = time.monotonic()
        self._checked = False
        return path, reached

    def _was_struck(self) -> bool:
        return any(each["struck"] for each in self._exchange.control.request("GET", "faults")["faults"])

    # --- checks ------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        """Protected within five seconds; then, at a moment at which nothing is on its way, all must be sound."""
        if self._checked:
            return
        life = self._life
        assert life is not None
        left_s = self._started_s + PROTECTED_WITHIN_S - time.monotonic()
        protected = self._wait(lambda: not naked_positions(self._exchange), left_s)
        self._protected_s = time.monotonic() - self._started_s
        if not protected:
            raise FailedError(f"naked after {PROTECTED_WITHIN_S:g} s: {', '.join(naked_positions(self._exchange))}")
        if not self._wait(life.is_ready, SOUND_WITHIN_S):
            raise FailedError(f"not ready within {SOUND_WITHIN_S:g} s\n{life.words}")
        sound = self._wait(lambda: not problems_of(self._exchange), SOUND_WITHIN_S)
        self._sound_s = time.monotonic() - self._started_s
        if not sound:
            self._give_up()
        if "Traceback" in life.words:
            raise FailedError(life.words)
        self._checked = True

    def _give_up(self) -> None:
        """Was it never sound, or only never while somebody looked? A market that stands still tells, but it ends the
        life too: the bot's clock does not stand still, and it never goes back.
        """
        self._exchange.control.pause()
        try:
            if not self._wait(lambda: not problems_of(self._exchange), SOUND_WITHIN_S):
                raise FailedError("\n".join(problems_of(self._exchange)) or "it was sound only for moments")
        finally:
            self._exchange.control.resume()
        self._end()

    def _wait(self, holds: Callable[[], bool], within_s: float) -> bool:
        deadline_s = time.monotonic() + within_s
        while not holds():
            if self._life is not None and self._life.process.poll() is not None:
                raise FailedError(f"it ended by itself with {self._life.process.returncode}\n{self._life.words}")
            if time.monotonic() > deadline_s:
                return False
            self._watch()
            time.sleep(0.02)
        return True

    def _watch(self) -> None:
        """Nothing may be naked for longer than five seconds, at no time of a life."""
        now_s = time.monotonic()
        if now_s < self._looked_s + LOOK_EVERY_S:
            return
        self._looked_s = now_s
        naked = naked_positions(self._exchange)
        self._naked_since_s = {symbol: self._naked_since_s.get(symbol, now_s) for symbol in naked}
        long = [symbol for symbol, since_s in self._naked_since_s.items() if now_s > since_s + PROTECTED_WITHIN_S]
        if long:
            raise FailedError(f"naked for more than {PROTECTED_WITHIN_S:g} s: {', '.join(long)}")

    def _intents(self) -> int:
        rows: list[tuple[Any, ...]] = self._exchange.ask("SELECT count(*) FROM orders WHERE purpose IS NOT NULL")
        return int(rows[0][0])

    def commits(self) -> list[str]:
        """What was committed in the life that is going on, since it was armed."""
        return self._told.read_text("utf-8").splitlines() if self._told.is_file() else []

    def commits_until_ready(self) -> int:
        """How many commits a life makes until it has found its way."""
        self._end()
        self._begin(armed=True)
        self._check()
        return len(self.commits())

    def live_until(self, intents: int) -> list[str]:
        """Let a life go on undisturbed until it has written down so many intents; its commits."""
        self._end()
        self._begin()
        self._check()
        before = self._intents()
        self._armed.touch()
        if not self._wait(lambda: self._intents() >= before + intents, DIES_WITHIN_S):
            raise FailedError(f"only {self._intents() - before} intents within {DIES_WITHIN_S:g} s")
        return self.commits()
