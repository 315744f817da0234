"""Every live WebSocket and what it subscribed to; carries pushes from the exchange to subscribers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from bot.simulator.push import Push
from bot.simulator.server.connection import Connection
from bot.simulator.server.delay_line import DelayLine
from bot.simulator.server.execution_fast import fast_frame
from bot.simulator.server.faults.frames import FrameFaults, Outgoing
from bot.simulator.server.faults.schedule import Event, Schedule
from bot.simulator.server.wire import text_frame

_encode = msgspec.json.Encoder().encode

PRIVATE_PATH = "/v5/private"
EXECUTION = "execution"
EXECUTION_FAST = "execution.fast"


class Channel(NamedTuple):
    """What one topic of a client stands for.

    `account` None = public. `category` "" = all of an account's; a public topic always has one. `topic` is the
    name under which the exchange pushes it.
    """

    account: str | None
    category: str
    topic: str

    def name(self) -> str:
        """The topic as this channel's frames carry it: "order.linear" for one category, else "order"."""
        return f"{self.topic}.{self.category}" if self.account is not None and self.category else self.topic


class Connections:
    """The registry and router of WebSocket clients.

    Private pushes pass one first-in first-out line of `private_delay_s`, so that a REST answer overtakes
    the stream as it does on Bybit while the stream itself keeps its order. Belongs to the asyncio loop.
    """

    def __init__(
        self,
        private_delay_s: float,
        schedule: Schedule,
        now_ms: Callable[[], int],
        changed: Callable[[], None],
    ) -> None:
        self._live: dict[str, Connection] = {}
        self._channels: dict[Channel, list[Connection]] = {}
        self._private = DelayLine[Push](private_delay_s, self._route)
        self._changed = changed
        self.faults = FrameFaults(schedule, now_ms)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._live.values()))

    def add(self, connection: Connection) -> None:
        self._live[connection.conn_id] = connection

    def remove(self, connection: Connection) -> list[Channel]:
        """Forget a connection; returns the channels it was subscribed to."""
        self._live.pop(connection.conn_id, None)
        left: list[Channel] = []
        for channel, subscribers in list(self._channels.items()):
            if connection in subscribers:
                self.unsubscribe(connection, channel)
                left.append(channel)
        return left

    def subscribed(self, connection: Connection, channel: Channel) -> bool:
        return connection in self._channels.get(channel, ())

    def wanted(self, channel: Channel) -> bool:
        """Whether anybody is subscribed to a channel."""
        return channel in self._channels

    def subscribe(self, connection: Connection, channel: Channel) -> None:
        self._channels.setdefault(channel, []).append(connection)

    def unsubscribe(self, connection: Connection, channel: Channel) -> None:
        subscribers = self._channels.get(channel, [])
        subscribers.remove(connection)
        if not subscribers:
            del self._channels[channel]

    def deliver(self, pushes: Iterable[Push]) -> None:
        """Send pushes to their subscribers, in order."""
        if not self.faults.quiet:
            self.faults.release()
        private = False
        for push in pushes:
            if push.account is None:
                self._route(push)
            else:
                private = True
                self._private.put(push)
        if private:
            self._changed()

    def greet(self, connection: Connection, channel: Channel, push: Push) -> None:
        """Send a new subscriber the snapshot its topic begins with."""
        frame = push.frame()
        if self.faults.quiet:
            connection.send_data(text_frame(_encode(frame)))
        else:
            self._pass_on(frame, channel, [(connection, channel)])

    def sent(self) -> dict[str, int]:
        """Data frames sent so far, per live connection."""
        return {conn_id: each.data_frames_sent for conn_id, each in self._live.items()}

    def all_arrived(self, received: Mapping[str, int]) -> bool:
        """Whether every live connection has received the data frames sent to it, with or without mangled ones."""
        return all(
            0 <= received.get(conn_id, 0) - each.data_frames_sent <= each.mangled_frames_sent
            for conn_id, each in self._live.items()
        )

    def _route(self, push: Push) -> None:
        account, category, topic = push.account, push.category, push.topic
        channel = Channel(account, category, topic)
        if account is None:
            if channel in self._channels:
                self._emit(channel, push.frame(), (channel,))
            return
        self._emit_private(channel, push.frame)
        if topic == EXECUTION:
            self._emit_private(Channel(account, category, EXECUTION_FAST), lambda: fast_frame(push.frame()))

    def _emit_private(self, channel: Channel, make: Callable[[], dict[str, Any] | None]) -> None:
        """To those who want it of every category and to those who want it of this one."""
        names = dict.fromkeys((channel._replace(category=""), channel))
        wanted = [each for each in names if each in self._channels]
        frame = make() if wanted else None
        if frame is not None:
            self._emit(channel, frame, wanted)

    def _emit(self, channel: Channel, frame: dict[str, Any], wanted: Iterable[Channel]) -> None:
        if self.faults.quiet:
            self._send(_encode(frame), channel, wanted)
        else:
            self._pass_on(frame, channel, [(each, one) for one in wanted for each in self._channels.get(one, ())])

    def _pass_on(self, frame: dict[str, Any], channel: Channel, receivers: list[tuple[Connection, Channel]]) -> None:
        """Send a frame as the faults want it: if it is held back, to those who were subscribed when it was made."""

        def left() -> list[Connection]:
            return [each for each, one in receivers if self.subscribed(each, one)]

        def send(text: bytes, mangled: bool) -> None:
            for each, one in receivers:
                if self.subscribed(each, one):
                    each.send_data(_data(text, channel, one), mangled=mangled)

        self.faults.pass_on(Outgoing(_event(channel), frame, left, send))

    def _send(self, text: bytes, channel: Channel, wanted: Iterable[Channel]) -> None:
        for one in wanted:
            data = _data(text, channel, one)
            for connection in self._channels.get(one, ()):
                connection.send_data(data)


def _event(channel: Channel) -> Event:
    path = f"/v5/public/{channel.category}" if channel.account is None else PRIVATE_PATH
    return Event("frame", channel.topic, path, channel.account)


def _data(text: bytes, channel: Channel, one: Channel) -> bytes:
    """What goes out to a subscriber of `one` when a frame of `channel` was pushed."""
    return text_frame(text if one.account is None else _renamed(text, channel.topic, one.name()))


def _renamed(text: bytes, topic: str, name: str) -> bytes:
    """The same frame under the name that its subscriber asked for; a mangled frame is left as it is."""
    return text if name == topic else text.replace(b'"topic":"%b"' % topic.encode(), b'"topic":"%b"' % name.encode(), 1)
