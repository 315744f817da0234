"""An owner of streams that remembers what it heard."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from bot.bybit.receiver import StreamOwner
from bot.domain.messages import Message, PrivateStreamUp, PublicStreamUp, StreamLost
from bot.domain.values import Symbol, TimeMs

DEADLINE_S = 15.0


def eventually(happened: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait until ``happened``; fail with ``what`` if it does not in time."""
    end_s = time.monotonic() + deadline_s
    while not happened():
        assert time.monotonic() < end_s, f"in vain: {what}"
        time.sleep(0.005)


class Watcher:
    """Collects messages and event times; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: list[Message] = []
        self.event_ms = TimeMs(0)
        self.event_ms_at_delivery: list[TimeMs] = []
        self.owner = StreamOwner(self._deliver, self._observe, lambda: self.event_ms)

    def _deliver(self, message: Message) -> None:
        with self._lock:
            self._messages.append(message)
            self.event_ms_at_delivery.append(self.event_ms)

    def _observe(self, event_ms: TimeMs) -> None:
        self.event_ms = event_ms

    def messages[Kind: Message](self, kind: type[Kind]) -> list[Kind]:
        with self._lock:
            return [message for message in self._messages if isinstance(message, kind)]

    @property
    def ups(self) -> int:
        return len(self.messages(PublicStreamUp)) + len(self.messages(PrivateStreamUp))

    @property
    def lost(self) -> list[str]:
        return [message.reason for message in self.messages(StreamLost)]

    def wait_up(self, times: int = 1) -> None:
        eventually(lambda: self.ups >= times, f"the stream is up {times} times; lost: {self.lost}")


def public_topics(intervals: Mapping[Symbol, str]) -> Sequence[Sequence[str]]:
    """What a keeper can be made to ask for, one request per symbol: its klines and its ticker."""
    return [(f"kline.{interval}.{symbol}", f"tickers.{symbol}") for symbol, interval in intervals.items()]
