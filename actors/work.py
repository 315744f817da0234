"""Whether the bot has anything left to do."""

import threading


class WorkCount:
    """Counts messages that are sent but not yet dealt with, so that a lockstep replay knows when the bot is idle.

    An actor reports a message as dealt with after it has sent what follows from it, so the count is zero only when no
    inbox holds mail and nobody is at work. Thread-safe.
    """

    def __init__(self) -> None:
        self._under_way = 0
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)

    def begin(self) -> None:
        """A message is on its way."""
        with self._lock:
            self._under_way += 1

    def end(self, messages: int = 1) -> None:
        """So many messages are dealt with, or lost with the actor that had them."""
        with self._lock:
            self._under_way -= messages
            if self._under_way <= 0:
                self._idle.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until nothing is under way; False if that took longer than ``timeout_s``."""
        with self._lock:
            return self._idle.wait_for(lambda: self._under_way <= 0, timeout_s)
