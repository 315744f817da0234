"""Operations of the public and private streams: subscribe, unsubscribe, auth, ping."""

from collections.abc import Iterable
from typing import Any, Final

from bot.simulator.server.auth import Keyring, Refusal
from bot.simulator.server.connection import Connection
from bot.simulator.server.connections import Channel
from bot.simulator.server.faults.kinds import Refuse, Swallow
from bot.simulator.server.faults.schedule import Event, Schedule
from bot.simulator.server.rest import parse_json
from bot.simulator.server.streams.dead_man import DeadManSwitch
from bot.simulator.server.streams.replies import (
    OPTION_PATH,
    PARAMS_ERROR,
    PRIVATE_PATH,
    Reply,
    ack,
    already_subscribed,
    not_found,
    option_ack,
    pong,
    say,
)
from bot.simulator.server.streams.topics import read_channels
from bot.simulator.server.venue import Venue
from bot.simulator.server.wall_clock import WallClock

MAX_TOPIC_CHARS: Final = 21_000  # Bybit V5 docs, WebSocket connect: total length of `args` on one connection
MARKETS: Final = ("linear", "inverse", "spot")


class Subscriptions:
    """Does what one frame of a client asks for and queues the answer. Belongs to the asyncio loop.

    A subscription's answer goes out before its first data frame, and a snapshot before everything else.
    """

    def __init__(self, venue: Venue, keyring: Keyring, schedule: Schedule, clock: WallClock) -> None:
        self._venue = venue
        self._keyring = keyring
        self._schedule = schedule
        self._clock = clock
        self._dead_man = DeadManSwitch(venue)

    def operate(self, connection: Connection, text: str, ip: str) -> None:
        parsed = parse_json(text)
        frame: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
        operation = frame.get("op")
        name = operation if isinstance(operation, str) else ""
        req_id = frame.get("req_id", "")
        fault = None
        if self._schedule:
            event = Event("operation", name, connection.path, connection.account)
            fault = self._schedule.strike(event, self._venue.exchange.now_ms)
        match fault:
            case Refuse(text=refusal):
                say(connection, ack(connection, name, req_id, refusal))
                return
            case Swallow(applied=False):
                return
            case _:
                reply, fresh = self._perform(connection, name, frame, ip)
        if not isinstance(fault, Swallow):
            say(connection, reply)
        for channel in fresh:
            self._greet(connection, channel)

    def leave(self, connection: Connection) -> None:
        """Forget a client that has gone."""
        left = self._venue.connections.remove(connection)
        self._give_back(left)
        self._dead_man.gone(left)

    def _perform(
        self, connection: Connection, name: str, frame: dict[str, Any], ip: str
    ) -> tuple[Reply, Iterable[Channel]]:
        """Carry out an operation; returns its answer and the channels that are new."""
        req_id = frame.get("req_id", "")
        match name:
            case "ping":
                return pong(connection, req_id, self._clock.now_ms()), ()
            case "auth" if connection.path == PRIVATE_PATH:
                return self._authenticate(connection, req_id, frame.get("args"), ip), ()
            case "subscribe" | "unsubscribe":
                channels = read_channels(connection.path, connection.account, frame.get("args"))
            case _:
                return ack(connection, name, req_id, PARAMS_ERROR), ()
        fresh: Iterable[Channel] = ()
        if isinstance(channels, str):
            refusal = channels
        elif connection.path == OPTION_PATH:
            return option_ack(connection, list(channels), []), ()  # there are no options here
        elif name == "subscribe":
            refusal = self._subscribe(connection, channels)
            fresh = () if refusal else channels.values()
        else:
            refusal = self._unsubscribe(connection, channels)
        return ack(connection, name, req_id, refusal), fresh

    def _authenticate(self, connection: Connection, req_id: object, args: object, ip: str) -> Reply:
        caller = self._keyring.check_stream(args, self._clock.now_ms(), ip)
        conn_id = connection.conn_id
        match caller:
            case Refusal(ret_code=10001 | 10004, ret_msg=text):
                return {"success": False, "ret_msg": text, "op": "auth", "req_id": req_id, "conn_id": conn_id}
            case Refusal(ret_code=code, ret_msg=text):
                head = {"op": "auth", "success": False, "retCode": code, "retMsg": text}
                return head | {"ret_msg": text, "connId": conn_id, "conn_id": conn_id}
            case credential:
                connection.account, connection.api_key = credential.account, credential.api_key
                return {"success": True, "ret_msg": "", "op": "auth", "conn_id": conn_id}

    def _subscribe(self, connection: Connection, channels: dict[str, Channel]) -> str:
        """Subscribe to all of them or to none; returns why not, "" = done."""
        connections, exchange = self._venue.connections, self._venue.exchange
        chars = connection.topic_chars + sum(map(len, channels))
        if chars > MAX_TOPIC_CHARS:
            return "args size exceeds 21000"
        for name, channel in channels.items():
            if connections.subscribed(connection, channel):
                return already_subscribed(name)
        taken: list[Channel] = []
        for name, channel in channels.items():
            if _market_topic(channel) and not exchange.subscribe(channel.topic, channel.category):
                self._give_back(taken)
                return not_found(name)
            taken.append(channel)
        connection.topic_chars = chars
        for channel in channels.values():
            connections.subscribe(connection, channel)
        self._dead_man.back(channels.values())
        return ""

    def _unsubscribe(self, connection: Connection, channels: dict[str, Channel]) -> str:
        connections = self._venue.connections
        for name, channel in channels.items():
            if not connections.subscribed(connection, channel):
                return not_found(name)
        for name, channel in channels.items():
            connections.unsubscribe(connection, channel)
            connection.topic_chars -= len(name)
        self._give_back(channels.values())
        return ""

    def _greet(self, connection: Connection, channel: Channel) -> None:
        if _market_topic(channel):
            snapshot = self._venue.exchange.snapshot(channel.topic, channel.category)
            if snapshot is not None:
                self._venue.connections.greet(connection, channel, snapshot)

    def _give_back(self, channels: Iterable[Channel]) -> None:
        for channel in channels:
            if _market_topic(channel):
                self._venue.exchange.unsubscribe(channel.topic, channel.category)


def _market_topic(channel: Channel) -> bool:
    """Whether the exchange itself has to know of subscribers."""
    return channel.account is None and channel.category in MARKETS
