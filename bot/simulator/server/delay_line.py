"""A first-in first-out line whose items come out a fixed time after they went in."""

import asyncio
from collections import deque
from collections.abc import Callable


class DelayLine[T]:
    """Hands every item to `deliver` after `delay_s` seconds, in the order they were put in.

    With a delay of 0 an item is handed on at once, inside `put`. Belongs to one asyncio loop.
    """

    def __init__(self, delay_s: float, deliver: Callable[[T], None]) -> None:
        self._delay_s = delay_s
        self._deliver = deliver
        self._waiting: deque[T] = deque()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, item: T) -> None:
        if self._delay_s <= 0:
            self._deliver(item)
            return
        self._waiting.append(item)
        asyncio.get_running_loop().call_later(self._delay_s, self._deliver_oldest)

    def close(self) -> None:
        """Forget what is still waiting."""
        self._closed = True
        self._waiting.clear()

    def _deliver_oldest(self) -> None:
        # Each timer takes the oldest item, whichever item it was set for: two timers that are due at the
        # same moment may fire in any order, and the items must not.
        if not self._closed:
            self._deliver(self._waiting.popleft())
