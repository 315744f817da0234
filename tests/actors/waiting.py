"""Waiting for what threads do."""

import time
from collections.abc import Callable

DEADLINE_S = 10.0


def eventually(holds: Callable[[], bool], what: str, within_s: float = DEADLINE_S) -> float:
    """Wait until ``holds``; fail with ``what`` if it does not in time. Returns how long it took."""
    began_s = time.monotonic()
    while not holds():
        assert time.monotonic() - began_s < within_s, f"not within {within_s:g} s: {what}"
        time.sleep(0.005)
    return time.monotonic() - began_s
