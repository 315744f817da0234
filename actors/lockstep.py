"""The clock actor of a bot that replays over the wire, in lockstep with the simulated exchange."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException

from actors.clocks import SteppedClock
from actors.shell import Shell, Surroundings
from bot.core.clock import ClockCore
from bot.domain.address import Role, address_of
from bot.domain.messages import AlarmDue, BotHalted
from bot.domain.values import TimeMs
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError

log = logging.getLogger(__name__)

IDLE_TIMEOUT_S = 30.0
POLL_S = 0.0001
"""How often to look for frames that are still on their way through the socket."""
STARTING_LOOKAHEAD_MS = 5_000
"""While the bot gets ready only alarms this near move the exchange on: the market waits until everyone is ready."""


class LockstepClockActor(Shell):
    """Moves the exchange to its next event only when the bot has nothing left to do, and never past an alarm.

    Then every message is handled at the same exchange time as in the replay on one thread, whatever the threads do. A
    thread of its own does the stepping; the actor keeps the alarms.
    """

    def __init__(
        self,
        control: ControlClient,
        received: Callable[[], Mapping[str, int]],
        clock: SteppedClock,
        ready: threading.Event,
        finished: threading.Event,
        around: Surroundings,
    ) -> None:
        """``received`` counts data frames by connection; ``finished`` is set when the feed is at its end."""
        self._alarms = ClockCore()
        super().__init__(address_of(Role.CLOCK), lambda: self._alarms, around)
        self._control = control
        self._received = received
        self._clock = clock
        self._ready = ready
        self._finished = finished
        self._ended = threading.Event()

    def on_start(self) -> None:
        """Runs in the actor's thread before its first message."""
        super().on_start()
        threading.Thread(target=self._drive, name="lockstep", daemon=True).start()

    def release(self) -> None:
        """End the stepping thread."""
        self._ended.set()

    def _drive(self) -> None:
        """Runs in the stepping thread."""
        try:
            while not self._ended.is_set() and not self._finished.is_set():
                self._step_once()
        except (OSError, HTTPException, SimulatorError) as error:
            if not self._ended.is_set():
                log.error("the simulated exchange does not answer: %s", error)  # noqa: TRY400 - the reason says it all
                self._around.post.send(BotHalted(self._clock.now_ms(), f"the simulated exchange is gone: {error}"))
        finally:
            self._control.close()

    def _step_once(self) -> None:
        if not self._around.work.wait_idle(IDLE_TIMEOUT_S):
            log.warning("the bot has been busy for %s s within one step", IDLE_TIMEOUT_S)
            return
        # Nobody is at work now, so nobody changes the alarms while they are read here.
        alarm_ms = self._alarms.next_alarm_ms
        if not self._ready.is_set() and not self._is_near(alarm_ms):
            time.sleep(POLL_S)
            return
        step = self._control.step(self._received(), alarm_ms)
        if not step.stepped:
            time.sleep(POLL_S)
            return
        self._clock.observe(TimeMs(step.now_ms))
        if step.finished:
            self._finished.set()
        elif self._arrived(step.sent) and alarm_ms is not None and step.now_ms >= alarm_ms:
            self._around.work.wait_idle(IDLE_TIMEOUT_S)
            self._around.post.send(AlarmDue())

    def _is_near(self, alarm_ms: TimeMs | None) -> bool:
        return alarm_ms is not None and alarm_ms - self._clock.now_ms() <= STARTING_LOOKAHEAD_MS

    def _arrived(self, sent: Mapping[str, int]) -> bool:
        """Wait until the frames of a step are here: an alarm of the same moment comes after them, as in the replay."""
        deadline_s = time.monotonic() + IDLE_TIMEOUT_S
        while any(self._received().get(connection, 0) < count for connection, count in sent.items()):
            if time.monotonic() > deadline_s or self._ended.is_set():
                return False
            time.sleep(POLL_S)
        return True
