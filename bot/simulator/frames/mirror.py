"""A market that shows another one as it happens: what moves a mirror."""

import asyncio
import logging
from typing import Final

from bot.simulator.errors import SimulatorError
from bot.simulator.frames.frame import FrameError, read_frame
from bot.simulator.frames.frame_exchange import FrameExchange, Sent
from bot.simulator.frames.mirror_feed import MirrorFeed
from bot.simulator.frames.upstream_rest import UpstreamQueries
from bot.simulator.frames.upstream_stream import UpstreamStream
from bot.simulator.instruments import Category, category_of
from bot.simulator.server.connections import Connections

_log = logging.getLogger(__name__)

LIVE_WITHIN_S: Final = 20.0
INSIST_S: Final = 3.0
"""What is missing is asked for again that often: requests and answers may be lost like anything else."""


class MirrorMarket:
    """Hands the frames of the upstream to the exchange, one stream per category.

    Market time is that of the frames; `speed` only says how fast it runs there. While a stream is not connected, or
    frames of a book are missing, its markets are halted. Belongs to the asyncio loop.
    """

    finished = False

    def __init__(
        self, exchange: FrameExchange, feed: MirrorFeed, connections: Connections, ws: str, speed: float
    ) -> None:
        self.speed = speed
        self.paused = False
        self.queries = UpstreamQueries(feed.rest, feed.symbols)
        self._exchange = exchange
        self._connections = connections
        self._ws = ws.rstrip("/")
        self._live = asyncio.Event()
        self._halted = set(map(category_of, feed.symbols))
        self._waiting: set[tuple[Category, str]] = set()
        self._streams: dict[Category, UpstreamStream] = {}
        for category in dict.fromkeys(map(category_of, feed.symbols)):
            topics = [
                topic for each in feed.symbols if category_of(each) == category for topic in feed.first_topics(each)
            ]
            self._streams[category] = self._stream(category, topics)
        feed.wanted = self._want

    def pause(self) -> None:
        """Stop listening: the markets are halted until `resume`."""
        self.paused = True
        for category in self._streams:
            self._lose(category)

    def resume(self) -> None:
        """Listen again, from new snapshots."""
        if self.paused:
            self.paused = False
            for stream in self._streams.values():
                stream.hang_up()

    def catch_up(self) -> bool:
        """Everything that has come has happened already."""
        return True

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as streams:
            for stream in self._streams.values():
                streams.create_task(stream.run())
            streams.create_task(self._insist())

    async def wait_until_live(self) -> None:
        """Until every market has its first book. SimulatorError if that takes 20 seconds."""
        try:
            async with asyncio.timeout(LIVE_WITHIN_S):
                await self._live.wait()
        except TimeoutError:
            raise SimulatorError(f"upstream {self._ws}: no books within {LIVE_WITHIN_S:g} s") from None

    async def _insist(self) -> None:
        """Ask again for books that do not begin anew."""
        while True:
            before = self._missing()
            await asyncio.sleep(INSIST_S)
            if not self.paused:
                for category, topic in before & self._missing():
                    self._streams[category].begin_anew(topic)

    def _missing(self) -> set[tuple[Category, str]]:
        """Books that are not known, of streams that are connected."""
        halted = {(category_of(each), self._exchange.feed.book_topic(each)) for each in self._exchange.halted()}
        return {each for each in halted | self._waiting if self._streams[each[0]].connected}

    def _stream(self, category: Category, topics: list[str]) -> UpstreamStream:
        return UpstreamStream(
            f"{self._ws}/v5/public/{category}",
            topics,
            lambda text: self._hear(category, text),
            lambda: self._lose(category),
        )

    def _hear(self, category: Category, text: bytes) -> None:
        if self.paused:
            return
        try:
            frame = read_frame(text)
        except FrameError as error:
            _log.warning("%s: a frame is left out: %s", category, error)
            return
        if frame is None:
            return
        sent, key = Sent(frame, category), (category, frame.topic)
        self._connections.deliver(self._exchange.take_in(sent))
        if self._exchange.is_whole(sent):
            self._waiting.discard(key)
            self._note_live(category)
        elif key not in self._waiting:
            self._waiting.add(key)
            if not self._exchange.is_live(category):
                self._note_halt(category)
            self._streams[category].begin_anew(frame.topic)

    def _lose(self, category: Category) -> None:
        self._waiting = {each for each in self._waiting if each[0] != category}
        self._note_halt(category)
        self._exchange.lose(category)

    def _note_halt(self, category: Category) -> None:
        if category not in self._halted:
            self._halted.add(category)
            _log.warning("%s: frames of the upstream are missing: its markets are halted", category)

    def _note_live(self, category: Category) -> None:
        if category in self._halted and self._exchange.is_live(category):
            self._halted.discard(category)
            _log.info("%s: every market has its book: trading goes on", category)
            if not self._halted:
                self._live.set()

    def _want(self, market: str, topic: str) -> None:
        self._streams[category_of(market)].subscribe(topic)
