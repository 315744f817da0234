"""The clock actor of a running bot."""

import queue
import threading
from typing import Any

from actors.clocks import ScaledClock
from actors.shell import Shell, Surroundings
from bot.core.clock import ClockCore
from bot.domain.address import Role, address_of
from bot.domain.messages import AlarmDue, Message
from bot.domain.values import TimeMs


class ClockActor(Shell):
    """Wakes actors at the times they asked for. A thread of its own waits, and tells this actor when to look."""

    def __init__(self, clock: ScaledClock, around: Surroundings) -> None:
        self._alarms = ClockCore()
        super().__init__(address_of(Role.CLOCK), lambda: self._alarms, around)
        self._clock = clock
        self._next: queue.SimpleQueue[TimeMs | None] = queue.SimpleQueue()
        self._told: TimeMs | None = None

    def on_start(self) -> None:
        """Runs in the actor's thread before its first message."""
        super().on_start()
        threading.Thread(target=self._wait, name="clock alarm", daemon=True).start()

    def after_message(self, message: Message) -> None:
        """Tell the waiting thread when the next alarm has changed."""
        if isinstance(message, AlarmDue):
            self._told = None
        upcoming = self._alarms.next_alarm_ms
        if upcoming is not None and upcoming != self._told:
            self._told = upcoming
            self._next.put(upcoming)

    def release(self) -> None:
        """End the waiting thread."""
        self._next.put(None)

    def _wait(self) -> None:
        """Runs in the waiting thread."""
        upcoming: TimeMs | None = None
        while True:
            try:
                timeout: Any = None if upcoming is None else self._clock.seconds_until(upcoming)
                upcoming = self._next.get(timeout=timeout)
                if upcoming is None:
                    return
            except queue.Empty:
                upcoming = None
                self._around.post.send(AlarmDue())
