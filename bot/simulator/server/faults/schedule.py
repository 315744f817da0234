"""Which fault strikes: a decision from counts, market time and seeds alone."""

import hashlib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from bot.simulator.server.faults.kinds import AnyFault, Fault, Lag, Place, PortClosed, Skew

_DRAWS = 1 << 64
REMEMBERED_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a fault may strike.

    Attributes:
        place: what kind of thing it is.
        name: its REST or stream path, trade operation, topic or stream operation.
        path: of the stream, for frames and operations.
        account: whose it is; None = nobody's or not known yet.
    """

    place: Place
    name: str
    path: str = ""
    account: str | None = None


@dataclass(slots=True)
class Entry:
    """One fault of the schedule, the window it got when it was added, and what it has seen."""

    number: int
    fault: AnyFault
    start_ms: int
    end_ms: int | None
    seen: int = 0
    struck: int = 0
    _matches: dict[Event, bool] = field(default_factory=dict)

    def open_at(self, now_ms: int) -> bool:
        return self.start_ms <= now_ms and (self.end_ms is None or now_ms < self.end_ms)

    def concerns(self, event: Event) -> bool:
        known = self._matches.get(event)
        if known is None:
            if len(self._matches) > REMEMBERED_EVENTS:  # clients may ask for any path there is none of
                self._matches.clear()
            fault = self.fault
            known = event.place in fault.places and fnmatchcase(event.name, fault.at)
            known = known and fnmatchcase(event.path, fault.path) and fault.account in {None, event.account}
            self._matches[event] = known
        return known


class Schedule:
    """The faults of one simulator. The same faults, events and times strike the same way again."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._next_number = 1

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, fault: AnyFault, now_ms: int) -> int:
        """Put a fault on the schedule; returns its number."""
        number, self._next_number = self._next_number, self._next_number + 1
        start_ms = fault.from_ms if fault.from_ms is not None else now_ms + fault.after_ms
        end_ms = fault.until_ms
        if end_ms is None and fault.for_ms is not None:
            end_ms = start_ms + fault.for_ms
        self._entries.append(Entry(number, fault, start_ms, end_ms))
        return number

    def clear(self, number: int | None = None) -> int:
        """Take one fault (None: all) off the schedule; returns how many went."""
        left = [] if number is None else [each for each in self._entries if each.number != number]
        gone, self._entries = len(self._entries) - len(left), left
        return gone

    def strike(self, event: Event, now_ms: int) -> AnyFault | None:
        """Count an event; the first fault on the schedule that strikes it, if any. All that match count it."""
        struck: AnyFault | None = None
        for entry in self._entries:
            if not (entry.open_at(now_ms) and entry.concerns(event)):
                continue
            entry.seen += 1
            if struck is None and strikes(entry.fault, entry.seen):
                entry.struck += 1
                struck = entry.fault
        return struck

    def skew_ms(self, now_ms: int) -> int:
        """How far the server's clock is ahead."""
        faults = (each.fault for each in self._entries if each.open_at(now_ms))
        return sum(each.skew_ms for each in faults if isinstance(each, Skew))

    def port_closed(self, now_ms: int) -> PortClosed | None:
        """The fault that keeps the port closed now, if any."""
        for entry in self._entries:
            if isinstance(entry.fault, PortClosed) and entry.open_at(now_ms):
                entry.struck = entry.seen = 1
                return entry.fault
        return None

    def longest_lag_ms(self, now_ms: int) -> int:
        """How far back queries may have to look; 0 = no query lags, now or later."""
        faults = (each.fault for each in self._entries if each.end_ms is None or now_ms < each.end_ms)
        return max((each.lag_ms for each in faults if isinstance(each, Lag)), default=0)

    def report(self) -> list[dict[str, Any]]:
        """Every fault with its number, its window and how many events it has seen and struck."""
        return [
            {
                "id": each.number,
                "seen": each.seen,
                "struck": each.struck,
                "start_ms": each.start_ms,
                "end_ms": each.end_ms,
            }
            | msgspec.to_builtins(each.fault)
            for each in self._entries
        ]


def strikes(fault: Fault, occurrence: int) -> bool:
    """Whether a fault strikes the so many-th event (from 1) that it has seen."""
    if fault.nth is not None and occurrence != fault.nth:
        return False
    if occurrence < fault.first or (fault.last is not None and occurrence > fault.last):
        return False
    if (occurrence - fault.first) % fault.every and fault.nth is None:
        return False
    return fault.probability >= 1 or _draw(fault.seed, occurrence) < fault.probability


def _draw(seed: int, occurrence: int) -> float:
    """A number in [0, 1) that depends on seed and occurrence only, the same on every machine."""
    digest = hashlib.blake2b(f"{seed}/{occurrence}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / _DRAWS
