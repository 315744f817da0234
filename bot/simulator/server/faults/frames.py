"""Carries out what the schedule decides about data frames."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.simulator.server.connection import Connection
from bot.simulator.server.faults.kinds import (
    AnyFault,
    Change,
    Delay,
    Double,
    Drop,
    HangUp,
    Mangle,
    Omit,
    Stall,
    Swap,
)
from bot.simulator.server.faults.rewrite import edited, half
from bot.simulator.server.faults.schedule import Event, Schedule

_encode = msgspec.json.Encoder().encode

type FrameFault = Omit | Change | Drop | Double | Swap | Delay | Mangle | Stall | HangUp
type SendText = Callable[[bytes, bool], None]
"""Takes a text and whether it may be no frame any more."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A frame on its way: its key (what shares an order), who gets it, and how its text is sent."""

    event: Event
    frame: dict[str, Any]
    connections: Callable[[], Iterable[Connection]]
    send: SendText


class FrameFaults:
    """Lets frames through, or does to them what the schedule wants. Belongs to the asyncio loop."""

    def __init__(self, schedule: Schedule, now_ms: Callable[[], int]) -> None:
        self._schedule = schedule
        self._now_ms = now_ms
        self._swapped: dict[Event, Outgoing] = {}
        self._delayed: list[tuple[int, int, Outgoing]] = []
        self._counter = 0

    @property
    def quiet(self) -> bool:
        """Whether frames may go straight to their clients."""
        return not (self._schedule or self._swapped or self._delayed)

    def pass_on(self, outgoing: Outgoing) -> None:
        """Send a frame, or strike it."""
        self.release()
        fault = self._schedule.strike(outgoing.event, self._now_ms())
        if fault is None:
            self._send(outgoing)
        else:
            self._strike(fault, outgoing)

    def release(self) -> None:
        """Send the delayed frames that are due, and without faults those that wait to be overtaken."""
        if self._swapped and not self._schedule:
            held, self._swapped = self._swapped, {}
            for each in held.values():
                each.send(_encode(each.frame), False)
        while self._delayed and self._delayed[0][0] <= self._now_ms():
            self._send(heapq.heappop(self._delayed)[2])

    def _send(self, outgoing: Outgoing) -> None:
        outgoing.send(_encode(outgoing.frame), False)
        held = self._swapped.pop(outgoing.event, None)
        if held is not None:
            held.send(_encode(held.frame), False)

    def _strike(self, fault: AnyFault, outgoing: Outgoing) -> None:
        match fault:
            case Drop():
                return
            case Double():
                self._send(outgoing)
                self._send(outgoing)
            case Swap():
                if outgoing.event in self._swapped:
                    self._send(outgoing)
                else:
                    self._swapped[outgoing.event] = outgoing
            case Delay(delay_ms=delay_ms):
                self._counter += 1
                heapq.heappush(self._delayed, (self._now_ms() + delay_ms, self._counter, outgoing))
            case Mangle(text=text):
                outgoing.send(half(_encode(outgoing.frame)) if text is None else text.encode(), True)
            case Omit() | Change():
                outgoing.send(_encode(edited(outgoing.frame, fault)), fault.field == "topic")
            case Stall():
                for each in outgoing.connections():
                    each.stalled = True
            case HangUp(how=how):
                for each in list(outgoing.connections()):
                    each.close() if how == "close" else each.hang_up()
            case _:
                self._send(outgoing)  # a fault of another place never strikes a frame
