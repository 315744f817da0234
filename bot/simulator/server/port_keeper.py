"""Closes and opens the listening port as the schedule wants it."""

import asyncio
from collections.abc import Callable

from bot.simulator.server.faults.schedule import Schedule
from bot.simulator.server.listener import Listener

LOOK_S = 0.02


class PortKeeper:
    """Looks at the schedule every `LOOK_S` seconds of wall time. Belongs to the asyncio loop."""

    def __init__(self, listener: Listener, schedule: Schedule, now_ms: Callable[[], int]) -> None:
        self._listener = listener
        self._schedule = schedule
        self._now_ms = now_ms
        self._closed = False

    async def run(self) -> None:
        """Keep watch until cancelled."""
        while True:
            fault = self._schedule.port_closed(self._now_ms())
            if (fault is not None) != self._closed:
                self._closed = fault is not None
                await self._listener.refuse(self._closed)
                if fault is not None and fault.cut:
                    self._listener.hang_up()
            await asyncio.sleep(LOOK_S)
