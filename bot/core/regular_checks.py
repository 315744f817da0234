"""The part of the account that has all positions and orders read regularly, whatever the stream says."""

from collections.abc import Sequence

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import FetchPositions, FetchWorkingOrders, Message, WakeAt
from bot.domain.values import TimeMs

ORDERS_EVERY_MS = 10_000
POSITIONS_EVERY_MS = 15_000
"""Also how often every stop is looked at."""


class RegularChecks:
    """A stream that answers pings and withholds news is found by asking: two questions for any number of symbols."""

    def __init__(self, coin: str, speed: float = 1.0) -> None:
        """Requests are counted by the wall clock: on a market that runs ``speed`` times as fast, fewer are due."""
        self._address = address_of(Role.ACCOUNT)
        self._questions = (FetchWorkingOrders(coin), FetchPositions(coin))
        self._every_ms = [int(every_ms * max(speed, 1.0)) for every_ms in (ORDERS_EVERY_MS, POSITIONS_EVERY_MS)]
        self._due_ms: list[TimeMs] = []

    def start(self, now_ms: TimeMs) -> Sequence[Message]:
        """The stream is up: from now on look regularly. The first look is left to the position managers themselves."""
        self._due_ms = [TimeMs(now_ms + every_ms) for every_ms in self._every_ms]
        return self._wake()

    def on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        """Ask what is due. A look that was missed is not made up for."""
        out: list[Message] = []
        for which, due_ms in enumerate(self._due_ms):
            if now_ms >= due_ms:
                self._due_ms[which] = TimeMs(now_ms + self._every_ms[which])
                out.append(self._questions[which])
        return (*out, *self._wake()) if out else NOTHING

    def _wake(self) -> Sequence[Message]:
        return tuple(WakeAt(self._address, at_ms) for at_ms in self._due_ms)
