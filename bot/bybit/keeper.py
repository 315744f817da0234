"""Keeps one stream alive: connects, subscribes, watches, replaces."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from bot.bybit.keeper_settings import CHANGE_GRACE_S, KeeperSettings, Pause
from bot.bybit.one_connection import ABANDON_TIMEOUT_S
from bot.bybit.receiver import FrameReceiver, StreamOwner
from bot.bybit.silence import SilenceWatch
from bot.bybit.sockets import VenueSocket
from bot.bybit.topics import TopicList
from bot.bybit.venues import Credentials, VenueEndpoints
from bot.domain.messages import (
    AlertRaised,
    PrivateStreamUp,
    PublicStreamUp,
    Severity,
    Stream,
    StreamJoined,
    StreamLost,
)
from bot.domain.values import Symbol

log = logging.getLogger(__name__)


class StreamKeeper:
    """Owns the connection of one stream and everything that can happen to it.

    A thread of its own does the work; all methods may be called from any thread. The owner hears PublicStreamUp or
    PrivateStreamUp whenever all topics have been acknowledged, and StreamLost when that is over.
    """

    def __init__(
        self,
        stream: Stream,
        endpoints: VenueEndpoints,
        credentials: Credentials | None,
        topics: Sequence[Sequence[str]],
        symbols: Collection[Symbol],
        owner: StreamOwner,
        settings: KeeperSettings | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``topics``: what to subscribe to, one sequence per request. News of other ``symbols`` is dropped."""
        self._stream = stream
        self._endpoints = endpoints
        self._credentials = credentials if stream is Stream.PRIVATE else None
        self._topics = TopicList(topics, symbols)
        self._renewing: set[str] = set()
        self._changed = threading.Event()
        self._owner = owner
        self._settings = settings or KeeperSettings()
        self._monotonic = monotonic
        self._silence = SilenceWatch(self._settings.silence_s)
        self._pause = Pause(self._settings)
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._telling = threading.Lock()
        self._is_up = False
        self._is_reported_lost = False
        self._suspicion: str | None = None
        self._current: tuple[VenueSocket, FrameReceiver] | None = None
        self._thread = threading.Thread(target=self._run, name=f"{stream.value} stream", daemon=True)

    def start(self) -> None:
        """Begin; the owner hears when the stream is up."""
        self._thread.start()

    def begin_stop(self) -> None:
        """Cut the connection and end, but do not wait for it. The owner hears nothing more."""
        self._stopping.set()
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """The same, and wait for the end: longer than a moment only if the exchange hangs."""
        self.begin_stop()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def replace(self, reason: str) -> None:
        """Somebody knows that the stream withholds news: take a new connection, unless this one is new already."""
        self._suspicion = reason
        self._wake.set()

    def follow(self, added: Mapping[Symbol, Sequence[str]], removed: Mapping[Symbol, Sequence[str]]) -> None:
        """Carry the news of other symbols too, and of some no longer; with what to subscribe to for each.

        Waits, while the stream is up, until the exchange agreed; the owner has then heard StreamJoined of every added
        symbol. While it is down there is nothing to wait for: PublicStreamUp or PrivateStreamUp will tell.
        """
        with self._telling:
            self._topics.change(added, removed)
            current = self._current
            if current is not None:
                current[1].symbols = self._topics.symbols
            self._changed.clear()
            must_wait = self._is_up
        self._wake.set()
        if must_wait and not self._changed.wait(self._settings.answer_timeout_s + CHANGE_GRACE_S):
            log.warning("the %s stream does not take to other symbols", self._stream)

    def renew(self, topic: str) -> None:
        """Leave a topic and subscribe to it anew, for a fresh snapshot; nothing if the stream is down."""
        with self._telling:
            self._renewing.add(topic)
        self._wake.set()

    def announce(self) -> None:
        """Say again that the stream is up, if it is: an actor was replaced and has not heard it."""
        with self._telling:
            if self._is_up:
                self._tell_up()

    def received_frames(self) -> Mapping[str, int]:
        """How many data frames have been taken and delivered, by the exchange's id of the connection."""
        current = self._current
        if current is None or current[0].conn_id is None:
            return {}
        return {current[0].conn_id: current[1].frames}

    def _run(self) -> None:
        while not self._stopping.is_set():
            began_s = self._monotonic()
            reason = self._one_connection()
            if self._stopping.is_set():
                return
            self._tell_lost(reason)
            self._stopping.wait(self._pause.next_s(self._monotonic() - began_s))

    def _one_connection(self) -> str:
        """From connecting to the end of the connection; returns what ended it."""
        receiver = FrameReceiver(
            self._stream, self._topics.symbols, self._owner, self._monotonic, self._endpoints.category
        )
        settings = self._settings
        try:
            socket = VenueSocket(
                self._stream, self._endpoints, self._credentials, receiver.on_data, receiver.on_garbage, self._wake.set,
                settings.ping_interval_s, settings.ping_timeout_s, self._monotonic, receiver.takes_text,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - pybit, websocket-client, ssl and the system all have their own
            return f"no connection: {type(error).__name__}: {error}"
        with self._telling:
            self._current = (socket, receiver)
            receiver.symbols = self._topics.symbols
        try:
            return self._establish(socket) or self._watch(socket, receiver)
        except Exception as error:
            # Whatever it is: without this thread there would never be a stream again, and nobody would know.
            log.exception("a connection of the %s stream failed", self._stream)
            return f"{type(error).__name__}: {error}"
        finally:
            self._current = None
            if self._stream is Stream.PUBLIC:  # without its own news the bot must not think that all is well
                self._give_up_unknown(socket)
            self._changed.set()  # nobody waits for a connection that is over
            receiver.close()
            closer = threading.Thread(target=socket.abandon, name="socket closer", daemon=True)
            closer.start()  # a peer that resists must not keep us from the next connection
            if self._stopping.is_set():
                closer.join(ABANDON_TIMEOUT_S)

    def _establish(self, socket: VenueSocket) -> str | None:
        """Authenticate, subscribe and say so; returns the problem if there is one."""
        if self._stream is Stream.PRIVATE:
            problem = self._wait_for("authentication", socket, lambda: socket.is_authorised)
            if problem is not None:
                return problem
        with self._telling:
            self._topics.take_joining()  # they hear of the stream with all others
            batches = self._topics.batches
        problem = self._subscribe(socket, batches)
        if problem is not None:
            return problem
        self._suspicion = None
        with self._telling:
            self._renewing.clear()  # everything is fresh
            self._topics.accepted()
            self._is_up, self._is_reported_lost = True, False
            self._tell_up()
        log.info("the %s stream is up", self._stream)
        return None

    def _subscribe(self, socket: VenueSocket, batches: Sequence[Sequence[str]]) -> str | None:
        """Have just these topics on a connection; returns the problem if there is one."""
        wanted = {topic for batch in batches for topic in batch}
        gone = socket.acked - wanted
        fresh = [news for batch in batches if (news := [topic for topic in batch if topic not in socket.acked])]
        try:
            if gone:
                socket.leave_topics(gone)
            for batch in fresh:
                socket.subscribe_topics(batch)
        except ConnectionError as error:
            return f"no subscription: {error}"
        self._silence.keep_only(wanted)
        problem = self._wait_for("subscriptions", socket, lambda: wanted == socket.acked)
        if problem is None:
            self._silence.restart((topic for batch in fresh for topic in batch), self._monotonic())
        return problem

    def _follow(self, socket: VenueSocket) -> str | None:
        """Take in what ``follow`` changed; returns the problem if there is one."""
        with self._telling:
            joining, batches, version = self._topics.take_joining(), self._topics.batches, self._topics.version
        problem = self._subscribe(socket, batches)
        if problem is not None:
            return problem
        with self._telling:
            for symbol in joining:
                self._owner.deliver(StreamJoined(symbol, self._stream, self._owner.now()))
            if self._topics.version == version:
                self._changed.set()
        return None

    def _give_up_unknown(self, socket: VenueSocket) -> None:
        """Go on without what the exchange does not have, and have people told."""
        with self._telling:
            given_up = self._topics.unknown(socket.unknown)
        if given_up:
            text = f"the exchange does not carry {', '.join(given_up)}: the stream goes on without"
            self._owner.deliver(AlertRaised(Severity.ERROR, self._owner.now(), "Topics are unknown", text))

    def _renew(self, socket: VenueSocket) -> str | None:
        """Take in what ``renew`` asked for; returns the problem if there is one."""
        with self._telling:
            topics, self._renewing = self._renewing & socket.acked, set()
        if not topics:
            return None
        log.info("subscribing anew to %s", ", ".join(sorted(topics)))
        try:
            socket.leave_topics(topics)
            problem = self._wait_for("leaving topics", socket, lambda: not topics & socket.acked)
            if problem is None:
                socket.subscribe_topics(sorted(topics))
                problem = self._wait_for("subscriptions", socket, lambda: topics <= socket.acked)
        except ConnectionError as error:
            return f"no subscription: {error}"
        return problem

    def _wait_for(self, what: str, socket: VenueSocket, is_done: Callable[[], bool]) -> str | None:
        deadline_s = self._monotonic() + self._settings.answer_timeout_s
        while not is_done():
            left_s = deadline_s - self._monotonic()
            problem = self._end_of(socket)
            if problem is not None:
                return problem
            if left_s <= 0:
                return f"no answer to {what} within {self._settings.answer_timeout_s:g} s"
            self._wake.wait(min(left_s, self._settings.check_every_s))
            self._wake.clear()
        return None

    def _watch(self, socket: VenueSocket, receiver: FrameReceiver) -> str:
        """Look after a connection that is up until it ends or must end."""
        up_since_s = self._monotonic()
        while True:
            self._wake.wait(self._settings.check_every_s)
            self._wake.clear()
            if not self._changed.is_set():
                problem = self._follow(socket)
                if problem is not None:
                    return problem
            problem = self._renew(socket) if self._renewing else None
            if problem is not None:
                return problem
            now_s = self._monotonic()
            suspicion, self._suspicion = self._suspicion, None
            if suspicion is not None and now_s - up_since_s >= self._settings.suspicion_grace_s:
                return suspicion
            problem = self._end_of(socket) or self._silence.complaint(receiver.heard_s, now_s)
            if problem is not None:
                return problem
            if now_s - socket.pong_heard_s > self._settings.pong_timeout_s:
                return f"no pong for {now_s - socket.pong_heard_s:.1f} s"

    def _end_of(self, socket: VenueSocket) -> str | None:
        if self._stopping.is_set():
            return "stopped"
        if socket.refusal is not None:
            return socket.refusal
        return None if socket.is_alive else socket.ended_because or "the connection is down"

    def _tell_up(self) -> None:
        kind = PrivateStreamUp if self._stream is Stream.PRIVATE else PublicStreamUp
        self._owner.deliver(kind(self._owner.now()))

    def _tell_lost(self, reason: str) -> None:
        """Once per loss, however often a new connection fails."""
        with self._telling:
            self._is_up = False
            if self._is_reported_lost:
                log.info("still no %s stream: %s", self._stream, reason)
                return
            self._is_reported_lost = True
            self._owner.deliver(StreamLost(self._stream, self._owner.now(), reason))
        log.info("lost the %s stream: %s", self._stream, reason)
