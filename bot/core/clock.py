"""What the actor ``clock`` decides: who is woken when."""

import heapq
from collections.abc import Sequence
from typing import assert_never

from bot.core.contract import NOTHING
from bot.domain.messages import AlarmDue, Message, Started, TimePassed, WakeAt
from bot.domain.values import Address, TimeMs

type Accepted = WakeAt | AlarmDue | Started


class ClockCore:
    """The alarms of all actors, in order of time and then of asking."""

    def __init__(self) -> None:
        self._alarms: list[tuple[TimeMs, int, Address]] = []
        self._asked = 0

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case WakeAt():
                self._asked += 1
                heapq.heappush(self._alarms, (message.at_ms, self._asked, message.to))
                return self.due(now_ms)
            case AlarmDue():
                return self.due(now_ms)
            case Started():
                return NOTHING
            case _:
                assert_never(message)

    @property
    def next_alarm_ms(self) -> TimeMs | None:
        """When the next actor is to be woken; None if nobody waits."""
        return self._alarms[0][0] if self._alarms else None

    def due(self, now_ms: TimeMs) -> Sequence[Message]:
        """The alarms that have come at ``now_ms``; each is given once."""
        woken: list[Message] = []
        while self._alarms and self._alarms[0][0] <= now_ms:
            _, _, address = heapq.heappop(self._alarms)
            woken.append(TimePassed(address, now_ms))
        return woken
