"""What moves the market: a clock with a speed, or a client that says when (lockstep)."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from bot.simulator.core import ExchangeCore
from bot.simulator.server.connections import Connections
from bot.simulator.step_result import StepResult

_log = logging.getLogger(__name__)

TICK_S = 0.01
WORK_PER_TICK_S = 0.02
LATE_TICK_S = 0.001  # enough for clients to be read and answered
SLIP_LOG_INTERVAL_S = 10.0


class PacedMarket:
    """Market time = start + speed x wall time since then; pausing stops it.

    If the machine cannot keep up, market time falls behind instead of blocking clients: what is late is
    played at the pace the machine holds, and the log says so.
    """

    def __init__(
        self,
        exchange: ExchangeCore,
        connections: Connections,
        speed: float,
        wall_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.speed = speed
        self.paused = False
        self._exchange = exchange
        self._connections = connections
        self._wall_s = wall_s
        self._anchor_ms: float = exchange.now_ms
        self._anchor_s = wall_s()
        self._slip_logged_s = float("-inf")

    @property
    def finished(self) -> bool:
        return self._exchange.finished or self._exchange.next_event_ms() is None

    def pause(self) -> None:
        self.catch_up()
        self.paused = True

    def resume(self) -> None:
        if self.paused:
            self._anchor()
            self.paused = False

    def catch_up(self) -> bool:
        """Let everything happen that is due by now, or as much as fits into `WORK_PER_TICK_S`: then False."""
        if self.paused or self.finished:
            return True
        started_s = self._wall_s()
        due_ms = int(self._anchor_ms + (started_s - self._anchor_s) * 1000 * self.speed)
        while self._exchange.now_ms < due_ms and not self._exchange.finished:
            self._connections.deliver(self._exchange.step(due_ms))
            if self._wall_s() - started_s > WORK_PER_TICK_S:
                self._slip(due_ms - self._exchange.now_ms)
                return False
        return True

    async def run(self) -> None:
        """Move the market until cancelled."""
        self._anchor()
        while True:
            in_time = self.catch_up()
            await asyncio.sleep(TICK_S if in_time else LATE_TICK_S)

    def _anchor(self) -> None:
        self._anchor_ms = self._exchange.now_ms
        self._anchor_s = self._wall_s()

    def _slip(self, late_ms: int) -> None:
        self._anchor()
        if late_ms > 0 and self._anchor_s - self._slip_logged_s > SLIP_LOG_INTERVAL_S:
            self._slip_logged_s = self._anchor_s
            _log.warning("cannot keep up speed %g: market time is %d ms late", self.speed, late_ms)


class LockstepMarket:
    """The market stands still until a client has seen everything and asks for the next event."""

    def __init__(self, exchange: ExchangeCore, connections: Connections) -> None:
        self.paused = False
        self._exchange = exchange
        self._connections = connections

    @property
    def finished(self) -> bool:
        return self._exchange.finished

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def catch_up(self) -> bool:
        """Nothing is ever due by itself."""
        return True

    def step(self, received: Mapping[str, int], until_ms: int | None) -> StepResult:
        """Let the next event happen, unless some live client has not received all that was sent to it.

        Args:
            received: data frames each client has received, by connection id; a missing id counts as 0,
                ids of connections that are gone are ignored.
            until_ms: market time that the step may not pass; None = no limit.
        """
        if self.paused or not self._connections.all_arrived(received):
            return self._result(stepped=False)
        if until_ms is None or until_ms >= self._exchange.now_ms:
            self._connections.deliver(self._exchange.step(until_ms))
        return self._result(stepped=True)

    def _result(self, *, stepped: bool) -> StepResult:
        return StepResult(stepped, self._exchange.now_ms, self.finished, self._connections.sent())
