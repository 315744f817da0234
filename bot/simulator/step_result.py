"""What one lockstep request did, as both ends of the control port know it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepResult:
    """Whether the market moved, its time (ms), whether the feed is at its end, and data frames sent by connection."""

    stepped: bool
    now_ms: int
    finished: bool
    sent: Mapping[str, int]
