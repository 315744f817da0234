"""Hundreds of symbols that close their bars in the same instant: from the first frame to the last decision.

A server of its own process sends one closing kline frame per symbol back to back through a WebSocket; unmodified pybit
reads them; the market data, analyzer, position manager, database and dashboard actors are the bot's own, with the
confluence strategy and its higher timeframes. Beside it, in the same run: the cores alone, one after the other on one
thread, which is what remains without hops.
"""

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from math import sin
from pathlib import Path
from typing import Any

import pykka

from actors.clocks import ScaledClock
from actors.dashboard import DashboardActor
from actors.database import DatabaseActor
from actors.lane import LaneShell, MarketLanes
from actors.post import Post
from actors.shell import Shell, Surroundings
from actors.work import WorkCount
from bot.bybit.receiver import FrameReceiver, StreamOwner
from bot.bybit.sockets import VenueSocket
from bot.bybit.venues import VenueEndpoints
from bot.config.models import Config
from bot.core.analyzer import AnalyzerCore
from bot.core.make import CoreMaker
from bot.domain.address import Role, address_of
from bot.domain.messages import (
    BarClosed,
    CandleHistory,
    CandleUpdate,
    FetchCandles,
    Message,
    PublicStreamUp,
    Started,
    Stream,
)
from bot.domain.routes import Switchboard
from bot.domain.values import Candle, Symbol, TimeMs, interval_ms
from bot.storage.store import SqliteStore
from market_parts.table import Row

SYMBOLS = 300
BURSTS = 8
START = TimeMs(1_760_054_400_000)  # the start of a UTC day
MINUTE_MS = 60_000
READY_WITHIN_S = 120.0


class Stopwatch:
    """When decisions were made, in seconds."""

    def __init__(self) -> None:
        self.decided: list[float] = []
        self.done = threading.Event()
        self.wanted = 0

    def start(self, wanted: int) -> None:
        """Begin anew and wait for so many decisions."""
        self.decided = []
        self.wanted = wanted
        self.done.clear()

    def decision(self) -> None:
        """A strategy has decided. Several threads; appending is atomic."""
        self.decided.append(time.perf_counter())
        if len(self.decided) >= self.wanted:
            self.done.set()


