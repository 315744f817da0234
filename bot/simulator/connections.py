"""Every live WebSocket and what it subscribed to; carries pushes from the exchange to subscribers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.simulator.connection import Connection
from bot.simulator.delay_line import DelayLine
from bot.simulator.push import Push

_encode = msgspec.json.Encoder().encode

type Channel = tuple[str | None, str]  # account (None = public) and the topic as the exchange names it


@dataclass(frozen=True, slots=True)
class _Subscription:
    connection: Connection
    name: str  # the topic as the client asked for it: "order" or "order.linear"


class Connections:
    """The registry and router of WebSocket clients.

    Private pushes pass one first-in first-out line of `private_delay_s`, so that a REST answer overtakes
    the stream as it does on Bybit while the stream itself keeps its order. Belongs to the asyncio loop.
    """

    def __init__(self, private_delay_s: float) -> None:
        self._live: dict[str, Connection] = {}
        self._channels: dict[Channel, list[_Subscription]] = {}
        self._private = DelayLine[Push](private_delay_s, self._route)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._live.values()))

    def add(self, connection: Connection) -> None:
        self._live[connection.conn_id] = connection

    def remove(self, connection: Connection) -> list[Channel]:
        """Forget a connection; returns the channels it was subscribed to, once per subscription."""
        self._live.pop(connection.conn_id, None)
        left: list[Channel] = []
        for channel, subscriptions in list(self._channels.items()):
            for each in [each for each in subscriptions if each.connection is connection]:
                subscriptions.remove(each)
                left.append(channel)
            if not subscriptions:
                del self._channels[channel]
        return left

    def subscribed(self, connection: Connection, channel: Channel, name: str) -> bool:
        return _Subscription(connection, name) in self._channels.get(channel, ())

    def subscribe(self, connection: Connection, channel: Channel, name: str) -> None:
        self._channels.setdefault(channel, []).append(_Subscription(connection, name))

    def unsubscribe(self, connection: Connection, channel: Channel, name: str) -> None:
        subscriptions = self._channels.get(channel, [])
        subscriptions.remove(_Subscription(connection, name))
        if not subscriptions:
            del self._channels[channel]

    def deliver(self, pushes: Iterable[Push]) -> None:
        """Send pushes to their subscribers, in order."""
        for push in pushes:
            if push.account is None:
                self._route(push)
            else:
                self._private.put(push)

    def sent(self) -> dict[str, int]:
        """Data frames sent so far, per live connection."""
        return {conn_id: each.data_frames_sent for conn_id, each in self._live.items()}

    def _route(self, push: Push) -> None:
        subscriptions = self._channels.get((push.account, push.topic))
        if not subscriptions:
            return
        frame = push.frame()
        text = as_text(frame)
        for each in subscriptions:
            renamed = each.name != push.topic
            each.connection.send_data(as_text({**frame, "topic": each.name}) if renamed else text)


def as_text(frame: dict[str, Any]) -> str:
    """A frame as the JSON text that goes on the wire."""
    return _encode(frame).decode()