class TimedAnalyzer:
    """An analyzer core that tells when it has decided on a bar."""

    def __init__(self, core: AnalyzerCore, watch: Stopwatch) -> None:
        self._core = core
        self._watch = watch

    def handle(self, message: Any, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ANN401 - what the core takes
        """Pass it on."""
        out = self._core.handle(message, now_ms)
        if type(message) is BarClosed:
            self._watch.decision()
        return out


class Historian:
    """In place of the rate limiter: answers requests for candles with a made-up past, and nothing else."""

    def handle(self, message: Any, _now_ms: TimeMs) -> Sequence[Message]:  # noqa: ANN401 - every request there is
        """Answer."""
        if not isinstance(message, FetchCandles):
            return ()
        return (CandleHistory(message.symbol, message.interval, past(message), is_check=message.is_check),)


def past(asked: FetchCandles) -> tuple[Candle, ...]:
    """Closed bars up to START."""
    length = interval_ms(asked.interval)
    last = START // length * length
    return tuple(bar(TimeMs(last - back * length), len(asked.symbol)) for back in range(asked.limit, 0, -1))


def bar(start_ms: TimeMs, salt: int) -> Candle:
    """A bar of a market that swings."""
    close = 100 * (1 + 0.05 * sin(start_ms / 3e6 + salt) + 0.002 * sin(start_ms / 9e4))
    return Candle(start_ms, close * 0.9999, close * 1.001, close * 0.999, close, 10 + 5 * sin(start_ms / 7e5))


def measure() -> list[Row]:
    """Whole bursts, and what the cores need alone.

    A frame has arrived when its sender has sent it: it waits in a buffer of the system until the bot reads it.
    """
    names = tuple(Symbol(f"C{number:03d}USDT") for number in range(SYMBOLS))
    strategy = {"name": "confluence"}
    config = Config.model_validate({"symbols": list(names), "strategy": strategy})
    with tempfile.TemporaryDirectory() as folder:
        after_last, from_first = _wire(config, names, Path(folder))
    alone_us = _alone(config, names[0])
    label = f"{SYMBOLS} symbols, confluence"
    return [
        Row(f"{label}: last frame's arrival to last decision", statistics.median(after_last) * 1e3, "ms", "30"),
        Row(f"{label}: the same, worst of {BURSTS} bursts", max(after_last) * 1e3, "ms"),
        Row(f"{label}: first frame to last decision", statistics.median(from_first) * 1e3, "ms"),
        Row("one symbol's cores alone, frame to decision", alone_us, "us"),
    ]


def _wire(config: Config, names: Sequence[Symbol], folder: Path) -> tuple[list[float], list[float]]:
    watch = Stopwatch()
    work = WorkCount()
    clock = ScaledClock(START)
    around = Surroundings(Post(Switchboard(names), work), clock, work)
    maker = CoreMaker(config, epoch=1)
    around.post.enlist(address_of(Role.DATABASE), _database(folder, around))
    around.post.enlist(address_of(Role.DASHBOARD), DashboardActor.start(names, around))
    limiter = address_of(Role.RATE_LIMITER)
    around.post.enlist(limiter, Shell.start(limiter, Historian, around))
    lanes = MarketLanes()
    for symbol in names:
        makers: Mapping[Role, Any] = {
            Role.MARKET_DATA: lambda symbol=symbol: maker.market_data(symbol),
            Role.ANALYZER: lambda symbol=symbol: TimedAnalyzer(maker.analyzer(symbol), watch),
            Role.POSITION_MANAGER: lambda symbol=symbol: maker.position_manager(symbol),
        }
        for role, make in makers.items():
            address = address_of(role, symbol)
            in_lane = role is not Role.POSITION_MANAGER
            lane = (lanes.of(symbol),) if in_lane else ()
            around.post.enlist(address, (LaneShell if in_lane else Shell).start(address, make, around, *lane))
            around.post.send(Started(address, START))
    around.post.send(PublicStreamUp(START))
    if not work.wait_idle(READY_WITHIN_S):
        raise RuntimeError("the actors did not get ready")
    try:
        return _bursts(names, around, clock, watch)
    finally:
        pykka.ActorRegistry.stop_all(timeout=10)


def _database(folder: Path, around: Surroundings) -> Any:  # noqa: ANN401 - an actor
    return DatabaseActor.start(lambda: SqliteStore(folder / "burst.sqlite", "bench", "bench"), around)


def _bursts(
    names: Sequence[Symbol], around: Surroundings, clock: ScaledClock, watch: Stopwatch
) -> tuple[list[float], list[float]]:
    sender = Path(__file__).with_name("burst_sender.py")
    with subprocess.Popen(
        [sys.executable, str(sender)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as peer:
        if peer.stdin is None or peer.stdout is None:
            raise RuntimeError("the sender has no pipes")
        port = int(peer.stdout.readline())
        owner = StreamOwner(around.post.send, clock.observe, clock.now_ms)
        receiver = FrameReceiver(Stream.PUBLIC, names, owner, time.monotonic)
        endpoints = VenueEndpoints("simulator", f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}")
        socket = VenueSocket(
            Stream.PUBLIC,
            endpoints,
            None,
            receiver.on_data,
            receiver.on_garbage,
            lambda: None,
            takes_text=receiver.takes_text,
        )
        socket.subscribe_topics([f"kline.1.{name}" for name in names])
        after_last, from_first = [], []
        for number in range(BURSTS):
            watch.start(len(names))
            peer.stdin.write(f"{START + number * MINUTE_MS} {' '.join(names)}\n")
            peer.stdin.flush()
            if not watch.done.wait(READY_WITHIN_S):
                raise RuntimeError(f"only {len(watch.decided)} of {len(names)} decisions came")
            first_s, last_s = (float(text) for text in peer.stdout.readline().split())
            after_last.append(max(watch.decided) - last_s)
            from_first.append(max(watch.decided) - first_s)
            around.work.wait_idle(READY_WITHIN_S)
            time.sleep(0.3)  # the database writes what it has kept; bars close once a minute
        socket.abandon()
        peer.terminate()
    return after_last, from_first


def _alone(config: Config, symbol: Symbol) -> float:
    """Market data and analyzer of one symbol, called one after the other."""
    maker = CoreMaker(config, epoch=1)
    market, analyzer = maker.market_data(symbol), maker.analyzer(symbol)
    historian = Historian()
    mail: list[Message] = [*market.handle(PublicStreamUp(START), START)]
    while mail:
        message = mail.pop(0)
        if isinstance(message, FetchCandles):
            mail += [out for each in historian.handle(message, START) for out in market.handle(each, START)]  # type: ignore[arg-type]
        elif type(message).__name__ == "CandlesLoaded":
            analyzer.handle(message, START)  # type: ignore[arg-type]
    spent = []
    for number in range(2_000):
        candle = bar(TimeMs(START + number * MINUTE_MS), len(symbol))
        now_ms = TimeMs(candle.start_ms + MINUTE_MS)
        began = time.perf_counter()
        for out in market.handle(CandleUpdate(symbol, "1", candle, confirmed=True), now_ms):
            if type(out) is BarClosed:
                analyzer.handle(out, now_ms)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1e6
